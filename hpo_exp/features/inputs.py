"""Inputs of every forecast, row by row: what was measured, and what is known ahead."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from hpo_exp.config import DataConfig, FeaturesConfig
from hpo_exp.data.table import TARGET, HourlyTable
from hpo_exp.errors import ConfigError
from hpo_exp.features.calendar import encode_calendar
from hpo_exp.features.gaps import NEVER, fill_gaps, hours_since_known
from hpo_exp.features.weather import weather_ahead
from hpo_exp.spans import DAY

LAG_NAME = "carga_lag_{hours}h"
"""The notebook's name for the load some hours before a row."""

LEAST_DAYS = 28
"""Days of a growing column that have to be known before anything is relative to their mean."""

FURTHER_LAG_NAME = "{column}_lag_{hours}h"
"""The name of any other forecast column some hours before a row."""


@dataclass(frozen=True)
class Series:
    """A column that is forecast.

    Attributes:
        actual: what was measured (MW), NaN where it was not, shape (rows,).
        filled: the same with its gaps filled; row *r* is known to forecasts issued after row
            *r* + `delay`.
        age: hours by which a value of `filled` was carried over a gap, shape (rows,).
        delay: hours by which it is published late.
        level: MW that its values are read and forecast relative to, as known to a forecast issued
            at each row, shape (rows + 1,); 1 for a column that is read as it is.
    """

    actual: np.ndarray
    filled: np.ndarray
    age: np.ndarray
    delay: int
    level: np.ndarray

    @property
    def relative(self) -> np.ndarray:
        """`filled` relative to the level of its row, as windows hold it, shape (rows,)."""
        return self.filled / self.level[:-1]


@dataclass(frozen=True)
class Inputs:
    """Everything forecasts are made of, in raw units, aligned to the table's rows.

    A forecast issued at row *t* reads rows before *t* of `past` and of the `series`, row *t* of
    `weather`, and any row of `calendar`, which runs `horizon` rows beyond the table.

    `actual`, `load`, `load_age` and `delay` are those of the load, which is what most readers
    forecast; in a `view` they are those of another of the columns that are forecast, while all
    that is read stays the same.

    Attributes:
        index: the table's hours, shape (rows,).
        series: the columns that are forecast, the load first.
        target: which of them `actual`, `load`, `load_age` and `delay` are.
        growing: days over whose mean a series is taken, of those that are read relative to it.
        past: measured inputs as known at each row, filled, shape (rows, past features).
        calendar: calendar of each hour, shape (rows + horizon, calendar features).
        weather: weather forecasts of each step, as known to a forecast issued at each row, float32,
            shape (rows + 1, horizon, weather features); NaN where none was out.
        clock: hour of day by the clocks that people live by, 0 to 23, shape (rows + horizon,).
        past_names, calendar_names, weather_names: the columns of the three, in order.
        age: hours by which the oldest value of a row of `past` was carried over a gap, shape
            (rows,).
        lags: hours before the target hour at which every series is a known-ahead input.
        horizon: number of steps.
        row_features: how many of a row's features windows hold: those that were measured come
            first, then the calendar and the lags of the row's own hour. (Weather forecasts are
            none of them: a past hour has as many as there were runs.)
        absent: optional columns that the table does not have.
    """

    index: pd.DatetimeIndex
    series: Mapping[str, Series]
    past: np.ndarray
    calendar: np.ndarray
    weather: np.ndarray
    clock: np.ndarray
    past_names: tuple[str, ...]
    calendar_names: tuple[str, ...]
    weather_names: tuple[str, ...]
    age: np.ndarray
    lags: tuple[int, ...]
    horizon: int
    row_features: int
    absent: tuple[str, ...]
    target: str = TARGET
    growing: Mapping[str, int] = field(default_factory=dict)

    @property
    def actual(self) -> np.ndarray:
        """The load (MW), NaN where it was not measured, shape (rows,)."""
        return self.series[self.target].actual

    @property
    def load(self) -> np.ndarray:
        """The load (MW) with its gaps filled, shape (rows,)."""
        return self.series[self.target].filled

    @property
    def load_age(self) -> np.ndarray:
        """Hours by which a value of `load` was carried over a gap, shape (rows,)."""
        return self.series[self.target].age

    @property
    def relative(self) -> np.ndarray:
        """`load` as windows hold it: relative to its level where it is one that grows."""
        return self.series[self.target].relative

    @property
    def level(self) -> np.ndarray:
        """What a forecast issued at each row is relative to (MW), shape (rows + 1,); 1 for none."""
        return self.series[self.target].level

    @property
    def delay(self) -> int:
        """Hours by which the load is published late."""
        return self.series[self.target].delay

    @property
    def grows(self) -> bool:
        """Whether this view's target is read and forecast relative to a level."""
        return self.target in self.growing

    @property
    def longest_delay(self) -> int:
        """Hours after which a row of every series is known."""
        return max(series.delay for series in self.series.values())

    @property
    def measured(self) -> np.ndarray:
        """Hours in which every series was measured, shape (rows,)."""
        measured = [np.isfinite(series.actual) for series in self.series.values()]
        return np.asarray(np.all(measured, axis=0))

    @property
    def lag_names(self) -> tuple[str, ...]:
        """Names of the known-ahead lags, in order: series by series."""
        return tuple(lag_name(column, hours) for column in self.series for hours in self.lags)

    def view(self, target: str) -> "Inputs":
        """The same inputs, asked for another of the series."""
        return replace(self, target=target)

    @property
    def views(self) -> tuple["Inputs", ...]:
        """One of each series, the load's first."""
        return tuple(self.view(column) for column in self.series)

    def floor(self, rows: slice) -> float:
        """The least that a forecast of this view's target may say (MW).

        It is 0 for generation that was never below that in some rows. A load has no such bound,
        and minus infinity stands for it.
        """
        known = self.actual[rows]
        bounded = self.target != TARGET and not (known < 0).any()  # NaN is not below 0
        return 0.0 if bounded else -np.inf

    @property
    def rows(self) -> int:
        """Number of hours in the table."""
        return len(self.index)


