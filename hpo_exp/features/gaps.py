"""Gaps in the inputs, filled from the past alone, so that no forecast sees its future."""

from typing import Literal

import numpy as np

NEVER = np.iinfo(np.int64).max // 4
"""Age of a value that was never known: larger than any limit, and safe to add hours to."""


def hours_since_known(values: np.ndarray) -> np.ndarray:
    """Hours since a value was last present: 0 where it is, `NEVER` before the first one.

    Args:
        values: float series, shape (rows,), NaN where missing.
    """
    rows = np.arange(len(values))
    last = np.maximum.accumulate(np.where(np.isnan(values), -1, rows))
    return np.where(last < 0, NEVER, rows - last)


def fill_gaps(values: np.ndarray, rule: Literal["last", "day"]) -> np.ndarray:
    """Fill missing values from earlier ones; what no earlier value can fill stays NaN.

    Args:
        values: float series, shape (rows,), NaN where missing.
        rule: `last` repeats the last known value; `day` takes the same hour of the day before
            (itself filled where need be), and the last known value in the first day.
    """
    if rule == "last":
        age = hours_since_known(values)
        rows = np.arange(len(values))
        return np.where(age < NEVER, values[np.where(age < NEVER, rows - age, 0)], np.nan)
    filled = values.astype(np.float64, copy=True)
    for row in np.flatnonzero(np.isnan(filled)):
        day_before = filled[row - 24] if row >= 24 else np.nan
        if np.isnan(day_before) and row > 0:
            day_before = filled[row - 1]
        filled[row] = day_before
    return filled
