"""Baselines: what any model has to beat, on the same inputs and the same hours.

Naive ones repeat a known hour; fitted ones read what the network reads, with the hour of the week
beside it, and predict the change from the last known hour.
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

    @property
    def issues(self) -> dict[str, np.ndarray]:
        """Issue rows by what they are for."""
        return {"train": self.train, "test": self.test}


def forecast_baselines(problem: Problem) -> dict[str, np.ndarray]:
    """Forecast the load (MW) with every baseline: name to shape (test issues, horizon)."""
    forecasts = {
        name: reference_load(problem.inputs, kind, problem.test) for name, kind in NAIVE.items()
    }
    forecasts["ridge"] = _forecast_fitted(problem, _whole_window, _fit_ridge)
    forecasts["gradient_boosting"] = _forecast_fitted(
        problem, _window_without_calendar, _fit_gradient_boosting
    )
    return forecasts


Predictor = Callable[[np.ndarray], np.ndarray]
Fitter = Callable[[np.ndarray, np.ndarray, int], Predictor]
Design = Callable[[Problem, Windows, np.ndarray], np.ndarray]


def _forecast_fitted(problem: Problem, design: Design, fit: Fitter) -> np.ndarray:
    """Fit one regression a step: on the window, and on what is known of that step's hour."""
    inputs = problem.inputs
    windows = raw_windows(inputs, problem.time_steps)
    past = {name: design(problem, windows, issues) for name, issues in problem.issues.items()}
    change = actual_load(inputs, problem.train) - reference_load(inputs, "last_hour", problem.train)
    forecast = reference_load(inputs, "last_hour", problem.test)
    for step in range(inputs.horizon):
        rows = {
            name: np.column_stack([past[name], _target_hour(inputs, windows, issues, step)])
            for name, issues in problem.issues.items()
        }
        forecast[:, step] += fit(rows["train"], change[:, step], problem.seed)(rows["test"])
    return forecast


def _whole_window(problem: Problem, windows: Windows, issues: np.ndarray) -> np.ndarray:
    """All that the network reads of the past, one row an issue."""
    del problem
    return windows.past(issues).reshape(len(issues), -1)


def _window_without_calendar(problem: Problem, windows: Windows, issues: np.ndarray) -> np.ndarray:
    """What was measured and its lags; the past's calendar tells a tree nothing more."""
    inputs = problem.inputs
    calendar = len(inputs.past_names) + np.arange(len(inputs.calendar_names))
    return np.delete(windows.past(issues), calendar, axis=2).reshape(len(issues), -1)


def _target_hour(inputs: Inputs, windows: Windows, issues: np.ndarray, step: int) -> np.ndarray:
    """What is known ahead of a step's hour; last, its hour of the week."""
    first = inputs.index[0]
    hours = target_rows(issues, inputs.horizon)[:, step] + first.day_of_week * 24 + first.hour
    return np.column_stack([windows.ahead(issues)[:, step], hours % HOURS_A_WEEK])


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
