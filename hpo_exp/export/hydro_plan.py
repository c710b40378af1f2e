"""The dispatch of a forecast: the one place where an answer meets the dispatch's program."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from hpo_exp.config.dispatch import MAX_PROGRAM_HOURS, DispatchConfig
from hpo_exp.dispatch.hours import Need, anywhere
from hpo_exp.dispatch.reserve import share_of_load
from hpo_exp.dispatch.stages import Stages
from hpo_exp.errors import DataError
from hpo_exp.export.forecast import Forecast
from hpo_exp.export.recent_hours import RecentHours
from hpo_exp.features.windows import lag_offsets
from hpo_exp.spans import DAY

_SOLVING = threading.Lock()


class PlanError(DataError):
    """Hydro cannot be committed to what was given."""


@dataclass(frozen=True)
class HydroPlan:
    """Hydro committed hour by hour, each array of shape (hours,).

    Attributes:
        demand_mw: what the other sources leave of the load (MW).
        hydro_mw: hydro committed (MW), within its limits.
        deviation_mwh: demand that it misses (MWh).
        minimum_mw, maximum_mw: hydro's limits.
    """

    demand_mw: np.ndarray
    hydro_mw: np.ndarray
    deviation_mwh: np.ndarray
    minimum_mw: np.ndarray
    maximum_mw: np.ndarray


def plan_hydro(
    case: DispatchConfig,
    load_mw: np.ndarray,
    supply: Mapping[str, np.ndarray],
    restricted: np.ndarray | None,
) -> HydroPlan:
    """Commit hydro to a load forecast.

    Args:
        case: the dispatch case.
        load_mw: the load forecast, shape (hours,), 1 to 48 of them.
        supply: what each of the case's other sources will give (MW), the same shape.
        restricted: hours in which the river asks for its minimum flow, or None for none.

    Raises:
        PlanError: a source is missing or unknown, or an array has another length.
    """
    hours = len(load_mw)
    if not 1 <= hours <= MAX_PROGRAM_HOURS:
        raise PlanError(f"a dispatch is made for 1 to {MAX_PROGRAM_HOURS} hours, not for {hours}")
    unknown = [name for name in supply if name not in case.supply]
    if unknown:
        raise PlanError(
            f"unknown source {unknown[0][:60]!r}: the case {case.case} knows "
            f"{', '.join(case.supply) or 'none'}"
        )
    demand = np.asarray(load_mw, np.float64)
    for name, sign in case.supply.items():
        if name not in supply:
            raise PlanError(f"source {name} is missing: what will it give (MW)?")
        if len(supply[name]) != hours:
            raise PlanError(f"{name} has {len(supply[name])} values for {hours} hours")
        demand = demand - sign * np.asarray(supply[name], np.float64)
    if restricted is not None and len(restricted) != hours:
        raise PlanError(f"restricted has {len(restricted)} values for {hours} hours")
    minimum = np.full(hours, case.hydro.minimum_mw)
    if restricted is not None:
        minimum[np.asarray(restricted, bool)] = case.hydro.restricted_minimum_mw
    maximum = np.full(hours, case.hydro.maximum_mw)
    offered = [np.maximum(np.asarray(supply[name], np.float64), 0) for name in case.curtailable]
    curtailable = np.sum(offered, axis=0) if offered else np.zeros(hours)
    need = Need(demand, curtailable, minimum, maximum)
    reserve = share_of_load(np.asarray(load_mw, np.float64), case.reserve)
    with _SOLVING:
        committed = _stages(case.model_dump_json()).commit(need, anywhere(case), reserve)
    deviation = committed["deficit"] + committed["surplus"]
    return HydroPlan(demand, committed["hydro"], deviation, minimum, maximum)


@lru_cache(maxsize=8)
def _stages(case_json: str) -> Stages:
    """A case's programs, built once; solved by one thread at a time."""
    return Stages(DispatchConfig.model_validate_json(case_json))


def foreseen_supply(
    case: DispatchConfig, hours: RecentHours, forecast: Forecast
) -> dict[str, np.ndarray]:
    """What each source is expected to give (MW): its forecast, or the same hour of the last day.

    Raises:
        PlanError: a source is neither forecast nor known a day before.
    """
    steps = len(forecast.load_mw)
    back = lag_offsets((DAY,), steps, delay=0)[:, 0]
    found = {}
    for name in case.supply:
        if name in forecast.further:
            found[name] = forecast.further[name]
            continue
        if name not in hours.supply:
            raise PlanError(f"source {name} is missing: give supply_mw, or its last {DAY} hours")
        rows = len(hours.supply[name]) + np.arange(steps) - back
        if rows.min() < 0 or np.isnan(values := hours.supply[name][rows]).any():
            raise PlanError(f"{name} is not known at the same hours of the last day")
        found[name] = values
    return found
