"""Regret: what a policy costs more than perfect foresight, and how sure that is."""

import numpy as np
import pandas as pd

RESAMPLES = 2_000
COVERED = 0.95
BLOCK_DAYS = 7
"""Days drawn together: a hard day is seldom alone."""


def bootstrap_regret(
    cost: np.ndarray, best: np.ndarray, times: pd.DatetimeIndex
) -> tuple[tuple[float, float], tuple[float, float] | None]:
    """Intervals of a policy's regret over a period like this one.

    Weeks of hours are drawn with replacement (block bootstrap, Kunsch 1989), the policy's and
    perfect foresight's together.

    Args:
        cost: the policy's cost of each hour, shape (hours,).
        best: perfect foresight's, likewise.
        times: the hours.

    Returns:
        Lower and upper end of the regret, and of the regret in percent of perfect foresight's
        cost (None where that is not above 0 in every sample), both covering 95 %.
    """
    day = (times.normalize() - times[0].normalize()).days.to_numpy()
    week = day // BLOCK_DAYS
    totals = np.stack([np.bincount(week, weights=values) for values in (cost, best)])
    weeks = totals.shape[1]
    drawn = np.random.default_rng(0).integers(weeks, size=(RESAMPLES, weeks))
    sampled_cost, sampled_best = totals[0][drawn].sum(axis=1), totals[1][drawn].sum(axis=1)
    regret = sampled_cost - sampled_best
    percent = None if (sampled_best <= 0).any() else _interval(100 * regret / sampled_best)
    return _interval(regret), percent


def _interval(values: np.ndarray) -> tuple[float, float]:
    low, high = np.quantile(values, [(1 - COVERED) / 2, (1 + COVERED) / 2])
    return float(low), float(high)
