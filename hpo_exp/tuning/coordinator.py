"""The sweep: one process that asks Optuna, hands folds to an executor and tells the outcome.

A trial advances fold by fold, and each finished fold is stored, so that a stopped sweep loses
only the folds in flight. Trials that a stopped coordinator left running are taken up in place.
"""

import logging
import statistics
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field

import optuna
from optuna.trial import TrialState

from hpo_exp.errors import SweepError
from hpo_exp.models.hyperparameters import Hyperparameters
from hpo_exp.tuning.executors import Executor, failure
from hpo_exp.tuning.optuna_store import make_sampler
from hpo_exp.tuning.progress import SweepProgress
from hpo_exp.tuning.record import StudyRecord, fold_values
from hpo_exp.tuning.space import first_parameters, suggest
from hpo_exp.tuning.trial import FoldResult, FoldTask
from hpo_exp.tuning.workspace import Workspace

FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)

log = logging.getLogger(__name__)


@dataclass
class ActiveTrial:
    """A trial under way, and the folds it has behind it."""

    trial: optuna.Trial
    hyperparameters: Hyperparameters
    folds: dict[int, float] = field(default_factory=dict)

    def next_task(self) -> FoldTask:
        """The first fold that has no value yet."""
        return FoldTask(self.trial.number, len(self.folds), 0, self.hyperparameters)


class Coordinator:
    """Runs a study to its budget of finished trials."""

    def __init__(
        self,
        study: optuna.Study,
        workspace: Workspace,
        executor: Executor,
        record: StudyRecord,
        progress: SweepProgress,
    ) -> None:
        self._study, self._workspace = study, workspace
        self._executor, self._record, self._progress = executor, record, progress
        self._active: dict[Future[FoldResult], ActiveTrial] = {}
        self._abandoned = [
            trial.number for trial in study.get_trials(deepcopy=False)
            if trial.state == TrialState.RUNNING
        ]  # fmt: skip
        self._failures_in_a_row = 0

    def run(self) -> None:
        """Run trials until `study.trials` of them are complete or pruned.

        Raises:
            SweepError: `study.max_failures` trials in a row failed.
        """
        self._enqueue_first()
        while True:
            while len(self._active) < self._executor.slots and self._missing() > 0:
                self._submit(self._next_trial())
            if not self._active:
                break
            done, _ = wait(self._active, return_when=FIRST_COMPLETED)
            for future in done:
                self._advance(self._active.pop(future), future)
        self._close_abandoned()

    def _missing(self) -> int:
        """Trials still to be started."""
        return (
            self._workspace.config.study.trials - finished_trials(self._study) - len(self._active)
        )

    def _enqueue_first(self) -> None:
        """Try the configured values first: no sweep ends worse than its starting point."""
        if self._study.get_trials(deepcopy=False):
            return
        first = first_parameters(self._workspace.space, self._workspace.fixed)
        if first is None:
            log.warning(
                "the configured hyperparameters lie outside the search: none is tried first"
            )
        elif first:
            self._study.enqueue_trial(first)

    def _next_trial(self) -> ActiveTrial:
        if self._abandoned:
            frozen = self._study.get_trials(deepcopy=False)[self._abandoned.pop(0)]
            self._reseed(frozen.number)
            trial = optuna.Trial(self._study, frozen._trial_id)  # noqa: SLF001 - the only way to go on with a trial in place
            log.info("trial %d goes on where it was stopped", trial.number)
        else:
            number = sum(
                trial.state != TrialState.WAITING
                for trial in self._study.get_trials(deepcopy=False)
            )
            self._reseed(number)
            trial = self._study.ask()
        values = suggest(trial, self._workspace.space)
        hyperparameters = self._workspace.fixed.with_values(values, origin="search")
        self._record.start(trial, hyperparameters)
        shown = ", ".join(f"{name}={_short(value)}" for name, value in values.items())
        self._progress.trial_started(trial.number, shown)
        return ActiveTrial(trial, hyperparameters, fold_values(trial, self._study))

    def _close_abandoned(self) -> None:
        """Close what a stopped run left and a budget that was lowered since has no room for."""
        for number in self._abandoned:
            frozen = self._study.get_trials(deepcopy=False)[number]
            trial = optuna.Trial(self._study, frozen._trial_id)  # noqa: SLF001 - as above
            self._record.start(trial, self._workspace.fixed.with_values(trial.params, "search"))
            self._record.finish(trial, "failed", None, "not needed: study.trials was lowered")

    def _reseed(self, number: int) -> None:
        self._study.sampler = make_sampler(self._workspace.config.study, number)

    def _submit(self, active: ActiveTrial) -> None:
        """Hand out a trial's next fold, or close a trial that was stopped after its last one."""
        if len(active.folds) == len(self._workspace.folds):
            self._finish(active, "complete", "")
        elif active.folds and active.trial.should_prune():
            self._finish(active, "pruned", "")
        else:
            self._active[self._executor.submit(active.next_task())] = active

    def _advance(self, active: ActiveTrial, future: Future[FoldResult]) -> None:
        """Record a fold's outcome, then go on with its trial or close it."""
        error = failure(future)
        if error:
            self._finish(active, "failed", error)
            return
        result = future.result()
        self._record.fold(active.trial, result)
        active.folds[result.task.fold] = result.rmse
        folds = len(self._workspace.folds)
        self._progress.fold_finished(active.trial.number, result.task.fold, folds, result.rmse)
        self._submit(active)

    def _finish(self, active: ActiveTrial, state: str, error: str) -> None:
        complete = state == "complete"
        value = statistics.fmean(active.folds.values()) if complete else None
        self._record.finish(active.trial, state, value, error)
        shown = ", ".join(f"{n}={_short(v)}" for n, v in active.trial.params.items())
        self._progress.trial_finished(active.trial.number, state, value, error or shown)
        if state != "failed":
            self._failures_in_a_row = 0
            return
        self._failures_in_a_row += 1
        if self._failures_in_a_row >= self._workspace.config.study.max_failures:
            raise SweepError(
                f"{self._failures_in_a_row} trials in a row failed (study.max_failures), the "
                f"last one with {error}"
            )


def finished_trials(study: optuna.Study) -> int:
    """Trials that count against the budget: complete or pruned."""
    return len(study.get_trials(deepcopy=False, states=FINISHED))


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
