"""Folds in time: train on the past, score what follows, keep the test period for the end."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from hpo_exp.config import CvConfig
from hpo_exp.errors import DataError
from hpo_exp.features.inputs import Inputs


@dataclass(frozen=True)
class Split:
    """Rows to train on and target rows to score; both ranges exclude their end.

    Every step of the horizon is scored on the same target hours, so the earliest forecast is
    issued `horizon` - 1 rows before `score_start`, and training stops before that.

    Attributes:
        name: `fold 1`, `fold 2`, … or `test`.
        train_start, train_stop: rows whose load training may see.
        score_start, score_stop: target rows that are scored.
    """

    name: str
    train_start: int
    train_stop: int
    score_start: int
    score_stop: int

    def training_issues(self, inputs: Inputs, readable: np.ndarray) -> np.ndarray:
        """Issue rows to train on: readable, with all targets measured inside the training part."""
        stop = self.train_stop - inputs.horizon + 1
        issues = np.arange(self.train_start, max(self.train_start, stop))
        unmeasured = np.concatenate([[0], np.cumsum(~inputs.measured)])
        measured = unmeasured[issues + inputs.horizon] == unmeasured[issues]
        return issues[readable[issues] & measured]

    def scored_issues(self, inputs: Inputs, issue: int | str) -> np.ndarray:
        """Issue rows that forecast a scored hour: all of them, or those at the hour `issue`."""
        issues = np.arange(self.score_start - inputs.horizon + 1, self.score_stop)
        if issue == "hourly":
            return issues
        hours = inputs.index[0] + pd.to_timedelta(issues, unit="h")
        return issues[hours.hour == issue]

    def scored_targets(self, targets: np.ndarray) -> np.ndarray:
        """Which target rows are scored; same shape as `targets`."""
        return (targets >= self.score_start) & (targets < self.score_stop)


def make_test_split(inputs: Inputs, cv: CvConfig) -> Split:
    """The final split: everything before the test period, and the test period.

    Raises:
        DataError: the data do not cover the test period.
    """
    start, stop = _row(inputs, cv.test_start), _row(inputs, cv.test_end) + 1
    if start < inputs.horizon or stop > inputs.rows:
        raise DataError(
            f"the test period {cv.test_start} … {cv.test_end} lies outside the data, which run "
            f"from {inputs.index[0]} to {inputs.index[-1]}: set cv.test_start and cv.test_end"
        )
    return Split("test", 0, _train_stop(start, inputs, cv), start, stop)


def make_folds(inputs: Inputs, cv: CvConfig, readable: np.ndarray) -> list[Split]:
    """Cut the hours before the test period into folds, the last one next to it.

    Args:
        inputs: the experiment's inputs.
        cv: how to cut.
        readable: flags of the issue rows that training can use, shape (rows + 1,).

    Raises:
        DataError: the series is too short for the folds.
    """
    first = int(readable.argmax())
    stop = _row(inputs, cv.test_start)
    hours = cv.validation_hours or max(1, (stop - first) // (cv.folds + 1))
    starts = [stop - (cv.folds - number) * hours for number in range(cv.folds)]
    window = _train_stop(starts[0], inputs, cv) - first
    folds = [
        Split(
            name=f"fold {number + 1}",
            train_start=0 if cv.scheme == "expanding" else _train_stop(start, inputs, cv) - window,
            train_stop=_train_stop(start, inputs, cv),
            score_start=start,
            score_stop=start + hours,
        )
        for number, start in enumerate(starts)
    ]
    for fold in folds:
        _check_length(fold, inputs, readable)
    return folds


def _train_stop(score_start: int, inputs: Inputs, cv: CvConfig) -> int:
    """Nothing that the earliest forecast could not know, and `gap` hours less."""
    return score_start - (inputs.horizon - 1) - inputs.longest_delay - cv.gap


def _check_length(fold: Split, inputs: Inputs, readable: np.ndarray) -> None:
    """Two days of windows, and enough to leave some beside early stopping's tail."""
    needed = max(48, 4 * inputs.horizon)
    found = len(fold.training_issues(inputs, readable)) if fold.train_stop > 0 else 0
    if found < needed:
        raise DataError(
            f"the series is too short for the folds: {fold.name} has {found} training windows "
            f"and needs {needed}; ask for fewer cv.folds, fewer cv.validation_hours or an "
            f"earlier data.start"
        )


def _row(inputs: Inputs, hour: datetime) -> int:
    """Row of an hour, which may lie outside the table."""
    return int((pd.Timestamp(hour) - inputs.index[0]) // pd.Timedelta(hours=1))
