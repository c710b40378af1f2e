"""The sweep: one process that asks Optuna, hands folds to an executor and tells the outcome.

A trial climbs its ladder fold by fold, and each finished fold is stored, so that a stopped sweep
loses only the folds in flight. Trials that a stopped coordinator left running are taken up in
place.
"""

from concurrent.futures import FIRST_COMPLETED, Future, wait

import optuna
from optuna.trial import TrialState

from hpo_exp.errors import SweepError
from hpo_exp.tuning.active_trial import ActiveTrial
from hpo_exp.tuning.attempts import Attempts
from hpo_exp.tuning.executors import Executor, failure
from hpo_exp.tuning.first_trials import enqueue_first_trials
from hpo_exp.tuning.objective import constraints
from hpo_exp.tuning.optuna_store import make_sampler
from hpo_exp.tuning.progress import SweepProgress
from hpo_exp.tuning.record import StudyRecord, as_stored
from hpo_exp.tuning.space import suggest
from hpo_exp.tuning.trial import FoldResult, FoldTask
from hpo_exp.tuning.workspace import Workspace

FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)


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
        self._active: dict[int, ActiveTrial] = {}
        self._in_flight: dict[Future[FoldResult], tuple[ActiveTrial, FoldTask]] = {}
        self._attempts = Attempts(workspace.config.study.tries)
        trials = study.get_trials(deepcopy=False)
        self._abandoned = [t.number for t in trials if t.state == TrialState.RUNNING]
        # Counted here from now on: to ask the storage each time would be most of the work.
        self._begun = sum(trial.state != TrialState.WAITING for trial in trials)
        self._finished = sum(trial.state in FINISHED for trial in trials)
        self._failures_in_a_row = 0

    def run(self) -> None:
        """Run trials until `study.trials` of them are complete or pruned.

        Raises:
            SweepError: `study.max_failures` trials in a row failed.
            StudyError: the study to start from is not there.
        """
        enqueue_first_trials(self._study, self._workspace)
        while True:
            self._fill_slots()
            if not self._in_flight:
                break
            done, _ = wait(self._in_flight, return_when=FIRST_COMPLETED)
            for future in done:
                self._advance(future)
        self._close_abandoned()

    def _fill_slots(self) -> None:
        """Keep every slot at work: with new trials, or else with more folds of those under way."""
        while len(self._in_flight) < self._executor.slots:
            if self._missing() > 0:
                self._go_on(self._next_trial())
            elif not any(self._hand_out(active) for active in self._active.values()):
                return

    def _missing(self) -> int:
        """Trials still to be started."""
        return self._workspace.config.study.trials - self._finished - len(self._active)

    def _next_trial(self) -> ActiveTrial:
        if self._abandoned:
            active = self._adopt(self._abandoned.pop(0))
            self._progress.trial_resumed(active.number)
        else:
            self._reseed(self._begun)
            self._begun += 1
            active = self._activate(self._study.ask())
        self._active[active.number] = active
        self._record.start(active.trial, active.hyperparameters)
        self._progress.trial_started(active.number, active.trial.params)
        return active

    def _adopt(self, number: int) -> ActiveTrial:
        """Go on with a trial that a stopped coordinator left running, in place."""
        frozen = self._study.get_trials(deepcopy=False)[number]
        self._reseed(number)
        trial = optuna.Trial(self._study, frozen._trial_id)  # noqa: SLF001 - the only way to take it up
        return self._activate(trial).with_past(frozen)

    def _activate(self, trial: optuna.Trial) -> ActiveTrial:
        values = suggest(trial, self._workspace.space)
        hyperparameters = self._workspace.fixed.with_values(values, origin="search")
        return ActiveTrial(
            trial, hyperparameters, self._workspace.ladder, self._workspace.objective
        )

    def _reseed(self, number: int) -> None:
        """Make what is proposed a matter of the trial's number, not of who ran before."""
        self._study.sampler = make_sampler(self._workspace.config.study, number)

    def _go_on(self, active: ActiveTrial) -> None:
        """Report a rung that is complete, then close the trial or hand out its next fold."""
        rung = active.last_passed()
        if rung is not None:
            if rung.step not in active.reported:
                self._record.rung(active.trial, rung.step, active.rung_value(rung))
                active.reported.add(rung.step)
            if rung == self._workspace.ladder.whole:
                self._finish(active, "complete", "")
                return
            if active.waits_on(rung) and active.trial.should_prune():
                self._finish(active, "pruned", "")
                return
        self._hand_out(active)

    def _hand_out(self, active: ActiveTrial) -> bool:
        """Hand out a trial's next fold, if it has one that does not wait for others."""
        task = active.next_task()
        if task is not None:
            active.under_way.add(task.key)
            self._in_flight[self._executor.submit(task)] = active, task
        return task is not None

    def _advance(self, future: Future[FoldResult]) -> None:
        """Record a fold's outcome, then go on with its trial or close it."""
        active, task = self._in_flight.pop(future)
        active.under_way.discard(task.key)
        error = failure(future)
        if active.closed:
            return
        if not error:
            result = future.result()
            self._record.fold(active.trial, result)
            active.results[task.key] = as_stored(result)
            self._progress.fold_finished(task, result.rmse)
            self._go_on(active)
        elif self._attempts.may_retry(task, future.exception()):
            self._hand_out(active)
        else:
            self._finish(active, "failed", error)

    def _finish(self, active: ActiveTrial, state: str, error: str) -> None:
        values = active.values() if state == "complete" else None
        active.closed = True
        del self._active[active.number]
        case = self._workspace.config.dispatch
        kept = {} if case is None else constraints(active.results.values(), case)
        self._record.finish(active.trial, state, values, error, kept)
        self._progress.trial_finished(active.trial, state, values, error)
        if state != "failed":
            self._finished += 1
            self._failures_in_a_row = 0
            return
        self._failures_in_a_row += 1
        if self._failures_in_a_row >= self._workspace.config.study.max_failures:
            raise SweepError(
                f"{self._failures_in_a_row} trials in a row failed (study.max_failures), the "
                f"last one with {error}"
            )

    def _close_abandoned(self) -> None:
        """Close what a stopped run left and a budget that was lowered since has no room for."""
        for number in self._abandoned:
            active = self._adopt(number)
            self._record.start(active.trial, active.hyperparameters)
            self._record.finish(
                active.trial, "failed", None, "not needed: study.trials was lowered"
            )


def finished_trials(study: optuna.Study) -> int:
    """Trials that count against the budget: complete or pruned."""
    return len(study.get_trials(deepcopy=False, states=FINISHED))
