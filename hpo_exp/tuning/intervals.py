"""Intervals of the test period's forecasts, and how well they hold."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from hpo_exp.dispatch.policy_names import MODEL
from hpo_exp.spans import DAY
from hpo_exp.tuning.evaluation import TestForecast
from hpo_exp.tuning.workspace import Workspace
from hpo_exp.validation.intervals import Intervals, covered, pinball


def judge_intervals(workspace: Workspace, test: TestForecast) -> dict[str, Any]:
    """The part `intervals` of `metrics.json`; nothing where the model has none.

    Coverage, pinball loss and width are those of the scored steps; coverage and width are of the
    outermost two quantiles, the pinball loss is the mean over all of them.
    """
    model = test.intervals.get(MODEL)
    if model is None:
        return {}
    first, last = workspace.config.scored_steps
    steps = slice(first - 1, last)
    actual = np.where(test.scored, test.actual, np.nan)
    quantiles = model.quantiles(test.forecasts[MODEL])
    inside = covered(actual, quantiles[..., 0], quantiles[..., -1])
    hours = (workspace.inputs.index[0].hour + test.targets) % DAY
    return {
        "intervals": {
            "levels": list(model.levels),
            "days": workspace.config.intervals.days,
            **_summary(model, actual, test.forecasts[MODEL], steps),
            "coverage_by_hour": [
                _mean(inside[:, steps][hours[:, steps] == hour]) for hour in range(DAY)
            ],
            "coverage_by_step": [_mean(inside[:, step]) for step in range(inside.shape[1])],
            "baselines": {
                name: _summary(intervals, actual, test.forecasts[name], steps)
                for name, intervals in test.intervals.items()
                if name != MODEL
            },
        }
    }


def quantile_columns(test: TestForecast) -> dict[str, np.ndarray]:
    """Columns of `forecast.parquet`: `model_q05`, … to MW, shape (issues, horizon)."""
    model = test.intervals.get(MODEL)
    if model is None:
        return {}
    quantiles = model.quantiles(test.forecasts[MODEL])
    return {
        f"{MODEL}_q{100 * level:02.4g}".replace(".", "_"): quantiles[..., place]
        for place, level in enumerate(model.levels)
    }


def _summary(
    intervals: Intervals, actual: np.ndarray, forecast: np.ndarray, steps: slice
) -> dict[str, float]:
    quantiles = intervals.quantiles(forecast)[:, steps]
    actual = actual[:, steps]
    lower, upper = quantiles[..., 0], quantiles[..., -1]
    losses: Sequence[float] = [
        pinball(actual, quantiles[..., place], level)
        for place, level in enumerate(intervals.levels)
    ]
    return {
        "probability": round(intervals.probability, 6),
        "coverage": _mean(covered(actual, lower, upper)),
        "width_mw": _mean(np.where(np.isfinite(actual), upper - lower, np.nan)),
        "pinball_mw": float(np.mean(losses)),
    }


def _mean(values: np.ndarray) -> float:
    """Mean of what counts; NaN of nothing."""
    counted = values[np.isfinite(values)]
    return float(counted.mean()) if len(counted) else float("nan")
