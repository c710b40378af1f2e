"""The hours a dispatch is evaluated on: what came, and what was foreseen beside the load."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from hpo_exp.config import DispatchConfig
from hpo_exp.data.table import TARGET, HourlyTable
from hpo_exp.dispatch.hours import Need
from hpo_exp.errors import ConfigError, DataError
from hpo_exp.features.gaps import fill_gaps
from hpo_exp.features.windows import lag_offsets
from hpo_exp.spans import DAY

RESTRICTION = "restricao_vazao"


@dataclass(frozen=True)
class Limits:
    """What hydro may give in each hour (MW), shape (hours,)."""

    minimum: np.ndarray
    maximum: np.ndarray


@dataclass(frozen=True)
class Period:
    """Hours of dispatch, each committed on a forecast issued earlier.

    Attributes:
        times: the hours, shape (hours,).
        steps: step of the forecast that each is committed on, shape (hours,).
        load: load that came (MW), shape (hours,).
        supply: what each other source gave (MW), column to shape (hours,).
        supply_forecast: what is foreseen of it where nobody forecasts it; see `_foresee`.
        signs: +1 where a source serves the load, -1 where it takes from it (export).
        curtailable: which of the sources can be turned off.
        limits: hydro's limits.
        realised_hydro: what hydro really gave (MW), or None where the data do not say.
        filled_hours: hours in which a source was not measured and was filled, by column.
        delay: hours until the last of the load and the sources is published.
    """

    times: pd.DatetimeIndex
    steps: np.ndarray
    load: np.ndarray
    supply: dict[str, np.ndarray]
    supply_forecast: dict[str, np.ndarray]
    signs: dict[str, int]
    curtailable: tuple[str, ...]
    limits: Limits
    realised_hydro: np.ndarray | None
    filled_hours: dict[str, int]
    delay: int = 0

    def left_over(self, load: np.ndarray, supply: dict[str, np.ndarray]) -> np.ndarray:
        """Demand left for what can be dispatched (MW): a load less what the sources give."""
        return load - sum(self.signs[name] * values for name, values in supply.items())

    @property
    def demand(self) -> np.ndarray:
        """Demand that was really left (MW), shape (hours,)."""
        return self.left_over(self.load, self.supply)

    @property
    def need(self) -> Need:
        """The hours as they came."""
        return self._need(self.load, self.supply)

    def foreseen(self, load: np.ndarray, supply: dict[str, np.ndarray]) -> Need:
        """The hours as a forecast of the load and of some sources (MW) foresees them."""
        return self._need(load, {**self.supply_forecast, **supply})

    @property
    def days_known(self) -> int:
        """Days back to the last one whose every hour was known when forecasts were issued."""
        return -(-(int(self.steps.max()) + self.delay) // DAY)

    def _need(self, load: np.ndarray, supply: dict[str, np.ndarray]) -> Need:
        offered = [np.maximum(supply[name], 0.0) for name in self.curtailable]
        return Need(
            demand=self.left_over(load, supply),
            curtailable=np.sum(offered, axis=0) if offered else np.zeros(len(load)),
            minimum=self.limits.minimum,
            maximum=self.limits.maximum,
        )


def build_period(
    table: HourlyTable,
    config: DispatchConfig,
    rows: np.ndarray,
    steps: np.ndarray,
    delays: Mapping[str, int],
) -> Period:
    """Gather the hours to dispatch.

    Args:
        table: the hourly table.
        config: the dispatch case.
        rows: the hours' rows in the table, shape (hours,); the load is measured in each.
        steps: step of the forecast that each hour is committed on, shape (hours,).
        delays: hours from the end of an hour to its publication, by column; 0 where none is given.

    Raises:
        ConfigError: the data lack a column that the case needs.
        DataError: a source has no value before some hour.
    """
    check_supply(table, config)
    frame = table.frame
    supply, foreseen, filled = {}, {}, {}
    for name in config.supply:
        delay = delays.get(name, 0)
        back = lag_offsets((DAY,), int(steps.max()), delay)[steps - 1, 0]
        measured = frame[name].to_numpy()
        values = fill_gaps(measured, "day")
        supply[name] = values[rows]
        moves = steps <= config.supply_trend_steps
        foreseen[name] = _foresee(values, rows, steps + delay, back, moves)
        if name in config.curtailable:  # wind and sun never take from the load
            foreseen[name] = np.maximum(foreseen[name], 0.0)
        filled[name] = int(np.isnan(measured[rows]).sum())
        unknown = np.isnan(foreseen[name]) | (rows < back) | np.isnan(supply[name])
        if unknown.any():
            hour = table.index[rows[int(unknown.argmax())]]
            raise DataError(f"{name} has no value a day before {hour}: begin the data earlier")
    return Period(
        times=table.index[rows],
        steps=steps,
        load=frame[TARGET].to_numpy()[rows],
        supply=supply,
        supply_forecast=foreseen,
        signs=dict(config.supply),
        curtailable=tuple(config.curtailable),
        limits=_limits(frame.iloc[rows], config),
        realised_hydro=_realised(frame.iloc[rows], config),
        filled_hours=filled,
        delay=max(delays.get(name, 0) for name in (TARGET, *config.supply)),
    )


def _foresee(
    values: np.ndarray, rows: np.ndarray, known: np.ndarray, back: np.ndarray, moves: np.ndarray
) -> np.ndarray:
    """A source as foreseen from its own past (MW), shape (hours,).

    Args:
        values: the source, filled (MW), shape (table rows,).
        rows: the hours' rows.
        known: rows back to the last value known when the hour's forecast is issued.
        back: rows back to the same hour of the last day known.
        moves: flags of the hours for which the last known value moves on as it did that day.
    """
    day_before = values[rows - back]
    near = moves & (rows >= back + known)
    moved = values[rows - known] + day_before - values[rows - known - back]
    return np.where(near, moved, day_before)


def check_supply(table: HourlyTable, config: DispatchConfig) -> None:
    """Make sure that the data have the columns a case needs.

    Raises:
        ConfigError: one is not there.
    """
    for name in config.supply:
        if name not in table.frame:
            raise ConfigError(
                f"dispatch={config.case} needs {name}, which the data do not have: choose another "
                f"dispatch, change dispatch.supply, or dispatch=none"
            )


def _limits(frame: pd.DataFrame, config: DispatchConfig) -> Limits:
    """Hydro's limits: the minimum is higher in hours that the river's restriction asks for it."""
    hydro = config.hydro
    minimum = np.full(len(frame), hydro.minimum_mw)
    if RESTRICTION in frame:
        minimum[frame[RESTRICTION].to_numpy() > 0] = hydro.restricted_minimum_mw
    return Limits(minimum=minimum, maximum=np.full(len(frame), hydro.maximum_mw))


def _realised(frame: pd.DataFrame, config: DispatchConfig) -> np.ndarray | None:
    name = config.hydro.realised
    return None if name is None or name not in frame else frame[name].to_numpy()