def build_inputs(table: HourlyTable, data: DataConfig, features: FeaturesConfig) -> Inputs:
    """Build the inputs that `features` asks for.

    Raises:
        ConfigError: `features` names a column that the table, or the weather forecasts beside it,
            do not have.
    """
    frame = table.frame
    columns = _measured_columns(frame, features)
    unknown = set(features.publication_delay) - set(frame)
    if unknown:
        raise ConfigError(
            f"features.publication_delay names {min(unknown)}, which the data do not have"
        )
    targets = [TARGET, *features.targets]
    read = dict.fromkeys([*targets, *columns])
    filled = {name: fill_gaps(frame[name].to_numpy(), data.fill) for name in read}
    ages = {name: hours_since_known(frame[name].to_numpy()) for name in filled}
    delays = features.publication_delay
    levels = {name: np.ones(len(frame) + 1) for name in filled}
    for name, days in features.growing.items():
        levels[name] = trailing_level(filled[name], DAY * days, delays.get(name, 0))
        ages[name] = np.where(np.isnan(levels[name][:-1]), NEVER, ages[name])
    past, past_ages = {}, []
    for name, column, lag in [
        *((name, name, 0) for name in columns),
        *((LAG_NAME.format(hours=hours), TARGET, hours) for hours in features.past_lags),
    ]:
        late = lag + delays.get(column, 0)
        past[name] = shift(filled[column] / levels[column][:-1], late, np.nan)
        past_ages.append(shift(ages[column], late, NEVER))
    horizon = features.horizon
    hours = pd.date_range(table.index[0], periods=len(frame) + horizon, freq="h")
    civil = civil_hours(hours, table.provenance.utc_offset_hours, data.timezone)
    calendar = encode_calendar(civil, features.calendar, data.states)
    known = calendar.shape[1] + len(features.ahead_lags) * len(targets)
    return Inputs(
        index=table.index,
        series={
            name: Series(
                actual=frame[name].to_numpy(np.float64),
                filled=filled[name],
                age=ages[name],
                delay=delays.get(name, 0),
                level=levels[name],
            )
            for name in targets
        },
        past=np.column_stack(list(past.values())),
        calendar=calendar.to_numpy(np.float64),
        weather=weather_ahead(table, features.weather_forecasts, horizon),
        clock=civil.hour.to_numpy(),
        past_names=tuple(past),
        calendar_names=tuple(map(str, calendar)),
        weather_names=tuple(features.weather_forecasts),
        age=np.max(past_ages, axis=0),
        lags=tuple(features.ahead_lags),
        horizon=horizon,
        row_features=len(past) + (0 if features.past_rows == "measured" else known),
        absent=tuple(name for name in features.optional if name not in frame),
        growing=dict(features.growing),
    )


def trailing_level(filled: np.ndarray, hours: int, delay: int) -> np.ndarray:
    """Mean of a column over the last hours known at each issue row (MW), shape (rows + 1,).

    It is NaN while fewer than `LEAST_DAYS` are known, and never below 1 MW.

    Args:
        filled: the column (MW), shape (rows,).
        hours: how many of them.
        delay: hours by which it is published late.
    """
    known = pd.Series(filled).rolling(hours, min_periods=DAY * LEAST_DAYS).mean().to_numpy()
    return np.maximum(shift(np.append(known, np.nan), 1 + delay, np.nan), 1.0)


def lag_name(column: str, hours: int) -> str:
    """The name of a forecast column some hours before a row."""
    name = LAG_NAME if column == TARGET else FURTHER_LAG_NAME
    return name.format(column=column, hours=hours)


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
    for setting, names in (("past", features.past), ("targets", features.targets)):
        for name in names:
            if name not in frame:
                raise ConfigError(
                    f"features.{setting} names {name}, which the data do not have; they have "
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
