"""Trials that are recorded without a sweep: both stores real, and no training."""

from collections.abc import Iterator
from contextlib import contextmanager

import optuna
from mlflow import MlflowClient
from mlflow.entities import Run

from hpo_exp.config import TuneConfig
from hpo_exp.models.hyperparameters import Hyperparameters
from hpo_exp.tracking.mlflow_store import Tracker
from hpo_exp.tuning.fidelity import Fidelity
from hpo_exp.tuning.optuna_store import open_study
from hpo_exp.tuning.record import StudyRecord
from hpo_exp.tuning.trial import FoldResult, FoldTask


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
        record.finish(trial, "complete", (101.0,), "")
        return trial

    def whole_trials(self, study: optuna.Study, record: StudyRecord, count: int) -> None:
        for _ in range(count):
            self.whole_trial(study, record)

    def page(self, run: str) -> str:
        return Tracker(self.config.tracking).page(run)

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
