import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState
from optuna_dashboard import get_note, save_note

from hpo_exp.config import TuneConfig
from hpo_exp.errors import StudyError
from hpo_exp.tuning.fidelity import Fidelity
from hpo_exp.tuning.notes import study_note
from hpo_exp.tuning.optuna_store import open_study
from hpo_exp.tuning.record import fold_results
from tests.tracking.server import MlflowServer
from tests.tuning.desk import Desk

Configure = Callable[..., TuneConfig]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hpo_exp.tuning.record.FLUSH_SECONDS", 2.0)


@pytest.fixture
def desk(configure: Configure) -> Desk:
    return Desk(configure("cv.folds=3"))


def test_complete_trial__is_the_same_in_both_stores(desk: Desk) -> None:
    with desk.open() as (study, record):
        desk.whole_trial(study, record)
        assert record.flush(30)
    (trial,), (run,) = study.trials, desk.runs()
    assert trial.state == TrialState.COMPLETE
    assert trial.value == run.data.metrics["rmse_mw"] == 101.0
    assert trial.intermediate_values == {30: 100.0, 60: 100.5, 90: 101.0}
    assert desk.history(run, "rung_rmse_mw") == [(30, 100.0), (60, 100.5), (90, 101.0)]
    assert desk.history(run, "fold_rmse_mw") == [(0, 100.0), (1, 101.0), (2, 102.0)]
    assert desk.history(run, "fold_epochs") == [(0, 3.0), (1, 4.0), (2, 5.0)]
    assert run.data.metrics["duration_seconds"] == 1.5
    assert run.data.params["units"] == str(trial.params["units"])
    assert run.data.params["reference"] == desk.fixed.reference
    assert run.info.status == "FINISHED"
    assert run.data.tags["hpo_exp.state"] == "complete"
    assert run.data.tags["who"] == "tests"
    assert record.runs() == {0: run.info.run_id}


def test_fold_results__hold_all_that_a_fold_came_to(desk: Desk) -> None:
    with desk.open() as (study, record):
        trial = desk.begin(study, record)
        desk.fold(record, trial, 1, Fidelity(2, 0.5))
        desk.fold(record, trial, 1)
    epochs = desk.config.trainer.epochs
    expected = {
        "1/2/0.5": {
            "fold": 1,
            "epochs_allowed": 2,
            "history": 0.5,
            "rmse": 101.0,
            "epochs": 4,
            "seconds": 0.5,
        },
        f"1/{epochs}/1": {
            "fold": 1,
            "epochs_allowed": epochs,
            "history": 1.0,
            "rmse": 101.0,
            "epochs": 4,
            "seconds": 0.5,
        },
    }
    assert fold_results(trial) == expected
    assert fold_results(open_study(desk.config, "data").trials[0]) == expected


def test_cheap_folds__are_not_shown_as_whole_ones(desk: Desk) -> None:
    with desk.open() as (study, record):
        trial = desk.begin(study, record)
        desk.fold(record, trial, 0, Fidelity(1, 1.0))
        record.rung(trial, 10, 100.0)
        desk.fold(record, trial, 0)
        assert record.flush(30)
    (run,) = desk.runs()
    assert desk.history(run, "fold_rmse_mw") == [(0, 100.0)]
    assert desk.history(run, "rung_rmse_mw") == [(10, 100.0)]


@pytest.mark.parametrize(
    ("state", "status", "in_optuna"),
    [("pruned", "KILLED", TrialState.PRUNED), ("failed", "FAILED", TrialState.FAIL)],
)
def test_trial_without_a_value__is_closed_in_both_stores(
    state: str, status: str, in_optuna: TrialState, desk: Desk
) -> None:
    error = "out of memory" if state == "failed" else ""
    with desk.open() as (study, record):
        trial = desk.begin(study, record)
        desk.fold(record, trial, 0)
        record.finish(trial, state, None, error)
        assert record.flush(30)
    (run,) = desk.runs()
    assert run.info.status == status
    assert study.trials[0].state == in_optuna
    assert study.trials[0].user_attrs.get("error", "") == error
    assert run.data.tags.get("hpo_exp.error", "") == error


