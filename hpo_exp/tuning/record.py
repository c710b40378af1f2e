"""What is remembered of a trial: Optuna's storage is what counts, MLflow shows the same."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import optuna
from optuna.exceptions import StorageInternalError
from optuna.trial import FrozenTrial, TrialState
from optuna_dashboard import save_note

from hpo_exp.errors import StudyError
from hpo_exp.models.hyperparameters import Hyperparameters
from hpo_exp.tracking.mirror import Mirror
from hpo_exp.tracking.mlflow_store import STORE_ERRORS, Tracker, now, one_line
from hpo_exp.tracking.snapshot import FoldScore, TrialSnapshot
from hpo_exp.tracking.study_run import finish_run, take_up_run
from hpo_exp.tracking.trial_runs import TRIAL, TrialRuns
from hpo_exp.tuning.notes import RunLinks, study_note
from hpo_exp.tuning.optuna_store import IDENTITY, UID
from hpo_exp.tuning.trial import FoldResult

PARENT_RUN, STUDY = "mlflow_parent_run", "hpo_exp.study_uid"
FOLDS, ERROR = "folds", "error"
STATES = {
    "complete": TrialState.COMPLETE,
    "pruned": TrialState.PRUNED,
    "failed": TrialState.FAIL,
}
STATE_NAMES = {state: name for name, state in STATES.items()}
FLUSH_SECONDS = 60.0
"""Time that a finished study gives an absent store to come back."""


def fold_results(trial: FrozenTrial | optuna.Trial) -> dict[str, dict[str, Any]]:
    """What a trial's finished folds came to, by the task's key, in the order they finished.

    Each has `fold`, `epochs_allowed` and `history` of its task, `rmse` (MW), `epochs` (the best
    one) and `seconds` (wall time); where trials are dispatched, what `FoldDispatch` has as well.
    """
    return dict(trial.user_attrs.get(FOLDS, {}))


def as_stored(result: FoldResult) -> dict[str, Any]:
    """A finished fold as `fold_results` has it."""
    task = result.task
    return {
        "fold": task.fold,
        "epochs_allowed": task.fidelity.epochs,
        "history": task.fidelity.history,
        "rmse": result.rmse,
        "epochs": result.epochs,
        "seconds": result.seconds,
        **({} if result.dispatch is None else asdict(result.dispatch)),
    }


def is_whole(fold: Mapping[str, Any], epochs: int) -> bool:
    """Whether one of `fold_results` was trained whole: all `epochs`, on all its history."""
    return bool(fold["epochs_allowed"] == epochs and fold["history"] == 1)


class StudyRecord:
    """Writes a study's trials to Optuna and MLflow; nothing else in a sweep does.

    Optuna is written at once, by the caller. MLflow follows from a thread of its own; while it
    is away the sweep goes on, and what it missed is sent later, if need be by the next run.

    Raises:
        StudyError: the tracking store cannot be reached, or the study belongs to another one.
    """

    def __init__(self, study: optuna.Study, tracker: Tracker, tags: Mapping[str, str]) -> None:
        self._study, self._tracker = study, tracker
        self._identity: dict[str, Any] = study.user_attrs[IDENTITY]
        own, known = {STUDY: study.user_attrs[UID]}, study.user_attrs.get(PARENT_RUN)
        try:
            self.parent = take_up_run(tracker, known, study.study_name, {**own, TRIAL: "all"}, tags)
            metrics = tuple(study.metric_names or ())
            self._runs = TrialRuns(tracker, self.parent, own, tags, metrics)
            self._runs.load()
        except STORE_ERRORS as error:
            raise StudyError(f"tracking.uri={tracker.uri} is away: {one_line(error)}") from error
        if known is None:
            study.set_user_attr(PARENT_RUN, self.parent)
        self._running: dict[int, TrialSnapshot] = {}
        self._links = RunLinks(study)
        self._mirror = Mirror(self._runs)
        self._catch_up()

    def _catch_up(self) -> None:
        """Have MLflow told what an earlier run of the study left untold."""
        for trial in self._study.get_trials(deepcopy=False):
            if trial.state == TrialState.RUNNING:
                self._running[trial.number] = self._snapshot(trial)
            elif trial.state.is_finished():
                self._links.expect(trial)
                if trial.number not in self._runs.ended:
                    self._mirror.put(self._snapshot(trial))

    def start(self, trial: optuna.Trial, hyperparameters: Hyperparameters) -> None:
        """Remember that a trial begins, or that one which was stopped goes on."""
        before = self._running.get(trial.number) or self._snapshot(trial)
        self._links.expect(trial)
        self._show(replace(before, params=hyperparameters.as_dict()))

    def fold(self, trial: optuna.Trial, result: FoldResult) -> None:
        """Keep a finished fold, whatever happens next."""
        folds = fold_results(trial)
        folds[result.task.key] = as_stored(result)
        trial.set_user_attr(FOLDS, folds)
        self._show(replace(self._running[trial.number], **self._progress(folds)))

    def rung(self, trial: optuna.Trial, step: int, value: float) -> None:
        """Report a rung's value to the pruner, which takes one objective alone."""
        if len(self._study.directions) == 1:
            trial.report(value, step)
        before = self._running[trial.number]
        # Optuna keeps the first report of a step, too.
        self._show(replace(before, rungs={step: value, **before.rungs}))

    def finish(
        self,
        trial: optuna.Trial,
        state: str,
        values: Sequence[float] | None,
        error: str,
        constraints: Mapping[str, float] | None = None,
    ) -> None:
        """Close a trial as `complete`, `pruned` or `failed`.

        Args:
            trial: the trial.
            state: how it ended.
            values: what it came to, where it is complete, one a metric of the objective.
            error: why it failed, in one line.
            constraints: by name, at most 0 where it keeps them.
        """
        if error:
            trial.set_user_attr(ERROR, error)
        for name, excess in (constraints or {}).items():
            trial.set_constraint(name, excess)
        told = values if state == "complete" else None
        self._study.tell(trial, told, state=STATES[state])
        before = self._running.pop(trial.number)
        self._show(replace(before, state=state, values=tuple(told or ()), error=error, ended=now()))

    def runs(self) -> dict[int, str]:
        """MLflow run by trial number, as far as it is known."""
        return dict(self._runs.ids)

    def flush(self, timeout_seconds: float) -> bool:
        """Wait until MLflow shows everything; False if its store stays away for so long."""
        done = self._mirror.flush(timeout_seconds)
        self._save_links()
        return done

    def finish_study(self, metrics: Mapping[str, Any], run_directory: Path) -> None:
        """Put the result and the files of a finished run on the study's own run.

        Raises:
            StudyError: the tracking store is away.
        """
        reason = "" if self.flush(FLUSH_SECONDS) else self._mirror.reason or "it does not answer"
        try:
            if not reason:
                finish_run(self._tracker, self.parent, metrics, run_directory)
        except STORE_ERRORS as error:
            reason = one_line(error)
        if reason:
            raise StudyError(
                f"tracking.uri={self._tracker.uri} is away ({reason}): all trials are safe in "
                f"study.storage, model and report in {run_directory}; once it is back, the same "
                f"command sends it what is missing"
            )
        page = self._tracker.page(self.parent)
        save_note(self._study, study_note(metrics, run_directory, page))

    def close(self) -> None:
        """Stop writing to MLflow, after what is known is shown; an absent store is not awaited."""
        self._mirror.close()
        with suppress(StorageInternalError):  # the next run saves them
            self._save_links()

    def _show(self, snapshot: TrialSnapshot) -> None:
        if snapshot.ended_in is None:
            self._running[snapshot.number] = snapshot
        self._mirror.put(snapshot)
        self._save_links()

    def _save_links(self) -> None:
        self._links.save(self._runs.ids, self._tracker.page)

    def _snapshot(self, trial: FrozenTrial | optuna.Trial) -> TrialSnapshot:
        """A trial as Optuna has it."""
        fixed = {
            field.name: self._identity[f"{section}.{field.name}"]
            for field in fields(Hyperparameters)
            for section in ("model", "trainer", "features")
            if f"{section}.{field.name}" in self._identity
        }
        running = TrialSnapshot(
            number=trial.number,
            name=f"{self._study.study_name} #{trial.number}",
            params={**fixed, **trial.params},
            started=_milliseconds(trial.datetime_start),
            **self._progress(fold_results(trial)),
        )
        if not isinstance(trial, FrozenTrial):
            return running
        running = replace(running, rungs=dict(trial.intermediate_values))
        if trial.state == TrialState.RUNNING:
            return running
        return replace(
            running,
            state=STATE_NAMES[trial.state],
            values=tuple(trial.values) if trial.state == TrialState.COMPLETE else (),
            error=trial.user_attrs.get(ERROR, ""),
            ended=_milliseconds(trial.datetime_complete),
        )

    def _progress(self, results: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        """What the finished folds change in a snapshot."""
        folds, seconds = [], 0.0
        for result in results.values():
            seconds += result["seconds"]
            if is_whole(result, self._identity["trainer.epochs"]):
                score = FoldScore(
                    result["fold"], result["rmse"], result["epochs"], seconds, result.get("cost")
                )
                folds.append(score)
        return {"folds": tuple(folds), "seconds": seconds}


def _milliseconds(time_of_day: datetime | None) -> int:
    """Milliseconds since 1970, as MLflow counts."""
    return round(1000 * time_of_day.timestamp()) if time_of_day else 0
