"""A year of dispatch: the notebook's hour by hour, and a priced case of two stages day by day."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pulp
from settings import configured

from hpo_exp.config import DispatchConfig
from hpo_exp.data.load import load_table
from hpo_exp.dispatch.hours import Need, anywhere
from hpo_exp.dispatch.operation import Plan, operate
from hpo_exp.dispatch.reserve import no_reserve, share_of_load
from hpo_exp.dispatch.stages import Stages

YEAR = "2022"
PROGRAM_HOURS = 48
REPEATS = 3


def measure_dispatch(root: Path) -> dict[str, Any]:
    """Seconds of one core for a year of 8,760 hours of the Southeast's load.

    `cbc_per_hour_seconds`: the notebook's program, built with PuLP and solved by CBC for every
    hour. `year_seconds`: the same hours by programs of 48, built once.
    `two_stage_year_seconds`: a policy of `dispatch=se` committed and settled day by day, with
    ramps, three thermal blocks, reserve and an energy budget.
    """
    overrides = ["data=ons", f"data.root={root}", "study.name=benchmark"]
    notebook = configured(*overrides, "dispatch=seed").dispatch
    southeast = configured(*overrides, "dispatch=se")
    priced = southeast.dispatch
    assert notebook is not None
    assert priced is not None
    frame = pd.DataFrame(load_table(southeast.data).frame.loc[YEAR]).ffill()
    demand = frame["carga_mw_subsistema"].to_numpy()
    small = demand - demand.mean() + 1_000  # at the size of the notebook's plant
    by_hour, theirs = _timed(lambda: _hour_by_hour(small, notebook), repeats=1)
    year, ours = _timed(lambda: _year(small, notebook))
    assert np.allclose(theirs, ours, atol=1e-6)
    two_stages, _ = _timed(lambda: _two_stages(frame, priced))
    return {
        "cbc_per_hour_seconds": by_hour,
        "year_seconds": year,
        "two_stage_year_seconds": two_stages,
        "ratio": by_hour / year,
    }


def _timed(run: Callable[[], Any], repeats: int = REPEATS) -> tuple[float, Any]:
    """Seconds of the fastest of some runs, and what it came to."""
    seconds, result = [], None
    for _ in range(repeats):
        started = time.perf_counter()
        result = run()
        seconds.append(time.perf_counter() - started)
    return min(seconds), result


def _hour_by_hour(demand: np.ndarray, case: DispatchConfig) -> np.ndarray:
    """Hydro (MW), by a program and a process of CBC an hour, as the notebook has it."""
    hydro = []
    for value in demand:
        problem = pulp.LpProblem("hour", pulp.LpMinimize)
        given = pulp.LpVariable("hydro", case.hydro.minimum_mw, case.hydro.maximum_mw)
        over, under = pulp.LpVariable("over", 0), pulp.LpVariable("under", 0)
        problem += over + under
        problem += float(value) - given == over - under
        problem.solve(pulp.PULP_CBC_CMD(msg=False))
        hydro.append(given.value())
    return np.array(hydro)


def _year(demand: np.ndarray, case: DispatchConfig) -> np.ndarray:
    """The same, by programs of many hours that are built once; building them is in the time."""
    stages, parts = Stages(case), []
    limits = (
        np.full(len(demand), case.hydro.minimum_mw),
        np.full(len(demand), case.hydro.maximum_mw),
    )
    need = Need(demand, np.zeros(len(demand)), *limits)
    for start in range(0, len(demand), PROGRAM_HOURS):
        part = need.part(slice(start, min(start + PROGRAM_HOURS, len(demand))))
        values = stages.commit(part, anywhere(case), no_reserve(len(part.demand)))
        parts.append(values["hydro"])
    return np.concatenate(parts)


def _two_stages(frame: pd.DataFrame, case: DispatchConfig) -> None:
    """A year committed on a load that is wrong by 3 %, and settled; building is in the time."""
    load = frame["carga_mw_subsistema"].to_numpy()
    sun = frame["geracao_solar_mw"].to_numpy()
    hours = len(load)
    forecast = load * (1 + 0.03 * np.random.default_rng(0).standard_normal(hours))
    limits = (np.full(hours, case.hydro.minimum_mw), np.full(hours, case.hydro.maximum_mw))
    came, foreseen = (Need(values - sun, sun, *limits) for values in (load, forecast))
    plan = Plan(foreseen, share_of_load(forecast, case.reserve))
    times = frame.index
    assert isinstance(times, pd.DatetimeIndex)
    operate(Stages(case), plan, came, times, program_hours=24)
