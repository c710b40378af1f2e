import errno
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from optuna.trial import TrialState
from sqlalchemy import event

from hpo_exp.config import TuneConfig
from hpo_exp.errors import DiskFullError, StudyError
from hpo_exp.tuning.full_disk import disk_errors
from tests.tuning.desk import Desk

Configure = Callable[..., TuneConfig]
SMALL = "sqlite:///{}/optuna.db"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 16 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    options = ["-t", "tmpfs", "-o", "size=16m", "tmpfs", str(disk)]
    mounted = subprocess.run(["mount", *options], check=False, capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"a disk can be mounted by root alone: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def fill(disk: Path, but: int) -> Path:
    """Leave so many bytes."""
    filler = disk / "filler"
    filler.write_bytes(b"x" * max(0, shutil.disk_usage(disk).free - but))
    return filler


def assert_sound(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_full_disk__ends_a_sweep_in_one_sentence_and_the_study_goes_on(
    small_disk: Path, configure: Configure
) -> None:
    config = configure("cv.folds=3", f"study.storage={SMALL.format(small_disk)}")
    shutil.copy(config.outputs / "optuna.db", small_disk)
    desk = Desk(config)
    with desk.open() as (study, record):
        filler = fill(small_disk, but=200_000)
        told = r"study\.storage=.*same command"
        with pytest.raises(DiskFullError, match=told) as caught, disk_errors(config):
            desk.whole_trials(study, record, 300)
    assert "\n" not in str(caught.value)
    assert_sound(small_disk / "optuna.db")
    filler.unlink()
    with disk_errors(config), desk.open() as (study, record):
        before = study.get_trials(states=(TrialState.COMPLETE,))
        assert before
        assert all(len(trial.user_attrs["folds"]) == 3 for trial in before)
        desk.whole_trial(study, record)
        assert len(study.get_trials(states=(TrialState.COMPLETE,))) == len(before) + 1
        assert record.flush(30)
    assert len(desk.runs()) >= len(before) + 1
    assert_sound(small_disk / "optuna.db")
    assert_sound(desk.config.outputs / "mlflow.db")


@pytest.mark.slow
def test_full_disk_of_mlflow__does_not_stop_the_sweep(
    small_disk: Path, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hpo_exp.tuning.record.FLUSH_SECONDS", 2.0)
    config = configure("cv.folds=3", f"tracking.uri=sqlite:///{small_disk}/mlflow.db")
    shutil.copy(config.outputs / "mlflow.db", small_disk)
    desk = Desk(config)
    with disk_errors(config), desk.open() as (study, record):
        desk.whole_trial(study, record)
        assert record.flush(30)
        filler = fill(small_disk, but=0)
        desk.whole_trials(study, record, 30)
        assert not record.flush(3)
        with pytest.raises(StudyError, match=r"tracking\.uri=.*full.*trials are safe"):
            record.finish_study({}, config.outputs)
        assert_sound(small_disk / "mlflow.db")
        filler.unlink()
        assert record.flush(60)
    assert [run.info.status for run in desk.runs()] == ["FINISHED"] * 31
    assert_sound(small_disk / "mlflow.db")


def test_full_database__is_told_by_what_sqlite_says(configure: Configure) -> None:
    config = configure("cv.folds=3")
    desk = Desk(config)
    with desk.open() as (study, record):

        @event.listens_for(study._storage._backend.engine, "begin")  # type: ignore[attr-defined]  # every storage we open has one
        def limit(connection: object) -> None:
            connection.exec_driver_sql("PRAGMA max_page_count = 1")  # type: ignore[attr-defined]  # a SQLAlchemy connection

        with pytest.raises(DiskFullError, match=r"study\.storage="), disk_errors(config):
            desk.whole_trials(study, record, 300)
    assert_sound(config.outputs / "optuna.db")


def test_disk_errors__name_the_file_there_was_no_space_for(configure: Configure) -> None:
    error = OSError(errno.ENOSPC, "No space left on device", "/data/model.keras")
    named = r"left for /data/model\.keras:"
    with pytest.raises(DiskFullError, match=named), disk_errors(configure()):
        raise RuntimeError("the model cannot be saved") from error


def test_disk_errors__name_a_folder_where_the_error_names_no_file(configure: Configure) -> None:
    config = configure()
    with pytest.raises(DiskFullError, match=str(config.outputs)), disk_errors(config):
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    "error",
    [OSError(errno.EACCES, "Permission denied"), sqlite3.OperationalError("locked"), KeyError(1)],
)
def test_disk_errors__leave_other_errors_alone(error: Exception, configure: Configure) -> None:
    with pytest.raises(type(error)), disk_errors(configure()):
        raise error
