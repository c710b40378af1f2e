"""The hourly table: what every source delivers and every later stage reads."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from hpo_exp.data.findings import Finding
from hpo_exp.data.weather_forecasts import WeatherForecasts
from hpo_exp.errors import DataError

TARGET = "carga_mw_subsistema"
"""The load curve (MW): the series that is forecast and that dispatch settles on."""


@dataclass(frozen=True)
class SourceFile:
    """A file the table was read from.

    Attributes:
        name: its path below the folder of raw files.
        sha256: the SHA-256 of its bytes.
        url: where it was downloaded, or '' where the user brought it.
    """

    name: str
    sha256: str
    url: str = ""


@dataclass(frozen=True)
class Provenance:
    """Where a table comes from: it travels with the table into MLflow and the report.

    Attributes:
        source: the kind of source (`ons`, `seed`, …).
        simulated: whether any value was made up; such a table never passes for real.
        subsystem: the grid's subsystem.
        utc_offset_hours: the index's fixed offset from UTC.
        files: the files read, in order.
        notes: what was found and done while reading, one sentence each.
        findings: the same and what the checks found, by column and hour.
        sources: column to who measured (or made up) its values: `ONS`, `INMET A701`, `own file`.
        simulated_columns: columns whose values were made up, where not all are.
    """

    source: str
    simulated: bool
    subsystem: str
    utc_offset_hours: int
    files: tuple[SourceFile, ...] = ()
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    simulated_columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class HourlyTable:
    """One row an hour, labelled at its start, at a fixed offset from UTC; gaps are NaN.

    Attributes:
        frame: float64 columns over a complete, zone-less hourly index named `timestamp`.
        provenance: where the values come from.
        weather_forecasts: forecasts of weather, which have an issue time of their own, or None.

    Raises:
        DataError: the index is not hourly and complete, a column is not float64 or the load
            is missing.
    """

    frame: pd.DataFrame
    provenance: Provenance
    weather_forecasts: WeatherForecasts | None = None

    def __post_init__(self) -> None:
        index = self.frame.index
        if not isinstance(index, pd.DatetimeIndex) or index.tz is not None or index.empty:
            raise DataError("the hourly table needs a zone-less time index with at least one hour")
        steps = np.diff(index.to_numpy())
        if (steps != np.timedelta64(1, "h")).any():
            hour = index[1 + int((steps != np.timedelta64(1, "h")).argmax())]
            raise DataError(f"the hourly table does not go on from hour to hour at {hour}")
        if TARGET not in self.frame:
            raise DataError(f"the hourly table has no column {TARGET}")
        for name, dtype in self.frame.dtypes.items():
            if dtype != np.float64:
                raise DataError(f"column {name} of the hourly table is {dtype}, not float64")

    @property
    def index(self) -> pd.DatetimeIndex:
        """The hours, shape (rows,)."""
        index = self.frame.index
        assert isinstance(index, pd.DatetimeIndex)  # held by __post_init__
        return index

    @cached_property
    def sha256(self) -> str:
        """Hash of the values: equal tables have equal hashes, whatever files they came from.

        Weather forecasts beside the table are values as well.
        """
        digest = hashlib.sha256()
        digest.update(self.index.to_numpy().astype("datetime64[s]").tobytes())
        for name in self.frame:
            digest.update(str(name).encode())
            values = self.frame[name].to_numpy(np.float64)
            digest.update(np.where(np.isnan(values), np.nan, values).tobytes())
        if self.weather_forecasts is not None:
            digest.update(self.weather_forecasts.sha256.encode())
        return digest.hexdigest()
