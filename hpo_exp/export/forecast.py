"""What a model answers: a forecast, its interval, further targets, and the dispatch on them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hpo_exp.errors import DataError
from hpo_exp.export.manifest import Manifest
from hpo_exp.export.recent_hours import HOUR
from hpo_exp.export.signature import FORECAST


class ForecastError(DataError):
    """A forecast that is no number: values far outside anything that was ever measured."""


@dataclass(frozen=True)
class Forecast:
    """A forecast of each step.

    Attributes:
        issue: issue time, datetime64[h].
        targets: the hours forecast, shape (horizon,).
        load_mw: the load (MW), shape (horizon,).
        levels: probabilities of the bounds; none where the model has no intervals.
        bounds_mw: bounds of the load (MW), shape (horizon, levels).
        further: further columns forecast, each shape (horizon,), in the column's unit.
    """

    issue: np.datetime64
    targets: np.ndarray
    load_mw: np.ndarray
    levels: tuple[float, ...]
    bounds_mw: np.ndarray
    further: dict[str, np.ndarray]


def read_forecast(
    manifest: Manifest, issue: np.datetime64, outputs: Mapping[str, np.ndarray], row: int = 0
) -> Forecast:
    """Read one row of the model's outputs.

    Raises:
        ForecastError: it is no number.
    """
    load = outputs[FORECAST][row].astype(np.float64)
    further = {
        column: outputs[name][row].astype(np.float64)
        for column, name in manifest.further_targets.items()
    }
    for values in (load, *further.values()):
        if not np.isfinite(values).all():
            raise ForecastError("the forecast of these hours is no number: look for huge values")
    targets = issue + np.arange(manifest.horizon) * HOUR
    levels: tuple[float, ...] = ()
    bounds = np.empty((manifest.horizon, 0))
    if manifest.intervals is not None:
        hour_of_day = (targets - targets.astype("datetime64[D]")) // HOUR
        offsets = manifest.intervals.offsets_mw[np.arange(manifest.horizon), hour_of_day]
        levels, bounds = manifest.intervals.levels, load[:, None] + offsets
    return Forecast(issue, targets, load, levels, bounds, further)
