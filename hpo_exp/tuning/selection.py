"""The winner: the best few trials again over several seeds, for the best of many is luck."""

import logging
import statistics
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass

import optuna
from optuna.trial import FrozenTrial, TrialState

from hpo_exp.errors import SweepError
from hpo_exp.models.hyperparameters import Hyperparameters
from hpo_exp.tuning.attempts import Attempts
from hpo_exp.tuning.executors import Executor, failure
from hpo_exp.tuning.record import fold_results, is_whole
from hpo_exp.tuning.trial import FoldResult, FoldTask
from hpo_exp.tuning.workspace import Workspace

FINALISTS = "finalists"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Finalist:
    """A trial evaluated over several seeds.

    Attributes:
        number: the trial's number.
        hyperparameters: what it trained.
        value: its value in the search (MW).
        mean_value: the mean over all seeds and folds (MW).
        epochs: median of the best epochs over all seeds and folds.
    """

    number: int
    hyperparameters: Hyperparameters
    value: float
    mean_value: float
    epochs: int


def select_winner(study: optuna.Study, workspace: Workspace, executor: Executor) -> Finalist:
    """Evaluate the best trials over `study.finalist_seeds` seeds and return the best of them.

    Raises:
        SweepError: no trial is complete, or a finalist cannot be evaluated again.
    """
    config = workspace.config.study
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if not complete:
        raise SweepError("no trial is complete: there is no winner to refit")
    best = sorted(complete, key=_value)[: config.finalists]
    finalists = [_evaluate(study, workspace, executor, trial) for trial in best]
    winner = min(finalists, key=lambda finalist: finalist.mean_value)
    log.info(
        "trial %d wins: %.1f MW over %d seeds", winner.number, winner.mean_value,
        config.finalist_seeds,
    )  # fmt: skip
    return winner


def _value(trial: FrozenTrial) -> float:
    assert trial.value is not None  # complete trials have one
    return trial.value


def _evaluate(
    study: optuna.Study, workspace: Workspace, executor: Executor, trial: FrozenTrial
) -> Finalist:
    hyperparameters = workspace.fixed.with_values(trial.params, origin="search")
    whole = workspace.config.trainer.epochs
    first = [fold for fold in fold_results(trial).values() if is_whole(fold, whole)]
    epochs = [fold["epochs"] for fold in first]
    results = _more_seeds(study, workspace, executor, trial.number, hyperparameters)
    values = [fold["rmse"] for fold in first] + [rmse for rmse, _ in results]
    finalist = Finalist(
        number=trial.number,
        hyperparameters=hyperparameters,
        value=_value(trial),
        mean_value=statistics.fmean(values),
        epochs=round(statistics.median(epochs + [epoch for _, epoch in results])),
    )
    log.info(
        "finalist: trial %d, %.1f MW in the search, %.1f MW over %d seeds",
        finalist.number, finalist.value, finalist.mean_value,
        workspace.config.study.finalist_seeds,
    )  # fmt: skip
    return finalist


def _more_seeds(
    study: optuna.Study,
    workspace: Workspace,
    executor: Executor,
    number: int,
    hyperparameters: Hyperparameters,
) -> list[tuple[float, int]]:
    """(RMSE, epochs) of further seeds by fold; what an earlier run had evaluated is kept."""
    stored: dict[str, list[float]] = dict(study.user_attrs.get(f"{FINALISTS}:{number}", {}))
    whole = workspace.ladder.whole.fidelity
    keys = {
        f"{repeat}/{fold}": FoldTask(number, fold, repeat, hyperparameters, whole)
        for repeat in range(1, workspace.config.study.finalist_seeds)
        for fold in range(len(workspace.folds))
    }
    attempts = Attempts(workspace.config.study.tries)
    waiting = [(key, task) for key, task in keys.items() if key not in stored]
    running: dict[Future[FoldResult], str] = {}
    while waiting or running:
        while waiting and len(running) < executor.slots:
            key, task = waiting.pop(0)
            running[executor.submit(task)] = key
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            key, error = running.pop(future), failure(future)
            if error and attempts.may_retry(keys[key], future.exception()):
                waiting.insert(0, (key, keys[key]))
                continue
            if error:
                raise SweepError(f"finalist trial {number} failed when evaluated again: {error}")
            stored[key] = [future.result().rmse, future.result().epochs]
            study.set_user_attr(f"{FINALISTS}:{number}", stored)
    return [(stored[key][0], int(stored[key][1])) for key in keys]
