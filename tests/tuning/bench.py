"""A sweep with everything real but the training: Optuna, MLflow, the data and their folds."""

import math
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import optuna
from mlflow import MlflowClient
from mlflow.entities import Run

from hpo_exp.config import TuneConfig
from hpo_exp.data.load import load_table
from hpo_exp.models.backend import select_backend

select_backend("jax", None)  # before anything below imports Keras

from hpo_exp.tracking.mlflow_store import Tracker  # noqa: E402 - after the backend
from hpo_exp.tuning.coordinator import Coordinator  # noqa: E402 - likewise
from hpo_exp.tuning.executors import Executor, SerialExecutor  # noqa: E402 - likewise
from hpo_exp.tuning.optuna_store import open_study  # noqa: E402 - likewise
from hpo_exp.tuning.progress import sweep_progress  # noqa: E402 - likewise
from hpo_exp.tuning.record import StudyRecord  # noqa: E402 - likewise
from hpo_exp.tuning.selection import Finalist, select_winner  # noqa: E402 - likewise
from hpo_exp.tuning.trial import FoldResult, FoldTask  # noqa: E402 - likewise
from hpo_exp.tuning.workspace import Workspace, build_workspace  # noqa: E402 - likewise

Evaluate = Callable[[FoldTask], float]


def valley(task: FoldTask) -> float:
    """Stands for training: cheap, the same every time, and best at 100 units and a rate of 3e-3."""
    parameters = task.hyperparameters
    rate = abs(math.log10(parameters.learning_rate / 3e-3))
    return 10 * rate + abs(parameters.units - 100) / 10 + task.fold + 0.01 * task.repeat


@dataclass
class Analytic:
    """Runs an arithmetic expression where others train, and remembers what it was asked.

    Attributes:
        value: the RMSE of a task; it may raise, as training does.
        tasks: what was asked, in order.
    """

    value: Evaluate = valley
    tasks: list[FoldTask] = field(default_factory=list)

    def __call__(self, task: FoldTask) -> FoldResult:
        self.tasks.append(task)
        return FoldResult(task, self.value(task), epochs=3 + task.fold, seconds=0.5)

    @property
    def asked(self) -> list[tuple[int, int, int]]:
        """(trial, fold, repeat) of each task."""
        return [(task.trial, task.fold, task.repeat) for task in self.tasks]


class ThreadsExecutor:
    """Runs several tasks at a time, as a pool of processes does."""

    def __init__(self, run: Callable[[FoldTask], FoldResult], slots: int) -> None:
        self.slots, self._run = slots, run
        self._pool = ThreadPoolExecutor(slots)

    def submit(self, task: FoldTask) -> Future[FoldResult]:
        return self._pool.submit(self._run, task)


class Bench:
    """A study that can be swept again and again, each time as a new process would."""

    def __init__(self, config: TuneConfig) -> None:
        self.config = config
        self.table = load_table(config.data)
        self.workspace: Workspace = build_workspace(self.table, config)

    def study(self) -> optuna.Study:
        return open_study(self.config, self.table.sha256)

    def sweep(
        self, run: Analytic, executor: Executor | None = None, tracker: Tracker | None = None
    ) -> optuna.Study:
        study = self.study()
        record = StudyRecord(study, tracker or Tracker(self.config.tracking), {"who": "tests"})
        with (
            closing(record),
            sweep_progress(study, self.config.study.trials) as progress,
        ):
            Coordinator(
                study, self.workspace, executor or SerialExecutor(run), record, progress
            ).run()
        return study

    def select(self, run: Analytic, executor: Executor | None = None) -> Finalist:
        return select_winner(self.study(), self.workspace, executor or SerialExecutor(run))

    def runs(self) -> list[Run]:
        """MLflow's runs, in the order they were begun."""
        client = MlflowClient(tracking_uri=self.config.tracking.uri)
        experiment = client.get_experiment_by_name(self.config.tracking.experiment)
        assert experiment
        found = client.search_runs([experiment.experiment_id], order_by=["start_time ASC"])
        return list(found)

    def children(self) -> list[Run]:
        """MLflow's runs of trials, by the trial's number."""
        nested = [run for run in self.runs() if "mlflow.parentRunId" in run.data.tags]
        return sorted(nested, key=lambda run: int(run.data.tags["hpo_exp.trial"]))


def facts(study: optuna.Study) -> list[tuple[Any, ...]]:
    """What two equal studies have in common: state, value, parameters and folds of each trial."""
    return [
        (trial.number, trial.state, trial.values, trial.params, trial.intermediate_values)
        for trial in study.get_trials(deepcopy=False)
    ]
