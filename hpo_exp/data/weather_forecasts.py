"""Weather forecasts, each with the time it was issued: a value of their own, beside the table.

An hour has as many forecasts as there were runs of the weather model, so they do not fit a table
of one row an hour, and which of them a load forecast may read depends on its own issue time
(`features/weather.py`).
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hpo_exp.errors import DataError


@dataclass(frozen=True)
class WeatherForecasts:
    """Forecasts of weather, one a run and target hour, in the hourly table's time.

    Attributes:
        names: what is forecast, by the table's names (`TEMP_BULB_SECO`, °C, …).
        issued: hour a run was issued, datetime64[h], shape (forecasts,).
        targets: hour that is forecast, labelled at its start, the same.
        forecast: float64, shape (forecasts, names), NaN where a run lacks one.
        delay: hours from a run's issue until it can be read.
        simulated: whether the values are made up; such forecasts never pass for real.

    Raises:
        DataError: a run forecasts an hour twice.
    """

    names: tuple[str, ...]
    issued: np.ndarray
    targets: np.ndarray
    forecast: np.ndarray
    delay: int
    simulated: bool

    def __post_init__(self) -> None:
        issued, targets = self.issued[self._order], self.targets[self._order]
        twice = (np.diff(issued) == np.timedelta64(0)) & (np.diff(targets) == np.timedelta64(0))
        if twice.any():
            place = int(twice.argmax())
            raise DataError(
                f"the weather forecast issued at {issued[place]} has {targets[place]} twice; keep "
                "one of them"
            )

    @cached_property
    def sha256(self) -> str:
        """Hash of names, times, values and delay, in whatever order they were written."""
        digest = hashlib.sha256(f"{self.names} {self.delay}".encode())
        for times in (self.issued, self.targets):
            digest.update(times[self._order].astype("datetime64[h]").tobytes())
        values = self.forecast[self._order]
        digest.update(np.where(np.isnan(values), np.nan, values).tobytes())
        return digest.hexdigest()

    @cached_property
    def _order(self) -> np.ndarray:
        """By target hour, then by issue."""
        return np.lexsort((self.issued, self.targets))
