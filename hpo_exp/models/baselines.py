"""Baselines: what any model has to beat, on the same inputs and the same hours.

Naive ones repeat a known hour; fitted ones read the model's own window and known-ahead
features, with the hour of the week as dummies, and predict the change from the last known hour.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge

from hpo_exp.features.calendar import HOURS_A_WEEK
from hpo_exp.features.inputs import Inputs
from hpo_exp.features.windows import (
    Reference,
    Windows,
    actual_load,
    raw_windows,
    reference_load,
    target_rows,
)

NAIVE: dict[str, Reference] = {
    "persistence": "last_hour",
    "seasonal_day": "day",
    "seasonal_week": "week",
}
FITTED = ("ridge", "gradient_boosting")
NAMES = (*NAIVE, *FITTED)


@dataclass(frozen=True)
class Problem:
    """What every baseline gets.

    Attributes:
        inputs: the experiment's inputs.
        time_steps: rows a window reads; the longest of the search.
        train: issue rows to fit on.
        test: issue rows to forecast.
        seed: seed of what is random.
    """

    inputs: Inputs
    time_steps: int
    train: np.ndarray
    test: np.ndarray
    seed: int


def forecast_baselines(problem: Problem) -> dict[str, np.ndarray]:
    """Forecast the load (MW) with every baseline: name to shape (test issues, horizon)."""
    forecasts = {
        name: reference_load(problem.inputs, kind, problem.test) for name, kind in NAIVE.items()
    }
    fitters = {"ridge": _fit_ridge, "gradient_boosting": _fit_gradient_boosting}
    for name in FITTED:
        forecasts[name] = _forecast_fitted(problem, fitters[name])
    return forecasts


Predictor = Callable[[np.ndarray], np.ndarray]
Fitter = Callable[[np.ndarray, np.ndarray, int], Predictor]


def _forecast_fitted(problem: Problem, fit: Fitter) -> np.ndarray:
    """Fit one regression a step, each on the window and its own target hour's features."""
    inputs = problem.inputs
    windows = raw_windows(inputs, problem.time_steps)
    reference = reference_load(inputs, "last_hour", problem.train)
    change = actual_load(inputs, problem.train) - reference
    forecast = reference_load(inputs, "last_hour", problem.test)
    for step in range(inputs.horizon):
        predict = fit(_design(inputs, windows, problem.train, step), change[:, step], problem.seed)
        forecast[:, step] += predict(_design(inputs, windows, problem.test, step))
    return forecast


def _design(inputs: Inputs, windows: Windows, issues: np.ndarray, step: int) -> np.ndarray:
    """One row an issue: measured window, the target hour's features, its hour of the week."""
    measured = windows.past(issues)[:, :, : len(inputs.past_names)]
    ahead = windows.ahead(issues)[:, step]
    first = inputs.index[0]
    hours = target_rows(issues, inputs.horizon)[:, step] + first.day_of_week * 24 + first.hour
    return np.column_stack([measured.reshape(len(issues), -1), ahead, hours % HOURS_A_WEEK])


def _fit_ridge(features: np.ndarray, targets: np.ndarray, seed: int) -> Predictor:
    """Ridge regression on standardised features and a dummy for each hour of the week."""
    del seed  # nothing is random here
    mean, std = features[:, :-1].mean(axis=0), features[:, :-1].std(axis=0)
    scale = np.where(std > 0, std, 1)

    def expand(raw: np.ndarray) -> np.ndarray:
        dummies = np.eye(HOURS_A_WEEK)[raw[:, -1].astype(int)]
        return np.column_stack([(raw[:, :-1] - mean) / scale, dummies])

    regression = Ridge(alpha=1.0).fit(expand(features), targets)
    return lambda new: np.asarray(regression.predict(expand(new)))


def _fit_gradient_boosting(features: np.ndarray, targets: np.ndarray, seed: int) -> Predictor:
    """Histogram gradient boosting with scikit-learn's defaults, but more and smaller steps."""
    regression = HistGradientBoostingRegressor(
        max_iter=300, learning_rate=0.08, early_stopping=False, random_state=seed
    ).fit(features, targets)
    return lambda new: np.asarray(regression.predict(new))
