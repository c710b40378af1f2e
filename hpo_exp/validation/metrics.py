"""Errors of a forecast, as pure functions of arrays in MW; unmeasured hours (NaN) do not count."""

import numpy as np

__all__ = ["mae", "mape", "rmse", "skill"]


def rmse(actual: np.ndarray, forecast: np.ndarray) -> float:
    """Root mean squared error (MW)."""
    return float(np.sqrt(np.nanmean((forecast - actual) ** 2)))


def mae(actual: np.ndarray, forecast: np.ndarray) -> float:
    """Mean absolute error (MW)."""
    return float(np.nanmean(np.abs(forecast - actual)))


def mape(actual: np.ndarray, forecast: np.ndarray) -> float:
    """Mean absolute error in percent of the actual load."""
    return float(100 * np.nanmean(np.abs((forecast - actual) / actual)))


def skill(error: float, reference_error: float) -> float:
    """1 - error / reference error: above 0 is better than the reference, 1 is perfect.

    A perfect reference leaves nothing to gain: 0 against an equal error, else minus infinity.
    """
    if reference_error == 0:
        return 0.0 if error == 0 else -np.inf
    return 1 - error / reference_error
