"""What is remembered of a trial, in Optuna and in MLflow alike."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState
from optuna_dashboard import save_note

from hpo_exp.errors import StudyError
from hpo_exp.models.hyperparameters import Hyperparameters
from hpo_exp.tracking.mlflow_store import Tracker
from hpo_exp.tuning.optuna_store import METRIC, UID
from hpo_exp.tuning.trial import FoldResult

RUN, PARENT_RUN = "mlflow_run", "mlflow_parent_run"
STUDY, TRIAL = "hpo_exp.study_uid", "hpo_exp.trial"
FOLD_EPOCHS, FOLD_SECONDS = "fold_epochs", "fold_seconds"
ERROR = "error"
MLFLOW_STATUS = {"complete": "FINISHED", "pruned": "KILLED", "failed": "FAILED"}
STATES = {
    "complete": TrialState.COMPLETE,
    "pruned": TrialState.PRUNED,
    "failed": TrialState.FAIL,
}


class StudyRecord:
    """Writes a study's trials to Optuna and MLflow; nothing else in a sweep does."""

    def __init__(self, study: optuna.Study, tracker: Tracker, tags: Mapping[str, str]) -> None:
        self._study, self._tracker, self._tags = study, tracker, dict(tags)
        self.parent = self._parent_run()

    def _parent_run(self) -> str:
        """The study's run in MLflow, created once."""
        run = self._study.user_attrs.get(PARENT_RUN)
        if run is None:
            run = self._own_run("all", self._study.study_name, parent=None)
            self._study.set_user_attr(PARENT_RUN, run)
        elif not self._tracker.exists(run):
            raise StudyError(
                f"study {self._study.study_name!r} belongs to MLflow run {run}, which "
                f"tracking.uri does not have: point it to that store, or choose another study.name"
            )
        else:
            self._tracker.reopen(run)
        return str(run)

    def _own_run(self, trial: str, name: str, parent: str | None) -> str:
        """Take up a run that a stop between the two stores left unknown to Optuna, or start it."""
        own = {STUDY: self._study.user_attrs[UID], TRIAL: trial}
        return self._tracker.find_run(own) or self._tracker.start_run(
            name, {**self._tags, **own}, parent
        )

    def start(self, trial: optuna.Trial, hyperparameters: Hyperparameters) -> str:
        """Give a trial its MLflow run; a trial taken up again keeps the one it had."""
        if RUN in trial.user_attrs:
            return str(trial.user_attrs[RUN])
        name = f"{self._study.study_name} #{trial.number}"
        run = self._own_run(str(trial.number), name, self.parent)
        self._tracker.log_params(run, hyperparameters.as_dict())
        trial.set_user_attr(RUN, run)
        save_note(trial, f"[MLflow run of trial {trial.number}]({self._tracker.page(run)})")
        return run

    def fold(self, trial: optuna.Trial, result: FoldResult) -> None:
        """Record one fold; Optuna's report comes last, because it marks the fold as done."""
        fold = result.task.fold
        attributes = trial.user_attrs
        run = attributes[RUN]
        self._tracker.log_metrics(
            run, {"fold_rmse_mw": result.rmse, "fold_epochs": result.epochs}, step=fold
        )
        for key, value in ((FOLD_EPOCHS, result.epochs), (FOLD_SECONDS, result.seconds)):
            trial.set_user_attr(key, {**attributes.get(key, {}), str(fold): value})
        trial.report(result.rmse, step=fold)

    def finish(self, trial: optuna.Trial, state: str, value: float | None, error: str) -> None:
        """Close a trial as `complete`, `pruned` or `failed`: MLflow first, Optuna's word counts."""
        run = trial.user_attrs[RUN]
        seconds = sum(trial.user_attrs.get(FOLD_SECONDS, {}).values())
        metrics = {"duration_seconds": seconds} | ({METRIC: value} if value is not None else {})
        self._tracker.log_metrics(run, metrics)
        self._tracker.set_tags(run, {"hpo_exp.state": state})
        if error:
            trial.set_user_attr(ERROR, error)
            self._tracker.set_tags(run, {"hpo_exp.error": error})
        self._tracker.end_run(run, MLFLOW_STATUS[state])
        complete = state == "complete"
        self._study.tell(trial, value if complete else None, state=STATES[state])

    def finish_study(self, metrics: Mapping[str, Any], run_directory: Path) -> None:
        """Put the result and the files of a finished run on the study's own run."""
        test, study = metrics["test"], metrics["study"]
        errors = {"model": test["model"], **test["variants"], **test["baselines"]}
        self._tracker.log_metrics(
            self.parent,
            {f"test_{name}_rmse_mw": scores["rmse_mw"] for name, scores in errors.items()}
            | {"best_value": study["best_value"], "wall_seconds": study["wall_seconds"]},
        )
        best = {f"best_{name}": str(value) for name, value in study["best_params"].items()}
        self._tracker.set_tags(self.parent, best)
        for name in ("best", "report", ".hydra"):
            if (run_directory / name).is_dir():
                self._tracker.log_folder(self.parent, run_directory / name, name.lstrip("."))
        for path in sorted(run_directory.glob("*.*")):
            if path.is_file():
                self._tracker.log_file(self.parent, path)
        self._tracker.end_run(self.parent, "FINISHED")
        save_note(self._study, self._study_note(metrics, run_directory))

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


def fold_values(trial: FrozenTrial | optuna.Trial, study: optuna.Study) -> dict[int, float]:
    """RMSE (MW) of the folds a trial has finished, by fold."""
    frozen = trial if isinstance(trial, FrozenTrial) else _frozen(study, trial)
    return dict(sorted(frozen.intermediate_values.items()))


def _frozen(study: optuna.Study, trial: optuna.Trial) -> FrozenTrial:
    return study.get_trials(deepcopy=False)[trial.number]
