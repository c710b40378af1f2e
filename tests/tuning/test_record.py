from collections.abc import Callable, Iterator
from contextlib import contextmanager

import optuna
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run
from optuna.trial import TrialState

from hpo_exp.config import TuneConfig
from hpo_exp.models.hyperparameters import Hyperparameters
from hpo_exp.tracking.mlflow_store import Tracker
from hpo_exp.tuning.fidelity import Fidelity
from hpo_exp.tuning.optuna_store import open_study
from hpo_exp.tuning.record import StudyRecord, fold_results
from hpo_exp.tuning.trial import FoldResult, FoldTask

Configure = Callable[..., TuneConfig]


class Desk:
    """A study and its record, opened again and again as new processes would."""

    def __init__(self, config: TuneConfig) -> None:
        self.config = config
        self.fixed = Hyperparameters.from_config(config)

    @contextmanager
    def open(self) -> Iterator[tuple[optuna.Study, StudyRecord]]:
        study = open_study(self.config, "data")
        record = StudyRecord(study, Tracker(self.config.tracking), {"who": "tests"})
        try:
            yield study, record
        finally:
            record.close()

    def begin(self, study: optuna.Study, record: StudyRecord) -> optuna.Trial:
        trial = study.ask()
        units = trial.suggest_categorical("units", [32, 64])
        record.start(trial, self.fixed.with_values({"units": units}, "search"))
        return trial

    def fold(
        self, record: StudyRecord, trial: optuna.Trial, fold: int, fidelity: Fidelity | None = None
    ) -> None:
        whole = Fidelity(self.config.trainer.epochs, 1.0)
        task = FoldTask(trial.number, fold, 0, self.fixed, fidelity or whole)
        record.fold(trial, FoldResult(task, 100.0 + fold, epochs=3 + fold, seconds=0.5))

    def whole_trial(self, study: optuna.Study, record: StudyRecord) -> optuna.Trial:
        trial = self.begin(study, record)
        for fold in range(3):
            self.fold(record, trial, fold)
            record.rung(trial, 30 * fold + 30, 100 + fold / 2)
        record.finish(trial, "complete", 101.0, "")
        return trial

    @property
    def client(self) -> MlflowClient:
        return MlflowClient(tracking_uri=self.config.tracking.uri)

    def runs(self) -> list[Run]:
        """MLflow's runs of trials, by the trial's number."""
        experiment = self.client.get_experiment_by_name(self.config.tracking.experiment)
        assert experiment
        found = self.client.search_runs([experiment.experiment_id])
        nested = [run for run in found if "mlflow.parentRunId" in run.data.tags]
        return sorted(nested, key=lambda run: int(run.data.tags["hpo_exp.trial"]))

    def history(self, run: Run, key: str) -> list[tuple[int, float]]:
        found = self.client.get_metric_history(run.info.run_id, key)
        return sorted((metric.step, metric.value) for metric in found)


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
        record.finish(trial, "complete", 100.5, "")
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
