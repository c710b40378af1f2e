"""Whatever is wrong with what a user gives: the command says so in one line and leaves nothing."""

import logging
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from hpo_exp.command import run_command
from hpo_exp.data.seed import make_seed_table
from hpo_exp.models.backend import select_backend
from tests.data.publishers import data_config, load_cells, write_csv
from tests.tuning.composing import configured

select_backend("jax", None)  # before anything imports Keras

from hpo_exp.tune import tune  # noqa: E402 - after the backend, as in every module that trains

ROOT = Path(__file__).parents[1]
Refused = Callable[..., str]


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    return tmp_path / "outputs"


@pytest.fixture
def refused(
    outputs: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Refused]:
    """Run the command with overrides in this process: what its one line says.

    It has to end in seconds, with status 1 or 2, and to leave no file that was not there.
    """
    monkeypatch.setenv("HYDRA_FULL_ERROR", "0")  # restored afterwards, as are …
    monkeypatch.delenv("HPO_EXP_TRACEBACK", raising=False)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    root = logging.getLogger()
    logs, level = root.handlers[:], root.level

    def run(*overrides: str) -> str:
        before = contents(outputs)
        monkeypatch.setattr(sys, "argv", ["tune", f"outputs={outputs}", *overrides])
        started = time.monotonic()
        with pytest.raises(SystemExit) as end:
            run_command(tune, "tune")
        assert time.monotonic() - started < 20
        assert end.value.code in (1, 2)
        said = capfd.readouterr()
        (line,) = said.err.splitlines()
        assert line.startswith("hpo_exp: error: ")
        assert "Traceback" not in said.out
        assert contents(outputs) == before
        return line.removeprefix("hpo_exp: error: ")

    yield run
    for number, handler in handlers.items():
        signal.signal(number, handler)
    root.handlers[:], root.level = logs, level


def contents(folder: Path) -> dict[str, bytes | None]:
    """Every path below a folder, with a file's bytes."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }
    

# ---------------------------------------------------------------------------------- the settings


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["data.subsystem=XX"], ["data.subsystem", "choose SE"]),
        (["data=ons", "data.root=/", "data.subsystem=SO"], ["data.subsystem", "choose N, NE"]),
        (["study.trails=3"], ["study.trails", "study.trials"]),
        (["trials=3"], ["study.trials"]),
        (["study.trials"], ["key=value"]),
        (["study.trials=many"], ["study.trials is 'many'", "integer"]),
        (["dispatch.hydro.minimum_mw=2000"], ["minimum_mw 2000", "maximum_mw 1500"]),
        (["data.start=2025-09-26", "data.end=2025-09-01"], ["data", "start", "not before"]),
        (["cv.test_start=2025-09-27"], ["cv", "test_start", "after test_end"]),
        (["search.units={type: int, low: 9, high: 3}"], ["search.units", "low 9", "high 3"]),
        (["cv.scored_step=1-0"], ["cv.scored_step"]),
        (["cv.test_end=2026-01-01"], ["test period", "outside the data", "cv.test_end"]),
        (["cv.test_start=2019-01-01"], ["test period", "outside the data", "cv.test_start"]),
        (["cv.folds=40", "cv.validation_hours=24"], ["too short", "cv.folds"]),
        (["features.past=[nivel]"], ["features.past", "nivel", "carga_mw_subsistema"]),
        (["+features.publication_delay.nivel=1"], ["features.publication_delay", "nivel"]),
        (["+dispatch.supply.nivel=1"], ["dispatch", "nivel"]),
        (["+study.sampler_options.warmth=3"], ["study.sampler_options", "warmth"]),
        (["+study.pruner_options.patience=3"], ["study.pruner_options", "patience"]),
        (["study.sampler=gp"], ["study.sampler=gp", "torch"]),
    ],
)  # fmt: skip
def test_setting(overrides: list[str], words: list[str], refused: Refused) -> None:
    said = refused("data=seed", *overrides)
    print(said)
    for word in words:
        assert word in said


# -------------------------------------------------------------------------------------- the data


@pytest.fixture(scope="module")
def table() -> list[str]:
    """The notebook's 720 hours as lines of CSV."""
    frame = make_seed_table(data_config(None, source="seed", end=pd.Timestamp("2025-09-26T13"))).frame
    return frame.reset_index().to_csv(index=False).splitlines()


def swapped(lines: list[str]) -> list[str]:
    return [*lines[:10], lines[11], lines[10], *lines[12:]]


