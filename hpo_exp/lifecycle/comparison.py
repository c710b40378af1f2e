"""Models and naive forecasts on the same recent hours, none of which they were trained on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from hpo_exp.data.table import HourlyTable
from hpo_exp.errors import DataError
from hpo_exp.export.manifest import Manifest
from hpo_exp.export.model_inputs import check_table, model_inputs
from hpo_exp.export.signature import FORECAST
from hpo_exp.features.gaps import NEVER
from hpo_exp.features.inputs import Inputs, build_inputs
from hpo_exp.features.readable import readable_issues
from hpo_exp.features.windows import Reference, actual_load, reference_load, target_rows
from hpo_exp.validation.metrics import rmse

NAIVE: Mapping[str, Reference] = {
    "persistence": "last_hour",
    "seasonal_day": "day",
    "seasonal_week": "week",
}
"""Baselines that need no training; the fitted ones stand in the run's own report."""


class Answers(Protocol):
    """What a loaded model does."""

    def __call__(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Answer a batch."""


@dataclass(frozen=True)
class Rival:
    """A model that is compared: its manifest, and itself."""

    manifest: Manifest
    model: Answers


@dataclass(frozen=True)
class Recent:
    """The forecasts of recent hours.

    Attributes:
        issues: issue rows, shape (issues,).
        targets: the hours forecast, shape (hours,), each once.
        errors: name to forecast less actual (MW) of the scored steps, shape (issues, steps); NaN
            where the load was not measured.
    """

    issues: np.ndarray
    targets: pd.DatetimeIndex
    errors: dict[str, np.ndarray]

    def rmse(self, name: str) -> float:
        """RMSE of a name over all scored steps (MW)."""
        errors = self.errors[name]
        return rmse(np.where(np.isnan(errors), np.nan, 0.0), errors)


def compare_recent(
    table: HourlyTable, rivals: Mapping[str, Rival], recent_hours: int, least_hours: int
) -> Recent:
    """Forecast the newest hours with each model and each naive baseline.

    Args:
        table: the hourly table up to now.
        rivals: name to model; they have the same target, horizon and scored steps.
        recent_hours: target hours, the newest of the table.
        least_hours: of them, those that are measured and that no rival was trained on.

    Raises:
        DataError: there are fewer of them.
        BundleError: the table lacks a column that a rival reads.
    """
    known = {name: _inputs(table, rival.manifest) for name, rival in rivals.items()}
    (first, *_), (inputs, *_) = rivals.values(), known.values()
    manifest = first.manifest
    steps = slice(manifest.scored_steps[0] - 1, manifest.scored_steps[1])
    issues = _issues(table, manifest, recent_hours)
    for name, rival in rivals.items():
        unseen = _unseen(table, rival.manifest, issues)
        issues = issues[unseen & _readable(known[name], rival, issues)]
    naive = {name: kind for name, kind in NAIVE.items() if _reaches(inputs, kind, issues)}
    actual = actual_load(inputs, issues)[:, steps]
    rows = np.unique(target_rows(issues, manifest.horizon)[:, steps][~np.isnan(actual)])
    if len(rows) < least_hours:
        raise DataError(
            f"{len(rows)} of the last {recent_hours} hours are measured, readable and newer than "
            f"what the models were trained on; at least {least_hours} are needed"
        )
    forecasts = {name: _forecast(rivals[name], known[name], issues) for name in rivals}
    forecasts |= {name: reference_load(inputs, kind, issues) for name, kind in naive.items()}
    errors = {name: values[:, steps] - actual for name, values in forecasts.items()}
    return Recent(issues, table.index[rows], errors)


def _inputs(table: HourlyTable, manifest: Manifest) -> Inputs:
    check_table(manifest, table.frame)
    return build_inputs(table, manifest.data, manifest.features)


def _issues(table: HourlyTable, manifest: Manifest, recent_hours: int) -> np.ndarray:
    """Issue rows all of whose targets lie in the recent hours, at the hours they are issued at."""
    rows = len(table.frame)
    issues = np.arange(max(0, rows - recent_hours), rows - manifest.horizon + 1)
    at = manifest.features.issue
    return issues if at == "hourly" else issues[table.index[issues].hour == at]


def _unseen(table: HourlyTable, manifest: Manifest, issues: np.ndarray) -> np.ndarray:
    """Issue rows after the last target that a model was trained on."""
    seen_until = manifest.last_issue + pd.Timedelta(hours=manifest.horizon)
    return np.asarray(table.index[issues] >= seen_until)


def _readable(inputs: Inputs, rival: Rival, issues: np.ndarray) -> np.ndarray:
    manifest = rival.manifest
    flags = readable_issues(inputs, manifest.time_steps, [manifest.reference], NEVER - 1)
    return flags[issues]


def _reaches(inputs: Inputs, kind: Reference, issues: np.ndarray) -> bool:
    """Whether a naive forecast has its hours in the table."""
    return bool(readable_issues(inputs, 1, [kind], NEVER - 1)[issues].all())


def _forecast(rival: Rival, inputs: Inputs, issues: np.ndarray) -> np.ndarray:
    """The load (MW), shape (issues, horizon)."""
    if len(issues) == 0:
        return np.empty((0, rival.manifest.horizon))
    answered = rival.model(model_inputs(rival.manifest, inputs, issues))
    return answered[FORECAST].astype(np.float64)
