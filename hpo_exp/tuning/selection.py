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
from hpo_exp.tuning.record import as_stored, fold_results, is_whole
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
        values: its values in the search, one a metric of the objective.
        mean_values: the same, as means over all seeds and folds.
        epochs: median of the best epochs over all seeds and folds.
    """

    number: int
    hyperparameters: Hyperparameters
    values: tuple[float, ...]
    mean_values: tuple[float, ...]
    epochs: int

    @property
    def value(self) -> float:
        """The first of its values in the search."""
        return self.values[0]

    @property
    def mean_value(self) -> float:
        """The first of its means over all seeds and folds."""
        return self.mean_values[0]


def select_winner(study: optuna.Study, workspace: Workspace, executor: Executor) -> Finalist:
    """Evaluate the best trials over `study.finalist_seeds` seeds and return the best of them.

    Raises:
        SweepError: no trial is complete, or a finalist cannot be evaluated again.
    """
    config = workspace.config.study
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if not complete:
        raise SweepError("no trial is complete: there is no winner to refit")
    objective = workspace.objective
    kept = [t for t in complete if all(excess <= 0 for excess in t.constraints.values())]
    if not kept:
        log.warning("no trial keeps the dispatch case's tolerated deficit and violations")
    candidates = kept or complete
    places = objective.order([trial.values for trial in candidates])[: config.finalists]
    finalists = [_evaluate(study, workspace, executor, candidates[place]) for place in places]
    winner = finalists[objective.order([finalist.mean_values for finalist in finalists])[0]]
    log.info(
        "trial %d wins: %s over %d seeds", winner.number, objective.describe(winner.mean_values),
        config.finalist_seeds,
    )  # fmt: skip
    return winner


def _evaluate(
    study: optuna.Study, workspace: Workspace, executor: Executor, trial: FrozenTrial
) -> Finalist:
    hyperparameters = workspace.fixed.with_values(trial.params, origin="search")
    whole = workspace.config.trainer.epochs
    first = [fold for fold in fold_results(trial).values() if is_whole(fold, whole)]
    objective = workspace.objective
    results = _more_seeds(study, workspace, executor, trial.number, hyperparameters)
    folds = [*first, *results]
    finalist = Finalist(
        number=trial.number,
        hyperparameters=hyperparameters,
        values=tuple(trial.values),
        mean_values=objective.values(folds),
        epochs=round(statistics.median(fold["epochs"] for fold in folds)),
    )
    log.info(
        "finalist: trial %d, %s in the search, %s over %d seeds",
        finalist.number, objective.describe(finalist.values),
        objective.describe(finalist.mean_values), workspace.config.study.finalist_seeds,
    )  # fmt: skip
    return finalist


def _more_seeds(
    study: optuna.Study,
    workspace: Workspace,
    executor: Executor,
    number: int,
    hyperparameters: Hyperparameters,
) -> list[dict[str, float]]:
    """RMSE, epochs and dispatch of further seeds by fold; what was evaluated before is kept."""
    stored: dict[str, dict[str, float]] = dict(study.user_attrs.get(f"{FINALISTS}:{number}", {}))
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
            stored[key] = as_stored(future.result())
            study.set_user_attr(f"{FINALISTS}:{number}", stored)
    return [stored[key] for key in keys]
