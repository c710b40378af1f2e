"""Scores of a set of forecasts over the steps of its horizon."""

from dataclasses import dataclass

import numpy as np

from hpo_exp.validation.metrics import mae, mape, rmse


@dataclass(frozen=True)
class Scores:
    """Errors over the scored steps, and the RMSE of each step alone.

    Attributes:
        rmse_mw, mae_mw: MW.
        mape_pct: percent.
        rmse_by_step: MW, one a step from 1 to the horizon.
    """

    rmse_mw: float
    mae_mw: float
    mape_pct: float
    rmse_by_step: tuple[float, ...]


def score_steps(
    actual: np.ndarray, forecast: np.ndarray, scored: np.ndarray, steps: tuple[int, int]
) -> Scores:
    """Score forecasts.

    Args:
        actual: load that came (MW), shape (issues, horizon), NaN where unmeasured.
        forecast: load forecast (MW), the same shape.
        scored: flags of the forecasts that count, the same shape.
        steps: first and last step that the scores mean, both included.
    """
    truth = np.where(scored, actual, np.nan)
    first, last = steps
    chosen = np.s_[:, first - 1 : last]
    with np.errstate(invalid="ignore"):
        by_step = tuple(
            rmse(truth[:, step], forecast[:, step]) if scored[:, step].any() else float("nan")
            for step in range(truth.shape[1])
        )
    return Scores(
        rmse_mw=rmse(truth[chosen], forecast[chosen]),
        mae_mw=mae(truth[chosen], forecast[chosen]),
        mape_pct=mape(truth[chosen], forecast[chosen]),
        rmse_by_step=by_step,
    )
