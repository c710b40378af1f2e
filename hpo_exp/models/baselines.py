"""Baselines: what any model has to beat, on the same inputs and the same hours.

Naive ones repeat a known hour. Fitted ones read what the network reads, with the hour of the week
beside it, one regression a step (`regressions.py`, `lightgbm_steps.py`).
"""

from dataclasses import dataclass

import numpy as np

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
        change: actual less reference (MW), shape (train issues,).
        test: features of the test issues, shape (test issues, features).
        reference: what their predicted change is added to (MW), shape (test issues,).
        actual: what came in the test's hours (MW), NaN where it does not count.
    """

    train: np.ndarray
    change: np.ndarray
    test: np.ndarray
    reference: np.ndarray
    actual: np.ndarray


def forecast_naive(problem: Problem) -> dict[str, np.ndarray]:
    """Forecast the load (MW) by repeating it: name to shape (test issues, horizon)."""
    return {
        name: reference_load(problem.inputs, kind, problem.test) for name, kind in NAIVE.items()
    }


def step_data(
    problem: Problem, step: int, reference: Reference, *, past_calendar: bool
) -> StepData:
    """What a regression of one step is fitted on and asked.

    Args:
        problem: what to forecast.
        step: index of the step, from 0.
        reference: what the change is predicted against.
        past_calendar: whether the calendar of past hours is read; it tells a tree nothing more.
    """
    inputs = problem.inputs
    windows = raw_windows(inputs, problem.time_steps)
    train, test = (
        np.column_stack(
            [
                _past(inputs, windows, issues, with_calendar=past_calendar),
                _target_hour(inputs, windows, issues, step),
            ]
        )
        for issues in (problem.train, problem.test)
    )
    before, change_from = (
        reference_load(inputs, reference, issues)[:, step]
        for issues in (problem.test, problem.train)
    )
    actual = actual_load(inputs, problem.test)[:, step]
    return StepData(
        train=train,
        change=actual_load(inputs, problem.train)[:, step] - change_from,
        test=test,
        reference=before,
        actual=np.where(problem.scored[:, step], actual, np.nan),
    )


def _past(
    inputs: Inputs, windows: Windows, issues: np.ndarray, *, with_calendar: bool
) -> np.ndarray:
    """What the network reads of the past, one row an issue."""
    past = windows.past(issues)
    if not with_calendar:
        calendar = len(inputs.past_names) + np.arange(len(inputs.calendar_names))
        past = np.delete(past, calendar, axis=2)
    return past.reshape(len(issues), -1)


def _target_hour(inputs: Inputs, windows: Windows, issues: np.ndarray, step: int) -> np.ndarray:
    """What is known ahead of a step's hour; last, its hour of the week."""
    first = inputs.index[0]
    hours = target_rows(issues, inputs.horizon)[:, step] + first.day_of_week * 24 + first.hour
    week_hour = (hours % HOURS_A_WEEK).astype(np.float32)
    return np.column_stack([windows.ahead(issues)[:, step], week_hour])
