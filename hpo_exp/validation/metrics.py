"""Errors of a forecast, as pure functions of arrays in MW.

Hours that were not measured (NaN in `actual`) do not count; a forecast that is missing where
there was a load makes the error NaN.
"""

import numpy as np

__all__ = ["mae", "mape", "rmse", "skill"]


def rmse(actual: np.ndarray, forecast: np.ndarray) -> float:
    """Root mean squared error (MW)."""
    return float(np.sqrt(np.mean(_errors(actual, forecast) ** 2)))


def mae(actual: np.ndarray, forecast: np.ndarray) -> float:
    """Mean absolute error (MW)."""
    return float(np.mean(np.abs(_errors(actual, forecast))))


def mape(actual: np.ndarray, forecast: np.ndarray) -> float:
    """Mean absolute error in percent of the actual load."""
    measured = actual[~np.isnan(actual)]
    return float(100 * np.mean(np.abs(_errors(actual, forecast) / measured)))


def _errors(actual: np.ndarray, forecast: np.ndarray) -> np.ndarray:
    """Forecast less actual (MW), where there is an actual."""
    measured = ~np.isnan(actual)
    return forecast[measured] - actual[measured]


def skill(error: float, reference_error: float) -> float:
    """1 - error / reference error: above 0 is better than the reference, 1 is perfect.

    A perfect reference leaves nothing to gain: 0 against an equal error, else minus infinity.
    """
    if reference_error == 0:
        return 0.0 if error == 0 else -np.inf
    return 1 - error / reference_error
