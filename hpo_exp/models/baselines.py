"""Baselines: what any model has to beat, on the same inputs and the same hours.

Naive ones repeat a known hour. Fitted ones read what the network reads, with the hour of the week
beside it, one regression a step (`regressions.py`, `lightgbm_steps.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hpo_exp.features.inputs import Inputs
from hpo_exp.features.windows import (
    Reference,
    Windows,
    actual_load,
    layout_of,
    raw_windows,
    reference_load,
    target_rows,
)
from hpo_exp.spans import WEEK

NAIVE: dict[str, Reference] = {
    "persistence": "last_hour",
    "seasonal_day": "day",
    "seasonal_week": "week",
}
Features = Callable[[Inputs, Windows, np.ndarray, int], np.ndarray]

FITTED = ("ridge", "gradient_boosting")
LIGHTGBM = "lightgbm"


@dataclass(frozen=True)
class Problem:
    """What every baseline gets.

    Attributes:
        inputs: the experiment's inputs.
        time_steps: rows a window reads; the longest of the search.
        train: issue rows to fit on.
        test: issue rows to forecast.
        scored: flags of the forecasts that count, shape (test issues, horizon).
        seed: seed of what is random.
    """

    inputs: Inputs
    time_steps: int
    train: np.ndarray
    test: np.ndarray
    scored: np.ndarray
    seed: int


@dataclass(frozen=True)
class StepData:
    """One step's regression: features, and the change (MW) from a reference to be predicted.

    Attributes:
        train: features of the training issues, shape (train issues, features); the last one is
            the hour of the week, from 0.
        change: actual less reference, relative to the target's level where that grows (else MW),
            shape (train issues,).
        test: features of the test issues, shape (test issues, features).
        level: what their predicted change is relative to (MW, or 1), shape (test issues,).
        reference: what their predicted change is added to (MW), shape (test issues,).
        actual: what came in the test's hours (MW), NaN where it does not count.
    """

    train: np.ndarray
    change: np.ndarray
    test: np.ndarray
    level: np.ndarray
    reference: np.ndarray
    actual: np.ndarray

    def to_mw(self, change: np.ndarray) -> np.ndarray:
        """The forecast (MW) of a predicted change, shape (test issues,)."""
        return self.reference + change * self.level


def forecast_naive(problem: Problem) -> dict[str, np.ndarray]:
    """Forecast the load (MW) by repeating it: name to shape (test issues, horizon).

    Of a view it is the view's target, here and in all that follows.
    """
    return {
        name: reference_load(problem.inputs, kind, problem.test) for name, kind in NAIVE.items()
    }


def step_data(problem: Problem, step: int, reference: Reference, features: Features) -> StepData:
    """What a regression of one step is fitted on and asked.

    Args:
        problem: what to forecast.
        step: index of the step, from 0.
        reference: what the change is predicted against.
        features: what is read, `linear_features` or `tree_features`.
    """
    inputs = problem.inputs
    windows = raw_windows(inputs, problem.time_steps)
    before, change_from = (
        reference_load(inputs, reference, issues)[:, step]
        for issues in (problem.test, problem.train)
    )
    actual = actual_load(inputs, problem.test)[:, step]
    change = actual_load(inputs, problem.train)[:, step] - change_from
    return StepData(
        train=features(inputs, windows, problem.train, step),
        change=change / inputs.level[problem.train],
        test=features(inputs, windows, problem.test, step),
        level=inputs.level[problem.test],
        reference=before,
        actual=np.where(problem.scored[:, step], actual, np.nan),
    )


def linear_features(inputs: Inputs, windows: Windows, issues: np.ndarray, step: int) -> np.ndarray:
    """All that the network reads, one row an issue; last, the target's hour of the week."""
    past = windows.past(issues).reshape(len(issues), -1)
    ahead = windows.ahead(issues)[:, step]
    return np.column_stack([past, ahead, _week_hour(inputs, issues, step)])


def tree_features(inputs: Inputs, windows: Windows, issues: np.ndarray, step: int) -> np.ndarray:
    """The same for trees, which split columns and cannot subtract one from another.

    So each load is given as its distance from the last known one, and that one beside them: on
    SE's 2021 this took LightGBM from 414 to 275 MW one hour ahead and from 1,181 to 1,043 MW a
    day ahead. (Of a view, it is its target's values that are.) The calendar of past hours tells a
    tree nothing more.
    """
    first = len(inputs.past_names)
    calendar = np.arange(first, min(first + len(inputs.calendar_names), inputs.row_features))
    layout = layout_of(inputs)
    loads, ahead_loads = list(layout.loads), list(layout.ahead_loads)
    last = inputs.relative[issues - 1 - inputs.delay][:, None].astype(np.float32)
    past = windows.past(issues)
    past[:, :, loads] -= last[:, :, None]
    past = np.delete(past, calendar, axis=2).reshape(len(issues), -1)
    ahead = windows.ahead(issues)[:, step]
    ahead[:, ahead_loads] -= last
    return np.column_stack([past, last, ahead, _week_hour(inputs, issues, step)])


def _week_hour(inputs: Inputs, issues: np.ndarray, step: int) -> np.ndarray:
    """Hour of the week of a step's target, from 0 on a Monday at midnight."""
    first = inputs.index[0]
    hours = target_rows(issues, inputs.horizon)[:, step] + first.day_of_week * 24 + first.hour
    return (hours % WEEK).astype(np.float32)
