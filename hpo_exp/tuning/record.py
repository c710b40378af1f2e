"""What is remembered of a trial: Optuna's storage is what counts, MLflow shows the same."""

import time
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState
from optuna_dashboard import save_note

from hpo_exp.models.hyperparameters import Hyperparameters
from hpo_exp.tracking.mlflow_store import Tracker
from hpo_exp.tracking.snapshot import FoldScore, TrialSnapshot
from hpo_exp.tracking.study_run import finish_run, take_up_run
from hpo_exp.tracking.trial_runs import TRIAL, TrialRuns
from hpo_exp.tuning.optuna_store import IDENTITY, METRIC, UID
from hpo_exp.tuning.trial import FoldResult

PARENT_RUN, STUDY = "mlflow_parent_run", "hpo_exp.study_uid"
FOLDS, ERROR = "folds", "error"
STATES = {
    "complete": TrialState.COMPLETE,
    "pruned": TrialState.PRUNED,
    "failed": TrialState.FAIL,
}


def fold_results(trial: FrozenTrial | optuna.Trial) -> dict[str, dict[str, Any]]:
    """What a trial's finished folds came to, by the task's key, in the order they finished.

    Each has `fold`, `epochs_allowed` and `history` of its task, `rmse` (MW), `epochs` (the best
    one) and `seconds` (wall time).
    """
    return dict(trial.user_attrs.get(FOLDS, {}))


class StudyRecord:
    """Writes a study's trials to Optuna and MLflow; nothing else in a sweep does.

    Raises:
        StudyError: the study belongs to another tracking store.
    """

    def __init__(self, study: optuna.Study, tracker: Tracker, tags: Mapping[str, str]) -> None:
        self._study, self._tracker = study, tracker
        own = {STUDY: study.user_attrs[UID]}
        known = study.user_attrs.get(PARENT_RUN)
        self.parent = take_up_run(tracker, known, study.study_name, {**own, TRIAL: "all"}, tags)
        if known is None:
            study.set_user_attr(PARENT_RUN, self.parent)
        self._identity: dict[str, Any] = study.user_attrs[IDENTITY]
        self._shown = TrialRuns(tracker, self.parent, own, tags, METRIC)
        self._running: dict[int, TrialSnapshot] = {
            trial.number: self._snapshot(trial)
            for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        }

    def start(self, trial: optuna.Trial, hyperparameters: Hyperparameters) -> None:
        """Remember that a trial begins, or that one which was stopped goes on."""
        before = self._running.get(trial.number) or self._snapshot(trial)
        self._show(replace(before, params=hyperparameters.as_dict()))

    def fold(self, trial: optuna.Trial, result: FoldResult) -> None:
        """Keep a finished fold, whatever happens next."""
        task = result.task
        folds = fold_results(trial)
        folds[task.key] = {
            "fold": task.fold,
            "epochs_allowed": task.fidelity.epochs,
            "history": task.fidelity.history,
            "rmse": result.rmse,
            "epochs": result.epochs,
            "seconds": result.seconds,
        }
        trial.set_user_attr(FOLDS, folds)
        self._show(replace(self._running[trial.number], **self._progress(folds)))

    def rung(self, trial: optuna.Trial, step: int, value: float) -> None:
        """Report a rung's value (MW) to the pruner."""
        trial.report(value, step)
        before = self._running[trial.number]
        # Optuna keeps the first report of a step, too.
        self._show(replace(before, rungs={step: value, **before.rungs}))

    def finish(self, trial: optuna.Trial, state: str, value: float | None, error: str) -> None:
        """Close a trial as `complete`, `pruned` or `failed`."""
        if error:
            trial.set_user_attr(ERROR, error)
        self._study.tell(trial, value if state == "complete" else None, state=STATES[state])
        ended = time.time_ns() // 1_000_000
        before = self._running.pop(trial.number)
        self._show(replace(before, state=state, value=value, error=error, ended=ended))

    def runs(self) -> dict[int, str]:
        """MLflow run by trial number, as far as it is known."""
        return dict(self._shown.ids)

    def flush(self, timeout_seconds: float) -> bool:
        """Wait until MLflow shows everything; False if its store stays away."""
        del timeout_seconds
        return True

    def finish_study(self, metrics: Mapping[str, Any], run_directory: Path) -> None:
        """Put the result and the files of a finished run on the study's own run."""
        finish_run(self._tracker, self.parent, metrics, run_directory)
        save_note(self._study, self._study_note(metrics, run_directory))

    def close(self) -> None:
        """Stop writing to MLflow."""

    def _show(self, snapshot: TrialSnapshot) -> None:
        if snapshot.ended_in is None:
            self._running[snapshot.number] = snapshot
        self._shown.show(snapshot)

    def _snapshot(self, trial: FrozenTrial | optuna.Trial) -> TrialSnapshot:
        """A trial as Optuna has it."""
        identity, sections = self._identity, ("model", "trainer", "features")
        fixed = {
            field.name: identity[f"{section}.{field.name}"]
            for field in fields(Hyperparameters)
            for section in sections
            if f"{section}.{field.name}" in identity
        }
        snapshot = TrialSnapshot(
            number=trial.number,
            name=f"{self._study.study_name} #{trial.number}",
            params={**fixed, **trial.params},
            started=_milliseconds(trial.datetime_start),
            **self._progress(fold_results(trial)),
        )
        if not isinstance(trial, FrozenTrial):
            return snapshot
        return replace(snapshot, rungs=dict(trial.intermediate_values))

    def _progress(self, results: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        """What the finished folds change in a snapshot."""
        folds, seconds = [], 0.0
        for result in results.values():
            seconds += result["seconds"]
            whole = result["epochs_allowed"] == self._identity["trainer.epochs"]
            if whole and result["history"] == 1:
                folds.append(FoldScore(result["fold"], result["rmse"], result["epochs"], seconds))
        return {"folds": tuple(folds), "seconds": seconds}

    def _study_note(self, metrics: Mapping[str, Any], run_directory: Path) -> str:
        """What the Optuna dashboard says of a finished study."""
        test, report = metrics["test"], run_directory / "report" / "index.html"
        simulated = "**SIMULATED** data" if metrics["data"]["simulated"] else "Data"
        return (
            f"{simulated}: {metrics['data']['source']}, {metrics['data']['subsystem']}. "
            f"Trial {metrics['study']['best_trial']} won; RMSE on the test period "
            f"{test['model']['rmse_mw']:,.1f} MW, skill {test['model']['skill']:+.3f} against the "
            f"best baseline.\n\n"
            f"- [Report]({report.absolute().as_uri()}) (`{report}`)\n"
            f"- [MLflow run of the study]({self._tracker.page(self.parent)}), with the report and "
            f"the model among its artifacts\n"
        )


def _milliseconds(time_of_day: datetime | None) -> int:
    """Milliseconds since 1970, as MLflow counts."""
    return round(1000 * time_of_day.timestamp()) if time_of_day else 0
