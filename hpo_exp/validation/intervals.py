"""Intervals around forecasts, from the errors that forecasts of the same kind made before.

Split conformal prediction (Lei et al. 2018) by hour of day and step: a quantile is the forecast
and the same quantile of its past errors, at a rank that holds for finitely many of them. The
errors of past folds alone go out of date, for the load moves and the final model has learnt more
than the folds' had. So the errors that count are those of the last days *known when a forecast is
issued*: at first the folds', in the end yesterday's. docs/judging.md holds what was measured.

Errors are actual less forecast (MW), in a grid of target rows and steps.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from hpo_exp.spans import DAY

__all__ = [
    "Intervals",
    "conformal_rank",
    "covered",
    "error_grid",
    "interval_offsets",
    "pinball",
]

LEAST_ERRORS = 20
"""Errors of an hour of day below which those of all hours stand in."""


@dataclass(frozen=True)
class Intervals:
    """Quantiles of forecasts.

    Attributes:
        levels: their probabilities, rising, as 0.05, 0.25, 0.75, 0.95.
        offsets_mw: MW to add to a forecast, shape (issues, horizon, levels); NaN where no
            earlier error was known.
    """

    levels: tuple[float, ...]
    offsets_mw: np.ndarray

    def quantiles(self, forecast: np.ndarray) -> np.ndarray:
        """Quantiles (MW) of forecasts of shape (issues, horizon)."""
        return forecast[:, :, None] + self.offsets_mw

    @property
    def probability(self) -> float:
        """What the outermost two promise to hold between them."""
        return self.levels[-1] - self.levels[0]


def error_grid(rows: int, parts: Iterable[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Errors by target row and step (MW), shape (rows, horizon), NaN where there is none.

    Args:
        rows: rows of the hourly table.
        parts: target rows and errors (MW), both of shape (issues, horizon), with NaN for what
            does not count; a later part replaces an earlier one's error.
    """
    grid: np.ndarray | None = None
    for targets, errors in parts:
        if grid is None:
            grid = np.full((rows, targets.shape[1]), np.nan)
        issues, steps = np.nonzero(np.isfinite(errors))
        grid[targets[issues, steps], steps] = errors[issues, steps]
    if grid is None:
        raise ValueError("there are no errors to learn intervals from")
    return grid


def interval_offsets(
    grid: np.ndarray, issues: np.ndarray, delay: int, days: int, levels: tuple[float, ...]
) -> np.ndarray:
    """Offsets (MW) of the quantiles of forecasts, shape (issues, horizon, levels).

    A forecast reads errors of its own step and of its target's hour of day, on the last `days`
    days on which the load was known when it was issued.

    Args:
        grid: errors by target row and step; rows from an issue row less `delay` on are not read.
        issues: issue rows, shape (issues,).
        delay: hours by which the load is published late.
        days: how many days count.
        levels: probabilities of the quantiles.
    """
    horizon = grid.shape[1]
    offsets = np.empty((len(issues), horizon, len(levels)))
    for step in range(horizon):
        # The newest known day: target - 24 · first < issue - delay.
        first = -(-(step + 1 + delay) // DAY)
        newest = issues + step - DAY * first
        found = _quantiles(grid[:, step], newest, DAY * np.arange(days), levels)
        few = np.flatnonzero(found.counts < LEAST_ERRORS)
        if len(few):
            every_hour = _quantiles(grid[:, step], newest[few], np.arange(DAY * days), levels)
            found.values[few] = every_hour.values
        offsets[:, step] = found.values
    return offsets


@dataclass(frozen=True)
class _Found:
    values: np.ndarray
    counts: np.ndarray


def _quantiles(
    errors: np.ndarray, newest: np.ndarray, back: np.ndarray, levels: tuple[float, ...]
) -> _Found:
    """Conformal quantiles of the errors so many rows back from the newest that each may read."""
    rows = newest[:, None] - back
    read = np.where(rows >= 0, errors[np.maximum(rows, 0)], np.nan)
    read.sort(axis=1)  # NaN last
    counts = np.isfinite(read).sum(axis=1)
    ranks = np.array([[conformal_rank(level, n) for level in levels] for n in range(len(back) + 1)])
    values = np.take_along_axis(read, ranks[counts], axis=1)
    return _Found(np.where(counts[:, None] > 0, values, np.nan), counts)


def conformal_rank(level: float, count: int) -> int:
    """Which of `count` sorted errors is the conformal quantile, from 0.

    Upper quantiles take rank (count + 1) · level, rounded up, and lower ones the mirror image,
    so that a new error lies between two of them at least as often as promised.
    """
    if level > 0.5:
        return max(0, count - 1 - conformal_rank(1 - level, count))
    return max(0, min(count, math.floor((count + 1) * level + 1e-9)) - 1)


def covered(actual: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """1 where an actual lies between two quantiles, 0 where not, NaN where it does not count."""
    inside = ((actual >= lower) & (actual <= upper)).astype(np.float64)
    return np.where(np.isfinite(actual), inside, np.nan)


def pinball(actual: np.ndarray, quantile: np.ndarray, level: float) -> float:
    """Mean pinball loss (MW) of a quantile, where there is an actual (Koenker and Bassett 1978)."""
    above = (actual - quantile)[np.isfinite(actual)]
    return float(np.mean(np.maximum(level * above, (level - 1) * above)))
