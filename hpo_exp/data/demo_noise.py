"""Randomness of the demo: one stream a process, and processes that remember.

Every process is drawn hour by hour from the demo's first hour on and looks back alone. So each is
the same whatever hours are asked for, and adding a process leaves the others as they were.
"""

import math
import zlib
from itertools import accumulate

import numpy as np


def stream(subsystem: str, process: str) -> np.random.Generator:
    """Return the random numbers of one process of a subsystem, always the same ones."""
    return np.random.default_rng([zlib.crc32(name.encode()) for name in (subsystem, process)])


def remembered(values: np.ndarray, memory: float) -> np.ndarray:
    """Smooth a series over its past: the exponential mean of `memory` steps, shape (n,)."""
    keep = math.exp(-1 / memory)
    new = (1 - keep) * values
    new[0] = values[0]
    return np.array(list(accumulate(new.tolist(), lambda last, value: keep * last + value)))


def wandering(draws: np.ndarray, memory: float) -> np.ndarray:
    """Turn independent draws into a process of the same variance that forgets in `memory` steps.

    Args:
        draws: of mean 0, shape (n,); those of the later hours may vary in variance.
        memory: steps in which the autocorrelation falls to 1/e.
    """
    keep = math.exp(-1 / memory)
    new = math.sqrt(1 - keep**2) * draws
    new[0] = draws[0]
    return np.array(list(accumulate(new.tolist(), lambda last, value: keep * last + value)))


def normal(subsystem: str, process: str, hours: int, memory: float) -> np.ndarray:
    """Draw a standard normal process that forgets in `memory` hours, shape (hours,)."""
    return wandering(stream(subsystem, process).standard_normal(hours), memory)


def logistic(values: np.ndarray) -> np.ndarray:
    """Squash any number into 0 to 1, elementwise."""
    return 1 / (1 + np.exp(-values))


def season(index_days: np.ndarray, peak_day: float) -> np.ndarray:
    """Return the yearly cosine, elementwise: 1 on `peak_day` of the year (1 to 366)."""
    return np.cos(2 * np.pi * (index_days - peak_day) / 365.2425)