def test_stopped_trial__goes_on_in_its_run(desk: Desk) -> None:
    with desk.open() as (study, record):
        trial = desk.begin(study, record)
        desk.fold(record, trial, 0)
        record.rung(trial, 30, 100.0)
        assert record.flush(30)
    with desk.open() as (study, record):
        (frozen,) = study.trials
        trial = optuna.Trial(study, frozen._trial_id)
        units = trial.suggest_categorical("units", [32, 64])
        record.start(trial, desk.fixed.with_values({"units": units}, "search"))
        desk.fold(record, trial, 1)
        record.finish(trial, "complete", (100.5,), "")
        assert record.flush(30)
    (run,) = desk.runs()
    assert run.info.status == "FINISHED"
    assert desk.history(run, "fold_rmse_mw") == [(0, 100.0), (1, 101.0)]
    assert desk.history(run, "rung_rmse_mw") == [(30, 100.0)]
    assert run.data.metrics["duration_seconds"] == 1.0


def test_record__keeps_the_first_report_of_a_step(desk: Desk) -> None:
    with desk.open() as (study, record):
        trial = desk.begin(study, record)
        record.rung(trial, 30, 100.0)
        with pytest.warns(UserWarning, match="already"):
            record.rung(trial, 30, 200.0)
        assert record.flush(30)
    (run,) = desk.runs()
    assert study.trials[0].intermediate_values == {30: 100.0}
    assert desk.history(run, "rung_rmse_mw") == [(30, 100.0)]


# ------------------------------------------------------------------------------------- MLflow away


@contextmanager
def mlflow_away(desk: Desk) -> Iterator[None]:
    """The tracking database cannot be used while the block runs."""
    path = desk.config.tracking.uri.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, timeout=30)) as database:
        database.execute("ALTER TABLE metrics RENAME TO hidden")
        yield
        database.execute("ALTER TABLE hidden RENAME TO metrics")


@pytest.mark.slow
def test_mlflow_away_until_the_end__is_caught_up_by_the_next_run(desk: Desk) -> None:
    with desk.open() as (study, record), mlflow_away(desk):
        desk.whole_trial(study, record)
        record.finish(desk.begin(study, record), "failed", None, "out of memory")
        desk.fold(record, desk.begin(study, record), 0)
        assert not record.flush(2)
        with pytest.raises(StudyError, match=r"trials are safe in study\.storage") as caught:
            record.finish_study({}, desk.config.outputs)
        assert "\n" not in str(caught.value)
        record.close()
    with desk.open() as (_, record):
        assert record.flush(30)
    done, failed, *_ = runs = desk.runs()
    assert [run.data.tags["hpo_exp.trial"] for run in runs[:2]] == ["0", "1"]
    assert done.info.status == "FINISHED"
    assert done.data.params == {
        **{name: str(value) for name, value in desk.fixed.as_dict().items()},
        "units": str(study.trials[0].params["units"]),
    }
    assert done.data.metrics["rmse_mw"] == 101.0
    assert desk.history(done, "fold_rmse_mw") == [(0, 100.0), (1, 101.0), (2, 102.0)]
    assert desk.history(done, "rung_rmse_mw") == [(30, 100.0), (60, 100.5), (90, 101.0)]
    assert failed.info.status == "FAILED"
    assert failed.data.tags["hpo_exp.error"] == "out of memory"


@pytest.mark.slow
def test_next_run__finds_nothing_to_tell_again(desk: Desk) -> None:
    with desk.open() as (study, record):
        for _ in range(3):
            desk.whole_trial(study, record)
    before = {run.info.run_id: run.to_dictionary() for run in desk.runs()}
    with desk.open() as (_, record):
        assert record.flush(30)
        assert record.runs() == {n: run.info.run_id for n, run in enumerate(desk.runs())}
    assert {run.info.run_id: run.to_dictionary() for run in desk.runs()} == before


