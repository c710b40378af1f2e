"""The end of a sweep: winner and variants refitted, all scored on the test period."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from hpo_exp.config import DispatchConfig
from hpo_exp.data.table import TARGET, HourlyTable
from hpo_exp.dispatch.evaluation import Dispatch, evaluate_dispatch
from hpo_exp.dispatch.policy_names import MODEL
from hpo_exp.dispatch.reserve import Forecast
from hpo_exp.features.windows import actual_load, target_rows
from hpo_exp.models.blend import Blend
from hpo_exp.spans import DAY
from hpo_exp.tuning.baselines import FoldErrors, baseline_fold_errors, forecast_baselines
from hpo_exp.tuning.commitments import dispatched_period, find_commitments
from hpo_exp.tuning.workspace import Workspace
from hpo_exp.validation.intervals import Intervals, error_grid, interval_offsets
from hpo_exp.validation.scoring import Scores, score_steps

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TestForecast:
    """Every forecast of the test period, of the load or of another series ("load" below).

    Attributes:
        issues: issue rows, shape (issues,).
        targets: target rows, shape (issues, horizon).
        scored: flags of the forecasts inside the test period, the same shape.
        actual: load that came (MW), the same shape.
        forecasts: `model`, each baseline and each variant to its load (MW), the same shape.
        scores: the same names to their scores.
        variants: which of the names are variants of the model.
        tuned: what the search of those baselines that are tuned came to, by name.
        intervals: those of the names whose errors on the folds are known to their quantiles.
        next_offsets_mw: the same of the model's forecasts from here on (MW), by step and hour of
            day, shape (horizon, 24, levels).
        others: beside the load's, the forecasts of the other series, by column.
    """

    issues: np.ndarray
    targets: np.ndarray
    scored: np.ndarray
    actual: np.ndarray
    forecasts: dict[str, np.ndarray]
    scores: dict[str, Scores]
    variants: tuple[str, ...]
    tuned: dict[str, dict[str, Any]]
    intervals: dict[str, Intervals] = field(default_factory=dict)
    next_offsets_mw: np.ndarray | None = None
    others: dict[str, "TestForecast"] = field(default_factory=dict)

    @property
    def baselines(self) -> tuple[str, ...]:
        """Which of the names are baselines, in their order."""
        return tuple(name for name in self.forecasts if name not in (MODEL, *self.variants))

    def foreseen(self, name: str, places: tuple[np.ndarray, np.ndarray]) -> dict[str, np.ndarray]:
        """What a forecast of that name says of the other series (MW), by column.

        Args:
            name: `model`, or one of the baselines or variants.
            places: issue and step of each hour, as indices, two arrays of shape (hours,).
        """
        return {column: other.forecasts[name][places] for column, other in self.others.items()}


def forecast_test(
    workspace: Workspace, models: Mapping[str, Blend], fold_errors: Sequence[FoldErrors]
) -> TestForecast:
    """Forecast and score the test period: the model, its variants and the baselines.

    Args:
        workspace: the experiment.
        models: `model`, with its companions, and the variants, refitted.
        fold_errors: the model's errors on the folds, for the intervals; none, no intervals.
    """
    issues = workspace.scored_issues(workspace.test)
    answers = {name: blend.forecast_all(issues) for name, blend in models.items()}
    found = {
        column: _with_baselines(
            workspace.view(column), {name: answer[column] for name, answer in answers.items()}
        )
        for column in workspace.inputs.series
    }
    load = found.pop(TARGET)
    grids = _error_grids(workspace, load, fold_errors)
    return replace(
        load,
        intervals={name: _intervals(workspace, grid, issues) for name, grid in grids.items()},
        next_offsets_mw=_next_offsets(workspace, grids[MODEL]) if grids else None,
        others=found,
    )


def _with_baselines(workspace: Workspace, models: Mapping[str, np.ndarray]) -> TestForecast:
    """The networks' forecasts (MW) of a workspace's series, and the baselines beside them."""
    inputs, split = workspace.inputs, workspace.test
    issues = workspace.scored_issues(split)
    log.info("fitting the baselines%s", "" if inputs.target == TARGET else f" of {inputs.target}")
    baselines = forecast_baselines(workspace)
    forecasts = {**models, **baselines.forecasts}
    targets = target_rows(issues, inputs.horizon)
    actual, scored = actual_load(inputs, issues), split.scored_targets(targets)
    steps = workspace.config.scored_steps
    return TestForecast(
        issues=issues,
        targets=targets,
        scored=scored,
        actual=actual,
        forecasts=forecasts,
        scores={
            name: score_steps(actual, values, scored, steps) for name, values in forecasts.items()
        },
        variants=tuple(workspace.config.variants),
        tuned=baselines.tuned,
    )


def _error_grids(
    workspace: Workspace, test: TestForecast, fold_errors: Sequence[FoldErrors]
) -> dict[str, np.ndarray]:
    """Errors of the load's forecasts: the model's, and those of baselines that cost little."""
    if not fold_errors:
        return {}
    found = {}
    for name, parts in {MODEL: fold_errors, **baseline_fold_errors(workspace)}.items():
        errors = np.where(test.scored, test.actual - test.forecasts[name], np.nan)
        found[name] = error_grid(workspace.inputs.rows, [*parts, (test.targets, errors)])
    return found


def _intervals(workspace: Workspace, grid: np.ndarray, issues: np.ndarray) -> Intervals:
    """Intervals of some issue rows' forecasts, from the errors known by then."""
    config, delay = workspace.config.intervals, workspace.inputs.delay
    levels = tuple(config.levels)
    return Intervals(levels, interval_offsets(grid, issues, delay, config.days, levels))


def _next_offsets(workspace: Workspace, grid: np.ndarray) -> np.ndarray | None:
    """Offsets of the last day's issue times, by step and the target's hour of day."""
    inputs = workspace.inputs
    issues = np.arange(inputs.rows - DAY + 1, inputs.rows + 1)
    found = _intervals(workspace, grid, issues).offsets_mw
    hours = (inputs.index[0].hour + target_rows(issues, inputs.horizon)) % DAY
    by_hour = np.empty((inputs.horizon, DAY, found.shape[2]))
    by_hour[np.arange(inputs.horizon), hours] = found
    return by_hour if np.isfinite(by_hour).all() else None


def dispatch_test(
    workspace: Workspace, table: HourlyTable, test: TestForecast, config: DispatchConfig
) -> Dispatch:
    """Dispatch the test period on the forecasts of the model and of each baseline."""
    steps = workspace.config.scored_steps
    commitments = find_commitments(test.targets, test.scored, test.actual, steps)
    delays = workspace.config.features.publication_delay
    period = dispatched_period(table, config, commitments, delays)
    forecasts = {
        name: _foreseen(test, name, commitments.places, config) for name in (MODEL, *test.baselines)
    }
    return evaluate_dispatch(period, forecasts, config)


def _foreseen(
    test: TestForecast, name: str, places: tuple[np.ndarray, np.ndarray], case: DispatchConfig
) -> Forecast:
    """What a policy foresees of the hours to dispatch: load, its quantiles, and other series."""
    load, intervals = test.forecasts[name], test.intervals.get(name)
    supply = {
        column: values
        for column, values in test.foreseen(name, places).items()
        if column in case.supply
    }
    quantiles = {}
    if intervals is not None:
        found = intervals.quantiles(load)[places]
        if np.isfinite(found).all():
            quantiles = {level: found[:, n] for n, level in enumerate(intervals.levels)}
    return Forecast(load[places], supply, quantiles)
