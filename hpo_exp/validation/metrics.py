"""Errors of a forecast, as pure functions of arrays in MW.

Hours that were not measured (NaN in `actual`) do not count; a forecast that is missing where
there was a load makes the error NaN.
"""

import numpy as np

__all__ = ["mae", "mape", "mase", "rmse", "seasonal_naive_error", "skill"]


def rmse(actual: np.ndarray, forecast: np.ndarray) -> float:
    """Root mean squared error (MW)."""
    return float(np.sqrt(np.mean(_errors(actual, forecast) ** 2)))


def mae(actual: np.ndarray, forecast: np.ndarray) -> float:
    """Mean absolute error (MW)."""
    return float(np.mean(np.abs(_errors(actual, forecast))))


def mape(actual: np.ndarray, forecast: np.ndarray) -> float:
    """Mean absolute error in percent of the actual load; not finite where that was ever 0."""
    measured = actual[~np.isnan(actual)]
    with np.errstate(divide="ignore", invalid="ignore"):  # the sun gives nothing at night
        return float(100 * np.mean(np.abs(_errors(actual, forecast) / measured)))


def seasonal_naive_error(load: np.ndarray, season_hours: int = 24) -> float:
    """Mean absolute error (MW) of repeating each hour of a series a season later.

    Args:
        load: the training part (MW), shape (rows,), NaN where unmeasured.
        season_hours: hours a season.
    """
    change = np.abs(load[season_hours:] - load[:-season_hours])
    return float(np.nanmean(change)) if np.isfinite(change).any() else float("nan")


def mase(mae_mw: float, naive_error_mw: float) -> float:
    """Mean absolute scaled error (Hyndman and Koehler 2006): below 1 is better than naive.

    Args:
        mae_mw: the forecast's mean absolute error (MW).
        naive_error_mw: `seasonal_naive_error` of the training part (MW).
    """
    if naive_error_mw == 0:
        return 0.0 if mae_mw == 0 else np.inf
    return mae_mw / naive_error_mw


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