# ----------------------------------------------------------------------------------------- notes


def test_note__leads_from_a_trial_to_its_run(desk: Desk) -> None:
    with desk.open() as (study, record):
        trial = desk.whole_trial(study, record)
        assert record.flush(30)
        assert get_note(trial) == f"[MLflow run of trial 0]({desk.page(record.runs()[0])})"


def test_note_of_a_user__is_not_overwritten_by_the_next_run(desk: Desk) -> None:
    with desk.open() as (study, record):
        trial = desk.whole_trial(study, record)
        assert record.flush(30)
        save_note(trial, "a strange one")
    with desk.open() as (_, record):
        assert record.flush(30)
    assert get_note(trial) == "a strange one"


def test_note__that_a_stop_prevented_is_saved_by_the_next_run(desk: Desk) -> None:
    with desk.open() as (study, record):
        trial = desk.begin(study, record)
        record.finish(trial, "failed", None, "out of memory")
        record._mirror.close()  # stopped before the link was saved
        run = record.runs()[0]
        record._links._expected.clear()
    with desk.open() as (_, record):
        assert record.flush(30)
    assert run in get_note(trial)


# -------------------------------------------------------------------------------- the studys run


@pytest.fixture(params=["sqlite", pytest.param("http", marks=pytest.mark.slow)])
def tracked(request: pytest.FixtureRequest, configure: Configure) -> Iterator[TuneConfig]:
    """A configuration that tracks in a database, or with a server."""
    config = configure("cv.folds=3")
    if request.param == "sqlite":
        yield config
        return
    server = MlflowServer(config.outputs)
    server.start()
    remote = {"uri": server.uri, "artifacts": "mlflow-artifacts:/"}
    yield config.model_copy(update={"tracking": config.tracking.model_copy(update=remote)})
    server.kill()


def test_finish_study__puts_result_and_files_on_the_studys_run(
    tracked: TuneConfig, tmp_path: Path
) -> None:
    desk, files = Desk(tracked), tmp_path / "run"
    (files / "report").mkdir(parents=True)
    (files / "report" / "index.html").write_text("<html>")
    (files / "trials.csv").write_text("number")
    metrics = {
        "data": {"simulated": True, "source": "demo", "subsystem": "SE"},
        "study": {"best_trial": 0, "best_value": 9.0, "wall_seconds": 1, "best_params": {"a": 1}},
        "test": {
            "model": {"rmse_mw": 5.0, "skill": 0.5},
            "variants": {},
            "baselines": {"persistence": {"rmse_mw": 10.0}},
        },
    }
    with desk.open() as (study, record):
        desk.whole_trial(study, record)
        record.finish_study(metrics, files)
        run = desk.client.get_run(record.parent)
        assert run.info.status == "FINISHED"
        assert run.data.metrics == {
            "test_model_rmse_mw": 5.0,
            "test_persistence_rmse_mw": 10.0,
            "best_value": 9.0,
            "wall_seconds": 1.0,
        }
        assert run.data.tags["best_a"] == "1"
        artifacts = desk.client.list_artifacts(record.parent)
        assert [file.path for file in artifacts] == ["report", "trials.csv"]
        assert "SIMULATED" in get_note(study)
        assert desk.page(record.parent) in get_note(study)


def test_study_note__has_no_skill_where_the_best_baseline_makes_no_error(tmp_path: Path) -> None:
    metrics = {
        "data": {"source": "seed", "subsystem": "SE", "simulated": True},
        "study": {"best_trial": 0},
        "test": {"model": {"rmse_mw": 0.02, "skill": None}},  # as metrics.json has it
    }
    note = study_note(metrics, tmp_path, "http://run")
    assert "0.0 MW.\n" in note
    assert "**SIMULATED**" in note
