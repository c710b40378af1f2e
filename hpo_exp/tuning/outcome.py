"""The outcome of a finished study, gathered for the files a run leaves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import optuna
import pandas as pd
from optuna.trial import TrialState

from hpo_exp.data.table import HourlyTable
from hpo_exp.dispatch.evaluation import Dispatch
from hpo_exp.dispatch.policy_names import MODEL
from hpo_exp.dispatch.summary import dispatch_frame, summarise
from hpo_exp.report.outcome import Outcome
from hpo_exp.revision import code_revision, package_versions
from hpo_exp.tuning.evaluation import TestForecast
from hpo_exp.tuning.intervals import judge_intervals, quantile_columns
from hpo_exp.tuning.judgement import judge
from hpo_exp.tuning.objective import first_value
from hpo_exp.tuning.record import STATE_NAMES, fold_results, is_whole
from hpo_exp.tuning.selection import Finalist
from hpo_exp.tuning.workspace import Workspace


@dataclass(frozen=True)
class Sweep:
    """A search that is over.

    Attributes:
        study: its study.
        winner: the trial that won.
        runs: MLflow run by trial number.
        wall_seconds: wall time over all its runs.
    """

    study: optuna.Study
    winner: Finalist
    runs: Mapping[int, str]
    wall_seconds: float


def build_outcome(
    sweep: Sweep,
    workspace: Workspace,
    table: HourlyTable,
    test: TestForecast,
    dispatch: Dispatch | None,
) -> Outcome:
    """Gather a finished study's figures; `metrics.json` is described in docs/judging.md."""
    metrics = {
        "study": _study_metrics(sweep, workspace),
        "data": _data_metrics(workspace, table),
        "test": _test_metrics(workspace, test),
        "code": code_revision(),
        "versions": package_versions(),
    }
    case = workspace.config.dispatch
    if case is not None and dispatch is not None:
        metrics["dispatch"] = summarise(dispatch, case)
    return Outcome(
        metrics=metrics,
        forecast=_forecast_frame(workspace, test),
        trials=trials_frame(sweep.study, workspace, sweep.runs),
        dispatch=None if case is None or dispatch is None else dispatch_frame(dispatch, case),
    )


def trials_frame(
    study: optuna.Study, workspace: Workspace, runs: Mapping[int, str]
) -> pd.DataFrame:
    """One row a trial: number, state, value (MW), parameters, fold values, seconds, MLflow run.

    Args:
        study: the study.
        workspace: its experiment.
        runs: MLflow run by trial number.
    """
    whole = workspace.config.trainer.epochs
    rows = []
    for trial in study.get_trials(deepcopy=False):
        results = fold_results(trial).values()
        folds = {fold["fold"]: fold["rmse"] for fold in results if is_whole(fold, whole)}
        rows.append(
            {
                "number": trial.number,
                "state": STATE_NAMES.get(trial.state, trial.state.name.lower()),
                "value": first_value(trial) if trial.state == TrialState.COMPLETE else None,
                **{name: trial.params.get(name) for name in workspace.space},
                **{f"fold_{n + 1}_mw": folds.get(n) for n in range(len(workspace.folds))},
                **_dispatch_columns(results, whole, len(workspace.folds)),
                "seconds": sum(fold["seconds"] for fold in results),
                "mlflow_run": runs.get(trial.number),
            }
        )
    return pd.DataFrame(rows)


def _dispatch_columns(results: Iterable[dict[str, Any]], whole: int, folds: int) -> dict[str, Any]:
    """Cost of a mean hour by fold, and its mean, where trials are dispatched."""
    costs = {
        fold["fold"]: fold["cost"] for fold in results if is_whole(fold, whole) and "cost" in fold
    }
    if not costs:
        return {}
    mean = sum(costs.values()) / folds if len(costs) == folds else None
    return {"dispatch_cost": mean, **{f"fold_{n + 1}_cost": costs.get(n) for n in range(folds)}}


def _study_metrics(sweep: Sweep, workspace: Workspace) -> dict[str, Any]:
    study, winner = sweep.study, sweep.winner
    states = [trial.state for trial in study.get_trials(deepcopy=False)]
    return {
        "name": study.study_name,
        "trials": {name: states.count(state) for state, name in STATE_NAMES.items()},
        "wall_seconds": round(sweep.wall_seconds, 1),
        "objective": workspace.config.study.objective,
        "metrics": list(workspace.objective.metrics),
        "units": list(workspace.objective.units),
        "best_value": winner.value,
        "best_value_over_seeds": winner.mean_value,
        "best_values_over_seeds": dict(
            zip(workspace.objective.metrics, winner.mean_values, strict=True)
        ),
        "best_trial": winner.number,
        "best_params": winner.hyperparameters.as_dict(),
        "epochs": winner.epochs,
    }


