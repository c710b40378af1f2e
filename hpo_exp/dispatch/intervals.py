"""How far a forecast misses, as known before the hour comes: from errors of earlier days."""

import numpy as np
import pandas as pd

from hpo_exp.spans import DAY

LEAST_DAYS = 7
"""Days of errors from which a quantile is taken."""


def trailing_quantile(
    errors: np.ndarray, times: pd.DatetimeIndex, level: float, *, days: int, known: int
) -> np.ndarray:
    """Quantile of the errors at the same hour of earlier days.

    Args:
        errors: what came less what was foreseen (MW), shape (hours,).
        times: the hours.
        level: of the quantile, in (0, 1).
        days: how many days back it looks.
        known: days back to the last one whose error is known at that hour's issue time.

    Returns:
        Shape (hours,); NaN where fewer than `LEAST_DAYS` errors are known.
    """
    table = _by_day(errors, times)
    quantile = table.shift(known).rolling(days, min_periods=LEAST_DAYS).quantile(level)
    day = (times.normalize() - table.index[0]).days.to_numpy()
    return quantile.to_numpy()[day, times.hour.to_numpy()]


def level_of(levels: dict[float, np.ndarray], level: float) -> np.ndarray:
    """A quantile between the given ones, by straight lines; beyond them the nearest one.

    Args:
        levels: level to quantile (MW), each of shape (hours,).
        level: the one wanted.
    """
    known = sorted(levels)
    place = float(np.interp(level, known, range(len(known))))
    low = int(place)
    high = min(low + 1, len(known) - 1)
    return levels[known[low]] + (place - low) * (levels[known[high]] - levels[known[low]])


def _by_day(errors: np.ndarray, times: pd.DatetimeIndex) -> pd.DataFrame:
    """One row a calendar day without gaps, one column an hour of day."""
    table = pd.DataFrame({"day": times.normalize(), "hour": times.hour, "error": errors})
    wide = table.pivot_table(index="day", columns="hour", values="error")
    every_day = pd.date_range(wide.index[0], wide.index[-1], freq="D")
    return wide.reindex(index=every_day, columns=range(DAY))
