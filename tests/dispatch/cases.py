"""Dispatch cases and random hours that tests of several modules share."""

import numpy as np
import pandas as pd

from hpo_exp.config import DispatchConfig
from hpo_exp.dispatch.hours import Need, Reserve
from hpo_exp.dispatch.operation import Operation, Plan, foresee, operate
from hpo_exp.dispatch.stages import Stages
from tests.builders import make_config

# A plant of every term, small enough to reason about.
RICH = {
    "case": "rich",
    "unit": "R$",
    "supply": {"geracao_eolica_mw": 1},
    "curtailable": ["geracao_eolica_mw"],
    "hydro": {
        "minimum_mw": 400,
        "restricted_minimum_mw": 500,
        "maximum_mw": 1500,
        "realised": None,
        "ramp_up_mw": 300,
        "ramp_down_mw": 350,
        "price": 90,
        "budget": {"mwh": 24_000, "hours": 24, "price": 150},
    },
    "thermal": [
        {"minimum_mw": 50, "maximum_mw": 200, "price": 60, "ramp_mw": 60},
        {"maximum_mw": 250, "price": 200, "ramp_mw": 80},
        {"maximum_mw": 300, "price": 600, "ramp_mw": 120},
    ],
    "interchange": {"import_mw": 200, "export_mw": 150, "import_price": 300, "export_price": 20},
    "reserve": {"share": 0.04, "price": 9, "hedge_days": None},
    "regulation_mw": 10,
    "prices": {
        "deficit": 6_000,
        "surplus": 1_000,
        "curtailment": 30,
        "balancing_up": 50,
        "balancing_down": 45,
        "violation": 6_000,
    },
    "threshold_rule": {
        "load_above_mw": 1_000, "minimum_mw": 500, "extra_mw": 300, "capacity_mw": 1_200,
    },
}  # fmt: skip


def rich_case(**changes: object) -> DispatchConfig:
    """A case with every term, but for changes."""
    return DispatchConfig.model_validate({**RICH, **changes})


def configured_case(name: str) -> DispatchConfig:
    """A case of `conf/dispatch`."""
    case = make_config(f"dispatch={name}").dispatch
    assert case is not None
    return case


def need_of(demand: np.ndarray, minimum: float = 400.0, maximum: float = 1500.0) -> Need:
    """Hours without anything to turn off."""
    limits = [np.full(len(demand), value) for value in (minimum, maximum)]
    return Need(demand, np.zeros(len(demand)), *limits)


def random_need(hours: int, seed: int) -> Need:
    """Hours whose demand goes beyond all that can be dispatched now and then, both ways."""
    random = np.random.default_rng(seed)
    shape = 1_100 + 500 * np.sin(np.arange(hours) / 24 * 2 * np.pi + random.random())
    wind = 300 * random.random(hours)
    demand = shape + 250 * random.standard_normal(hours) - wind
    minimum = np.where(random.random(hours) < 0.1, 500.0, 400.0)
    return Need(demand, wind, minimum, np.full(hours, 1_500.0))


def foreseen_of(came: Need, seed: int, error: float = 120.0) -> Need:
    """What a forecast with errors of so many MW foresees."""
    random = np.random.default_rng(seed + 1)
    missed = error * random.standard_normal(len(came.demand))
    return Need(came.demand + missed, came.curtailable, came.minimum, came.maximum)


def share(need: Need, fraction: float = 0.04) -> Reserve:
    """Binding reserve of a fraction of 1,000 MW."""
    size = np.full(len(need.demand), 1_000 * fraction)
    return Reserve(size, size, binding=True)


def hours_from(count: int) -> pd.DatetimeIndex:
    """So many hours from a Monday's midnight."""
    return pd.date_range("2022-02-07", periods=count, freq="h")


def run(
    case: DispatchConfig, came: Need, foreseen: Need, program_hours: int, reserve: Reserve
) -> tuple[Operation, Operation]:
    """A policy's hours, and those of perfect foresight."""
    times, stages = hours_from(len(came.demand)), Stages(case)
    operation = operate(stages, Plan(foreseen, reserve), came, times, program_hours)
    return operation, foresee(stages, came, times)
