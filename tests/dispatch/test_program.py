import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpo_exp.config import DispatchConfig
from hpo_exp.dispatch.hours import anywhere
from hpo_exp.dispatch.program import DispatchError
from hpo_exp.dispatch.reserve import no_reserve
from hpo_exp.dispatch.solver import solve_with_cbc
from hpo_exp.dispatch.stages import Stages, build_commitment
from tests.dispatch.cases import configured_case, need_of, random_need, rich_case, share

NOTEBOOK = configured_case("seed")


def commit(
    demand: np.ndarray, minimum: float = 400.0, maximum: float = 1500.0
) -> dict[str, np.ndarray]:
    need = need_of(demand, minimum, maximum)
    return Stages(NOTEBOOK).commit(need, anywhere(NOTEBOOK), no_reserve(len(demand)))


@pytest.mark.parametrize(
    ("load", "intermittent", "hydro", "deviation"),
    [
        (25_700.21, 24_500.0, 1_200.21, 0.0),  # the notebook's two examples, to the cent
        (25_800.0, 24_600.0, 1_200.0, 0.0),
        (24_700.0, 24_500.0, 400.0, 200.0),
        (26_500.0, 24_500.0, 1_500.0, 500.0),
    ],
)
def test_commit__gives_the_notebooks_dispatch(
    load: float, intermittent: float, hydro: float, deviation: float
) -> None:
    committed = commit(np.array([load - intermittent]))
    assert committed["hydro"] == pytest.approx([hydro], abs=0.005)
    assert committed["deficit"] + committed["surplus"] == pytest.approx([deviation], abs=0.005)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-2e4, 6e4), min_size=1, max_size=30))
def test_commit__is_the_demand_cut_to_the_limits(demand: list[float]) -> None:
    """Hours are not coupled, so the optimum is known without a solver."""
    values = np.array(demand)
    committed = commit(values, 13_186, 44_371)
    assert committed["hydro"] == pytest.approx(values.clip(13_186, 44_371), abs=1e-6)
    deviation = committed["deficit"] + committed["surplus"]
    assert deviation == pytest.approx(np.abs(values - committed["hydro"]), abs=1e-6)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(0, 3_000), min_size=2, max_size=20), st.data())
def test_commit__does_not_depend_on_how_hours_are_cut(
    demand: list[float], data: st.DataObject
) -> None:
    values = np.array(demand)
    cut = data.draw(st.integers(1, len(values) - 1))
    parts = [commit(part)["hydro"] for part in (values[:cut], values[cut:])]
    assert np.concatenate(parts) == pytest.approx(commit(values)["hydro"])


def test_commit__refuses_a_minimum_above_the_maximum() -> None:
    with pytest.raises(DispatchError, match=r"minimum of 900 MW is above its maximum of 800 MW"):
        commit(np.array([500.0, 500.0]), 900, 800)


def test_commit__refuses_a_demand_that_is_no_number() -> None:
    with pytest.raises(DispatchError, match="hour 1 of the program is not a number"):
        commit(np.array([500.0, np.nan]))


def test_solver__solved_again_equals_a_program_built_afresh() -> None:
    case, used = rich_case(), Stages(rich_case())
    for seed in range(6):
        need = random_need(24, seed)
        again = used.commit(need, anywhere(case), share(need))
        afresh = Stages(case).commit(need, anywhere(case), share(need))
        assert _cost(case, again) == pytest.approx(_cost(case, afresh), rel=1e-9)


@pytest.mark.slow
def test_highs_and_cbc__agree_on_200_random_cases() -> None:
    random = np.random.default_rng(0)
    for seed in range(200):
        hours = int(random.integers(1, 49))
        case = _random_case(random)
        program = build_commitment(case, hours)
        stages = Stages(case)
        stages._commitments[hours] = stages._stage(program)
        need = random_need(hours, seed)
        stages.commit(need, anywhere(case), share(need, random.random() / 10))
        stage = stages._commitments[hours]
        values, cost = solve_with_cbc(program, stage.numbers)
        assert stage.solver.objective == pytest.approx(cost, rel=1e-6), seed
        assert set(values) == set(program.columns)


def test_solver__that_runs_out_of_time_is_an_error() -> None:
    case = rich_case(solver_seconds=1e-9)
    need = random_need(48, 0)
    with pytest.raises(DispatchError, match="found no solution within 1e-09 s"):
        Stages(case).commit(need, anywhere(case), share(need))


def test_solver__counts_time_anew_for_each_solution() -> None:
    case = rich_case(solver_seconds=0.2)
    stages, need = Stages(case), random_need(24, 0)
    started = time.monotonic()
    while time.monotonic() - started < 0.5:
        stages.commit(need, anywhere(case), share(need))


def _cost(case: DispatchConfig, values: dict[str, np.ndarray]) -> float:
    program = build_commitment(case, len(values["hydro"]))
    prices = {v.name: p for v, p in program.problem.objective.items()}
    flat = np.concatenate([values[kind] for kind in program.columns])
    return float(sum(p * flat[int(name[:7])] for name, p in prices.items()))


def _random_case(random: np.random.Generator) -> DispatchConfig:
    """Any of the terms, with any prices."""
    changes: dict[str, object] = {}
    hydro = dict(rich_case().hydro.model_dump())
    for term in ("ramp_up_mw", "ramp_down_mw", "budget"):
        if random.random() < 0.3:
            hydro[term] = None
    if random.random() < 0.4:
        hydro["reservoir"] = {
            "start_mwh": 9_000, "maximum_mwh": 20_000, "inflow_mw": 900 * random.random(),
            "end_mwh": 8_000, "end_price": 120 * random.random() + 1,
        }  # fmt: skip
    hydro["price"] = 300 * random.random()
    changes["hydro"] = hydro
    for term in ("thermal", "interchange", "reserve"):
        if random.random() < 0.3:
            changes[term] = [] if term == "thermal" else None
    return rich_case(**changes)