def _data_metrics(workspace: Workspace, table: HourlyTable) -> dict[str, Any]:
    inputs, split = workspace.inputs, workspace.test
    read = slice(max(0, split.score_start - workspace.time_steps), split.score_stop)
    missing = table.frame.iloc[read].isna().sum()
    return {
        "source": table.provenance.source,
        "simulated": table.provenance.simulated,
        "subsystem": table.provenance.subsystem,
        "rows": len(table.frame),
        "start": table.index[0].isoformat(),
        "end": table.index[-1].isoformat(),
        "sha256": table.sha256,
        "features": list(inputs.past_names),
        "absent_features": list(inputs.absent),
        "weather_forecasts": list(inputs.weather_names),
        "training_windows": len(workspace.training_issues(split)),
        "search_windows_dropped": _dropped(workspace),
        "test_hours_filled": {
            name: int(missing[name]) for name in inputs.past_names if name in missing.index
        },
        "files": [{"name": file.name, "sha256": file.sha256} for file in table.provenance.files],
        "notes": list(table.provenance.notes),
    }


def _dropped(workspace: Workspace) -> int:
    """Windows before the test period that touch a gap too long to fill, or lack a target."""
    stop = workspace.test.train_stop - workspace.inputs.horizon + 1
    possible = stop - int(workspace.trainable.argmax())
    return possible - len(workspace.training_issues(workspace.test))


def _test_metrics(workspace: Workspace, test: TestForecast) -> dict[str, Any]:
    config, inputs = workspace.config, workspace.inputs
    first, last = config.scored_steps
    chosen = np.s_[:, first - 1 : last]
    counted = test.scored[chosen] & ~np.isnan(test.actual[chosen])
    split = workspace.test
    return {
        "start": inputs.index[split.score_start].isoformat(),
        "end": inputs.index[split.score_stop - 1].isoformat(),
        "hours": len(np.unique(test.targets[chosen][counted])),
        "unmeasured_hours": int(
            np.isnan(inputs.actual[split.score_start : split.score_stop]).sum()
        ),
        "horizon": inputs.horizon,
        "issue": config.features.issue,
        "scored_step": _scored_step(config.cv.scored_step, inputs.horizon),
        **judge(workspace, test, (first, last)),
        **_pooled(workspace, test),
        **judge_intervals(workspace, test),
        **_targets(workspace, test),
        "tuned_baselines": test.tuned,
        "rmse_by_step": _by_step(test),
    }


def _targets(workspace: Workspace, test: TestForecast) -> dict[str, Any]:
    """The same of the other series that the model forecasts, where there are any."""
    if not test.others:
        return {}
    return {
        "scored_target": workspace.config.cv.scored_target,
        "targets": {
            column: {
                **judge(workspace.view(column), other, workspace.config.scored_steps),
                **_pooled(workspace.view(column), other),
                "tuned_baselines": other.tuned,
                "rmse_by_step": _by_step(other),
            }
            for column, other in test.others.items()
        },
    }


def _by_step(test: TestForecast) -> dict[str, list[float]]:
    return {name: list(scores.rmse_by_step) for name, scores in test.scores.items()}


def _pooled(workspace: Workspace, test: TestForecast) -> dict[str, Any]:
    """The same of all steps together, where the scores are of some."""
    steps = (1, workspace.inputs.horizon)
    return (
        {} if workspace.config.scored_steps == steps else {"pooled": judge(workspace, test, steps)}
    )


def _scored_step(configured: str, horizon: int) -> int | str:
    """The step that rmse_mw means: a number where it is one step."""
    if configured == "pooled" and horizon == 1:
        return 1
    return int(configured) if configured.isdigit() else configured


def _forecast_frame(workspace: Workspace, test: TestForecast) -> pd.DataFrame:
    hours, steps = test.scored.nonzero()
    start, hour = workspace.inputs.index[0], pd.Timedelta(hours=1)
    columns = {
        "issue_time": start + test.issues[hours] * hour,
        "target_time": start + test.targets[hours, steps] * hour,
        "step": steps + 1,
        "actual_mw": test.actual[hours, steps],
        "model_mw": test.forecasts[MODEL][hours, steps],
        **{name: values[hours, steps] for name, values in quantile_columns(test).items()},
        **{name: values[hours, steps] for name, values in test.forecasts.items() if name != MODEL},
    }
    for column, other in test.others.items():
        columns[f"{column}_actual_mw"] = other.actual[hours, steps]
        columns[f"{column}_{MODEL}_mw"] = other.forecasts[MODEL][hours, steps]
    return pd.DataFrame(columns)
