"""The winner refitted, with its companions: networks that forecast together."""

import logging
from concurrent.futures import Future
from dataclasses import dataclass

import numpy as np

from hpo_exp.dispatch.policy_names import MODEL
from hpo_exp.errors import SweepError
from hpo_exp.features.windows import actual_load, target_rows
from hpo_exp.models.blend import Blend
from hpo_exp.models.engines import start_engine
from hpo_exp.models.hyperparameters import Hyperparameters
from hpo_exp.models.training import Fit, fit_for_epochs
from hpo_exp.tuning.attempts import Attempts
from hpo_exp.tuning.executors import Executor
from hpo_exp.tuning.seeds import derive_seed
from hpo_exp.tuning.selection import Finalist
from hpo_exp.tuning.trial import prepare_split
from hpo_exp.tuning.workspace import Workspace
from hpo_exp.validation.folds import Split

Weights = list[np.ndarray]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class MemberTask:
    """Train one network on all of a split's past.

    Attributes:
        split: which split.
        hyperparameters: what to train.
        epochs: for how long.
        seed: seed of weights, dropout and the order of windows.
    """

    split: Split
    hyperparameters: Hyperparameters
    epochs: int
    seed: int

    @property
    def name(self) -> str:
        """What the log calls it."""
        return f"the winner's training for {self.split.name}"

    def run(self, workspace: Workspace) -> Weights:
        """Its weights, in Keras's order."""
        training_set = prepare_split(workspace, self.split, self.hyperparameters)
        trained = fit_for_epochs(training_set, workspace.config.trainer, self.epochs, self.seed)
        return [np.asarray(values) for values in trained.engines[0].weights()]


def refit_all(workspace: Workspace, winner: Finalist, executor: Executor) -> dict[str, Blend]:
    """Train the winner with its companions (`model`) and its variants on all before the test.

    Raises:
        SweepError: a network cannot be trained.
    """
    blends = {MODEL: _refit_blend(workspace, winner, executor, workspace.test)}
    for name, values in workspace.config.variants.items():
        log.info("refitting variant %s", name)
        changed = winner.hyperparameters.with_values(values, origin=f"variants.{name}")
        blends[name] = Blend((_refit(workspace, winner, executor, workspace.test, changed),))
    return blends


def _refit_blend(workspace: Workspace, winner: Finalist, executor: Executor, split: Split) -> Blend:
    """Train the winner and its companions on all before a split's scored hours."""
    log.info("refitting the winner for %s", split.name)
    fits = [_refit(workspace, winner, executor, split, winner.hyperparameters)]
    for name, values in workspace.config.companions.items():
        log.info("training its companion %s", name)
        changed = winner.hyperparameters.with_values(values, origin=f"companions.{name}")
        fits.append(_refit(workspace, winner, executor, split, changed))
    return Blend(tuple(fits))


def _refit(
    workspace: Workspace,
    winner: Finalist,
    executor: Executor,
    split: Split,
    hyperparameters: Hyperparameters,
) -> Fit:
    """Train `study.ensemble` networks on all before a split's scored hours."""
    study = workspace.config.study
    seeds = [derive_seed(study.seed, "refit", winner.number, n) for n in range(study.ensemble)]
    tasks = [MemberTask(split, hyperparameters, winner.epochs, seed) for seed in seeds]
    attempts = Attempts(study.tries)
    futures = [executor.submit(task) for task in tasks]
    members = [
        _weights(executor, task, future, attempts)
        for task, future in zip(tasks, futures, strict=True)
    ]
    training_set = prepare_split(workspace, split, hyperparameters)
    batch_size = min(hyperparameters.batch_size, len(training_set.issues))
    engines = tuple(start_engine(training_set, batch_size, seed) for seed in seeds)
    for engine, weights in zip(engines, members, strict=True):
        engine.restore(weights)
    return Fit(engines, training_set, winner.epochs)


def _weights(
    executor: Executor, task: MemberTask, future: "Future[Weights]", attempts: Attempts
) -> Weights:
    """What a task came to; it is tried again where it lost its worker."""
    while (error := future.exception()) is not None:
        if not attempts.may_retry(task, error):
            raise SweepError(f"the winner could not be refitted: {error}") from error
        future = executor.submit(task)
    return future.result()


def fold_errors(
    workspace: Workspace, winner: Finalist, executor: Executor
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Target rows and errors (actual less forecast, MW) on the folds that intervals read.

    Raises:
        SweepError: a network cannot be trained.
    """
    inputs, found = workspace.inputs, []
    for fold in workspace.interval_folds:
        model = _refit_blend(workspace, winner, executor, fold)
        issues = workspace.scored_issues(fold)
        targets = target_rows(issues, inputs.horizon)
        errors = actual_load(inputs, issues) - model.forecast(issues)
        found.append((targets, np.where(fold.scored_targets(targets), errors, np.nan)))
    return found