Change = Callable[[list[str]], list[str]]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda lines: lines[:6] + lines[5:], ["mine.csv, line 7", "twice"]),
        (swapped, ["mine.csv, line 12", "sort the file"]),
        (lambda lines: [*lines, lines[9]], ["line 722", "after a later hour"]),
        (lambda lines: [*lines[:99], "2025-08-31 16:00:00,n/d" + ",1" * 7, *lines[100:]], ["carga_mw_subsistema, line 100", "'n/d' is not a number"]),
        (lambda lines: [lines[0].replace("carga_mw_subsistema", "load"), *lines[1:]], ["data.columns.load", "mine.csv"]),
        (lambda lines: [lines[0].replace("timestamp", "hora"), *lines[1:]], ["data.columns.timestamp", "hora"]),
        (lambda lines: [lines[0].replace("geracao_eolica_mw", "vento"), *lines[1:]], ["geracao_eolica_mw", "dispatch"]),
        (lambda lines: lines[:1] + lines[-160:], ["too short", "cv.folds"]),
        (lambda lines: lines[:1] + lines[-1:], ["outside the data"]),
        (lambda lines: lines[:1], ["mine.csv"]),
        (lambda lines: [], ["mine.csv", "header"]),
        (lambda lines: ["\0\x01garbage"], ["mine.csv"]),
        (lambda lines: [*lines[:400], "2025-09-13"], ["mine.csv", "line 401", "cells"]),
    ],
)  # fmt: skip
def test_csv(
    change: Change, words: list[str], table: list[str], refused: Refused, tmp_path: Path
) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("\n".join(change(table)) + "\n")
    said = refused("data=csv", f"data.path={path}", "cv.test_start=2025-09-20T23:00", "cv.test_end=2025-09-26T13:00")
    print(said)
    for word in words:
        assert word in said


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["data=csv", "data.path={here}/none.csv"], ["data.path", "none.csv"]),
        (["data=csv", "data.path={here}"], ["data.path"]),
        (["data=ons", "data.root={here}/none"], ["data.root", "none"]),
        (["data=ons", "data.root={here}/file"], ["data.root", "file"]),
        (["data=ons", "data.root={here}/empty"], ["data.root", "CURVA_CARGA"]),
        (["data=ons", "data.root={here}/other"], ["CURVA_CARGA_2022.csv", "val_cargaenergiahomwmed"]),
        (["data=ons", "data.root={here}/one", "data.station=null"], ["CURVA_CARGA_2022.csv", "subsystem SE"]),
        (["data=ons", "data.root={here}/one", "data.subsystem=N"], ["test period", "outside"]),
    ],
)  # fmt: skip
def test_folder(
    overrides: list[str], words: list[str], refused: Refused, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "empty").mkdir()
    cells = load_cells("2022-01-01", 48, N=5000.0)
    write_csv(cells, tmp_path / "one" / "CURVA_CARGA_2022.csv")
    write_csv(cells.rename(columns={"val_cargaenergiahomwmed": "mw"}), tmp_path / "other" / "CURVA_CARGA_2022.csv")
    dates = ["cv.test_start=2022-01-01", "cv.test_end=2022-02-01"] if "csv" in overrides[0] else []
    said = refused(*(o.format(here=tmp_path) for o in overrides), *dates)
    print(said)
    for word in words:
        assert word in said


# ------------------------------------------------------------------------------- where things go


@pytest.mark.parametrize("place", ["{here}/file/outputs", "{here}/file", "/proc/outputs", "/dev/null", "/sys/outputs", "''"])
def test_outputs(place: str, refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    said = refused(f"outputs={place.format(here=tmp_path)}")
    print(said)


@pytest.mark.parametrize("key", ["study.storage", "tracking.uri"])
@pytest.mark.parametrize("place", ["sqlite:///{here}/file/x.db", "sqlite:////proc/x/x.db", "sqlite:////proc/x.db", "sqlite:///{here}", "sqlite:///", "nonsense", "postgresql://nobody@127.0.0.1:1/x"])
def test_places(key: str, place: str, refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    said = refused(f"{key}='{place.format(here=tmp_path)}'")
    print(said)

@pytest.mark.parametrize("over", ["tracking.artifacts={here}/file/x", "tracking.artifacts=/proc/x", "trainer.compilation_cache={here}/file/x", "hydra.run.dir={here}/file/x"])
def test_places2(over: str, refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    said = refused(over.format(here=tmp_path), "trainer.epochs=1", "study.trials=1")
    print(said)


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Databases as a study leaves them."""
    from mlflow import MlflowClient

    from hpo_exp.tuning.optuna_store import open_study

    folder = tmp_path_factory.mktemp("stores")
    study = open_study(configured("data=seed", f"outputs={folder}"), "data")
    for _ in range(30):
        study.tell(study.ask(), 1)
    MlflowClient(tracking_uri=f"sqlite:///{folder}/mlflow.db").search_experiments()
    for name in ("optuna.db", "mlflow.db"):
        c = sqlite3.connect(folder / name)
        c.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        c.close()
    return folder


def garbage(raw: bytes) -> bytes:
    return b"This is no database, but text of some length. " * 200


@pytest.mark.parametrize("damage", [garbage, lambda raw: raw[: len(raw) // 2], lambda raw: raw[:100], lambda raw: raw[:50], lambda raw: raw[:4096], lambda raw: raw[:4096] + os.urandom(len(raw) - 4096), lambda raw: raw[:-4096], lambda raw:raw[:-10000]])
@pytest.mark.parametrize("name", ["optuna.db", "mlflow.db"])
def test_database(name: str, damage: Callable[[bytes], bytes], stores: Path, outputs: Path, refused: Refused) -> None:
    outputs.mkdir()
    for file in ("mlflow.db",):
        shutil.copy(stores / file, outputs / file)
    (outputs / name).write_bytes(damage((stores / name).read_bytes()))
    said = refused("trainer.epochs=1", "study.trials=1")
    print(said)
