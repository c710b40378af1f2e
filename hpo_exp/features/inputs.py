"""Inputs of every forecast, row by row: what was measured, and what is known ahead."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from hpo_exp.config import DataConfig, FeaturesConfig
from hpo_exp.data.table import TARGET, HourlyTable
from hpo_exp.errors import ConfigError
from hpo_exp.features.calendar import encode_calendar
from hpo_exp.features.gaps import NEVER, fill_gaps, hours_since_known

LAG_NAME = "carga_lag_{hours}h"
"""The notebook's name for the load some hours before a row."""


@dataclass(frozen=True)
class Inputs:
    """Everything forecasts are made of, in raw units, aligned to the table's rows.

    A forecast issued at row *t* reads rows before *t* of `past` and `load`, and any row of
    `calendar`, which runs `horizon` rows beyond the table.

    Attributes:
        index: the table's hours, shape (rows,).
        actual: the load (MW), NaN where it was not measured, shape (rows,).
        load: the load (MW) with its gaps filled, shape (rows,); row *r* is known to forecasts
            issued after row *r* + `delay`.
        past: measured inputs as known at each row, filled, shape (rows, past features).
        calendar: calendar of each hour, shape (rows + horizon, calendar features).
        clock: hour of day by the clocks that people live by, 0 to 23, shape (rows + horizon,).
        past_names, calendar_names: the columns of the two, in order.
        age: hours by which the oldest value of a row of `past` was carried over a gap, shape
            (rows,).
        load_age: the same of `load`.
        lags: hours before the target hour at which the load is a known-ahead input.
        delay: hours by which the load is published late.
        horizon: number of steps.
        row_features: how many of a row's features windows hold: those that were measured come
            first, then the calendar and the lags of the row's own hour.
        absent: optional columns that the table does not have.
    """

    index: pd.DatetimeIndex
    actual: np.ndarray
    load: np.ndarray
    past: np.ndarray
    calendar: np.ndarray
    clock: np.ndarray
    past_names: tuple[str, ...]
    calendar_names: tuple[str, ...]
    age: np.ndarray
    load_age: np.ndarray
    lags: tuple[int, ...]
    delay: int
    horizon: int
    row_features: int
    absent: tuple[str, ...]

    @property
    def lag_names(self) -> tuple[str, ...]:
        """Names of the known-ahead lags, in order."""
        return tuple(LAG_NAME.format(hours=hours) for hours in self.lags)

    @property
    def rows(self) -> int:
        """Number of hours in the table."""
        return len(self.index)


def build_inputs(table: HourlyTable, data: DataConfig, features: FeaturesConfig) -> Inputs:
    """Build the inputs that `features` asks for.

    Raises:
        ConfigError: `features` names a column that the table does not have.
    """
    frame = table.frame
    columns = _measured_columns(frame, features)
    unknown = set(features.publication_delay) - set(frame)
    if unknown:
        raise ConfigError(
            f"features.publication_delay names {min(unknown)}, which the data do not have"
        )
    filled = {name: fill_gaps(frame[name].to_numpy(), data.fill) for name in {TARGET, *columns}}
    ages = {name: hours_since_known(frame[name].to_numpy()) for name in filled}
    delays = features.publication_delay
    past, past_ages = {}, []
    for name, column, lag in [
        *((name, name, 0) for name in columns),
        *((LAG_NAME.format(hours=hours), TARGET, hours) for hours in features.past_lags),
    ]:
        late = lag + delays.get(column, 0)
        past[name] = shift(filled[column], late, np.nan)
        past_ages.append(shift(ages[column], late, NEVER))
    horizon = features.horizon
    hours = pd.date_range(table.index[0], periods=len(frame) + horizon, freq="h")
    civil = civil_hours(hours, table.provenance.utc_offset_hours, data.timezone)
    calendar = encode_calendar(civil, features.calendar, data.states)
    known = calendar.shape[1] + len(features.ahead_lags)
    return Inputs(
        index=table.index,
        actual=frame[TARGET].to_numpy(np.float64),
        load=filled[TARGET],
        past=np.column_stack(list(past.values())),
        calendar=calendar.to_numpy(np.float64),
        clock=civil.hour.to_numpy(),
        past_names=tuple(past),
        calendar_names=tuple(map(str, calendar)),
        age=np.max(past_ages, axis=0),
        load_age=ages[TARGET],
        lags=tuple(features.ahead_lags),
        delay=delays.get(TARGET, 0),
        horizon=horizon,
        row_features=len(past) + (0 if features.past_rows == "measured" else known),
        absent=tuple(name for name in features.optional if name not in frame),
    )


def civil_hours(
    hours: pd.DatetimeIndex, utc_offset_hours: int, timezone: str | None
) -> pd.DatetimeIndex:
    """The hours by people's clocks, zone-less; as they are where there is no zone."""
    if timezone is None:
        return hours
    utc = (hours - pd.Timedelta(hours=utc_offset_hours)).tz_localize("UTC")
    return utc.tz_convert(timezone).tz_localize(None)


def _measured_columns(frame: pd.DataFrame, features: FeaturesConfig) -> list[str]:
    """Columns of the table that the model reads, without repeats."""
    for name in features.past:
        if name not in frame:
            raise ConfigError(
                f"features.past names {name}, which the data do not have; they have "
                f"{', '.join(map(str, frame))}"
            )
    wanted = [*features.past, *(name for name in features.optional if name in frame)]
    return list(dict.fromkeys(wanted))


def shift(values: np.ndarray, hours: int, missing: float) -> np.ndarray:
    """The series `hours` later: row *r* holds what row *r* - `hours` held."""
    if hours == 0:
        return values
    return np.concatenate(
        [np.full(min(hours, len(values)), missing, values.dtype), values[:-hours]]
    )
