"""The model's inputs of one forecast, fast: training's own code, run once on numbered cells.

Every number that a model reads is a copy: of a cell of the table of hours, or of the calendar of
one of these hours. So the code that makes inputs is run once on a table whose cells are numbered,
and the numbers in its answer tell which cell each input is; from then on they are picked at once.
It is checked against the code itself on random tables. Where an input is no copy, there is
nothing to pick, and the code is run for each forecast.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pandas as pd

from hpo_exp.data.table import HourlyTable, Provenance
from hpo_exp.export.manifest import TIMESTAMP, Manifest
from hpo_exp.export.model_inputs import inputs_of_hours, model_inputs
from hpo_exp.export.recent_hours import HOUR, RecentHours
from hpo_exp.features.calendar import encode_calendar
from hpo_exp.features.inputs import build_inputs, civil_hours

log = logging.getLogger(__name__)

MakeInputs = Callable[[RecentHours], dict[str, np.ndarray]]
EXACT = 2**24
"""Whole numbers below it are exact in float32, in which models read."""
CHECKS = ("2021-03-02T05", "2022-12-31T20", "2024-02-29T23")
"""Issue times of the comparison: any, and where a year and a leap day pass."""


def fast_inputs(manifest: Manifest) -> MakeInputs:
    """What makes a bundle's inputs of checked hours; the arrays have a first axis of 1."""
    traced = _trace(manifest)
    if traced is not None and all(_agrees(traced, manifest, issue) for issue in CHECKS):
        return traced
    log.warning("the model's inputs are no plain copies of cells: each forecast takes longer")
    return lambda hours: inputs_of_hours(manifest, hours)


@dataclass(frozen=True)
class TracedInputs:
    """Which cell each number of the model's inputs is.

    Attributes:
        manifest: the bundle's.
        cells: input to positions in the hours' values followed by their calendar, both flat.
        shapes: input to its shape, the first axis 1.
        calendar: calendar of the hours of a year, and last the clock's hour of day.
    """

    manifest: Manifest
    cells: dict[str, np.ndarray]
    shapes: dict[str, tuple[int, ...]]
    calendar: Callable[[int], np.ndarray]

    def __call__(self, hours: RecentHours) -> dict[str, np.ndarray]:
        """The model's inputs, float32."""
        first = hours.issue - self.manifest.history_hours * HOUR
        count = self.manifest.history_hours + self.manifest.horizon
        flat = np.concatenate([hours.values.ravel(), self._calendar_of(first, count).ravel()])
        with np.errstate(over="ignore"):  # huge values make a forecast that is refused
            flat = flat.astype(np.float32)
        return {name: flat[cells].reshape(self.shapes[name]) for name, cells in self.cells.items()}

    def _calendar_of(self, first: np.datetime64, count: int) -> np.ndarray:
        """Calendar and clock of `count` hours from `first`, shape (count, features + 1)."""
        parts = []
        while count > 0:
            year = first.astype("datetime64[Y]")
            row = int((first - year.astype("datetime64[h]")) / HOUR)
            part = self.calendar(int(year.astype(int)))[row : row + count]
            parts.append(part)
            first, count = first + len(part) * HOUR, count - len(part)
        return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _trace(manifest: Manifest) -> TracedInputs | None:
    """Run the code on numbered cells; None where an answer is not one of the numbers."""
    rows, columns = manifest.history_hours, manifest.columns
    numbers = np.arange(1, rows * len(columns) + 1, dtype=np.float64).reshape(rows, len(columns))
    index = pd.date_range("2022-03-01", periods=rows, freq="h", name=TIMESTAMP)
    frame = pd.DataFrame(numbers, index=index, columns=list(columns))
    table = HourlyTable(frame, Provenance("", simulated=True, subsystem="", utc_offset_hours=0))
    inputs = build_inputs(table, manifest.data, manifest.features)
    hours, groups = inputs.calendar.shape
    calendar = numbers.size + 1 + np.arange(hours * (groups + 1), dtype=np.float64)
    calendar = calendar.reshape(hours, groups + 1)  # the last column is the clock's
    numbered = replace(inputs, calendar=calendar[:, :-1], clock=calendar[:, -1])
    answer = model_inputs(manifest, numbered, np.array([rows]))
    last = numbers.size + calendar.size
    cells = {}
    for name, values in answer.items():
        whole = values == values.round()
        if last >= EXACT or not (whole & (values >= 1) & (values <= last)).all():
            return None
        cells[name] = values.astype(np.int64).ravel() - 1
    shapes = {name: values.shape for name, values in answer.items()}
    return TracedInputs(manifest, cells, shapes, _calendar_years(manifest))


def _calendar_years(manifest: Manifest) -> Callable[[int], np.ndarray]:
    """Calendar and clock of all hours of a year (counted from 1970), encoded once."""
    groups, data = manifest.features.calendar, manifest.data

    @lru_cache(maxsize=8)
    def encode(year: int) -> np.ndarray:
        first, end = np.datetime64(year, "Y"), np.datetime64(year + 1, "Y")
        hours = np.arange(first.astype("datetime64[h]"), end.astype("datetime64[h]"))
        index = pd.DatetimeIndex(hours.astype("datetime64[us]"))
        civil = civil_hours(index, manifest.utc_offset_hours, data.timezone)
        calendar = encode_calendar(civil, groups, data.states).to_numpy(np.float64)
        return np.column_stack([calendar, civil.hour])

    return encode


def _agrees(traced: TracedInputs, manifest: Manifest, issue: str) -> bool:
    """Whether the picked inputs of a random table are those that the code makes, to the bit."""
    rng = np.random.default_rng(0)
    values = rng.normal(0, 1000, (manifest.history_hours, len(manifest.columns)))
    hours = RecentHours(np.datetime64(issue, "h"), values, {})
    expected, picked = inputs_of_hours(manifest, hours), traced(hours)
    return all(np.array_equal(expected[name], picked[name]) for name in expected)
