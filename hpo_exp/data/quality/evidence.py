"""Numbers that show a fault: one an hour of the series, NaN where there is nothing to say."""

import numpy as np
import pandas as pd

from hpo_exp.spans import WEEK

_MAD_TO_SIGMA = 1.4826  # of a normal distribution


def still_hours(values: "pd.Series[float]", *, zeros: bool) -> "pd.Series[float]":
    """Length of the run of one and the same value that an hour belongs to.

    Args:
        values: series, shape (n,).
        zeros: whether a run of zeros counts.
    """
    run = (values != values.shift()).cumsum()  # NaN differs from itself: runs of one
    length = values.groupby(run).transform("size").astype(np.float64)
    return length.where(values.notna() & (zeros | (values != 0.0)))


def lonely_distance(values: "pd.Series[float]") -> "pd.Series[float]":
    """How far a value lies above or below both its neighbours.

    Returns:
        Distance from the neighbours' mean, less what is usual at the hour of the day, in robust
        standard deviations of it, shape (n,); 0 where the value lies between its neighbours.
    """
    before, after = values.shift(1), values.shift(-1)
    apart = values - (before + after) / 2
    hour = pd.DatetimeIndex(values.index).hour
    unusual = (apart - apart.groupby(hour).transform("median")).abs()
    scale = _MAD_TO_SIGMA * unusual.groupby(hour).transform("median")
    extreme = (values - before) * (values - after) > 0.0
    return (unusual / scale.where(scale > 0.0)).where(extreme | apart.isna(), 0.0)


def weekly_jump(values: "pd.Series[float]") -> "pd.Series[float]":
    """Ratio of the median of the week from an hour on to that of the week before it.

    Returns:
        The larger of the ratio and its inverse, shape (n,), at the midnight of the largest
        within a week on each side, NaN elsewhere.
    """
    least = WEEK // 2
    week = values.rolling(WEEK, min_periods=least).median()
    before, after = week.shift(1), week.shift(1 - WEEK)
    ratio = (after / before).where((before > 0.0) & (after > 0.0))
    jump = ratio.where(ratio >= 1.0, 1.0 / ratio)
    midnight = jump.where(pd.DatetimeIndex(values.index).hour == 0)
    around = midnight.rolling(2 * WEEK + 1, center=True, min_periods=1).max()
    return midnight.where(midnight == around)


def censored_peak(
    values: "pd.Series[float]", night: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> "pd.Series[float]":
    """Largest of the values on both sides of a gap by day, where the sensor may have had enough.

    Args:
        values: series, shape (n,).
        night: hours without sun, shape (n,), in which a gap means 0.
    """
    beside = np.fmax(values.ffill(limit=6), values.bfill(limit=6))
    return pd.Series(beside, values.index).where(values.isna() & ~night)


def level_step(values: "pd.Series[float]", hour: pd.Timestamp) -> float:
    """Mean of the four weeks from an hour on less that of the four weeks before it."""
    weeks, tick = pd.Timedelta(weeks=4), pd.Timedelta(hours=1)
    before, after = values.loc[hour - weeks : hour - tick], values.loc[hour : hour + weeks - tick]
    return float(after.mean() - before.mean())
