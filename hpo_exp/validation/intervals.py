"""Intervals around forecasts, from the errors that forecasts of the same kind made before.

Split conformal prediction (Vovk et al. 2005; Lei et al. 2018) by hour of day and step: the
quantile of a forecast is the forecast and the quantile of its past errors, at a rank that holds
for finitely many of them. Errors of past folds alone go out of date: a year on, the load's level
and the model's own training have moved. So the errors counted are those of the last days *known
when a forecast is issued*; they begin with the folds' and end with yesterday's.

Everything here is a pure function of arrays. Errors are actual less forecast (MW).
"""

import math
from dataclasses import dataclass

import numpy as np

__all__ = ["Intervals", "conformal_offsets", "coverage", "offsets_by_row", "pinball", "rank"]

DAY = 24


@dataclass(frozen=True)
class Intervals:
    """Quantiles of a forecast, as distances from it.

    Attributes:
        levels: probabilities of the quantiles, rising and symmetric: 0.05 … 0.95.
        offsets_mw: MW to add to a forecast, shape (horizon, 24, levels), by step and by hour of
            day of the target.
    """

    levels: tuple[float, ...]
    offsets_mw: np.ndarray

    def bounds(self, forecast: np.ndarray, hours: np.ndarray) -> np.ndarray:
        """Quantiles (MW) of forecasts, shape (issues, horizon, levels).

        Args:
            forecast: MW, shape (issues, horizon).
            hours: hour of day of each target, the same shape.
        """
        steps = np.arange(forecast.shape[1])
        return forecast[:, :, None] + self.offsets_mw[steps, hours]


def rank(level: float, count: int) -> int:
    """Which of `count` sorted errors is the conformal quantile, from 0.

    Upper quantiles take the error at rank (count + 1) · level, rounded up, lower ones their
    mirror image, so that a new error lies between them at least as often as promised.
    """
    if level >= 0.5:
        return min(count, math.ceil((count + 1) * level - 1e-9)) - 1
    return max(1, math.floor((count + 1) * level + 1e-9)) - 1


def conformal_offsets(
    errors: np.ndarray, hours: np.ndarray, levels: tuple[float, ...]
) -> np.ndarray:
    """Offsets (MW) by step and hour of day, shape (horizon, 24, levels).

    An hour of day that a step was never forecast for has the offsets of all the step's hours,
    and a step without any errors NaN.

    Args:
        errors: MW, shape (issues, horizon), NaN where there is none.
        hours: hour of day of each target, the same shape.
        levels: probabilities of the quantiles.
    """
    horizon = errors.shape[1]
    offsets = np.full((horizon, DAY, len(levels)), np.nan)
    for step in range(horizon):
        known = np.isfinite(errors[:, step])
        offsets[step] = _quantiles(errors[known, step], levels)
        for hour in np.unique(hours[known, step]):
            own = known & (hours[:, step] == hour)
            offsets[step, hour] = _quantiles(errors[own, step], levels)
    return offsets


def _quantiles(errors: np.ndarray, levels: tuple[float, ...]) -> np.ndarray:
    if len(errors) == 0:
        return np.full(len(levels), np.nan)
    return np.sort(errors)[[rank(level, len(errors)) for level in levels]]
