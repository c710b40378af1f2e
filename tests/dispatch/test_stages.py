import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpo_exp.config import DispatchConfig
from hpo_exp.dispatch.costs import cost_parts, violation_depths
from hpo_exp.dispatch.hours import Need, anywhere
from hpo_exp.dispatch.operation import Operation, Plan, cut, joined, operate, windows
from hpo_exp.dispatch.reserve import no_reserve
from hpo_exp.dispatch.stages import Stages
from tests.dispatch.cases import (
    foreseen_of,
    hours_from,
    need_of,
    random_need,
    rich_case,
    run,
    share,
)

RESERVOIR = {
    "start_mwh": 9_000, "maximum_mwh": 12_000, "inflow_mw": 800, "end_mwh": 8_000, "end_price": 140,
}  # fmt: skip
CASES = {
    "rich": rich_case(),
    "reservoir": rich_case(hydro={**rich_case().hydro.model_dump(), "reservoir": RESERVOIR}),
    "firm": rich_case(regulation_mw=0, reserve=None, prices={"deficit": 6_000, "surplus": 900,
                      "violation": 6_000}),
    "unbroken": rich_case(reserve=None, prices={**rich_case().prices.model_dump(),
                          "violation": None}),
}  # fmt: skip


def total(case: DispatchConfig, operation: Operation, came: Need) -> float:
    follows = joined(hours_from(len(came.demand)))
    depths = violation_depths(operation, came, follows, case)
    return float(sum(part.sum() for part in cost_parts(operation, depths, case).values()))


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([1, 24]), st.sampled_from(sorted(CASES)))
def test_no_policy__costs_less_than_perfect_foresight(seed: int, hours: int, name: str) -> None:
    case, came = CASES[name], random_need(72, seed)
    operation, perfect = run(case, came, foreseen_of(came, seed), hours, share(came))
    best = total(case, perfect, came)
    assert total(case, operation, came) >= best - 1e-6 * abs(best)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([1, 24]), st.sampled_from(sorted(CASES)))
def test_settlement__breaks_no_limit_it_does_not_pay_for(seed: int, hours: int, name: str) -> None:
    case, came = CASES[name], random_need(72, seed)
    operation, _ = run(case, came, foreseen_of(came, seed), hours, share(came))
    settled, committed = operation.settled, operation.committed
    thermal = sum(settled[f"thermal_{block}"] for block in range(3))
    served = settled["hydro"] + thermal + settled["import"] + settled["deficit"]
    taken = settled["export"] + settled["curtailment"] + settled["surplus"]
    assert served - taken == pytest.approx(came.demand, abs=1e-6)
    assert (settled["hydro"] >= came.minimum - settled["below_minimum"] - 1e-6).all()
    assert (settled["hydro"] <= came.maximum + settled["above_maximum"] + 1e-6).all()
    change = np.diff(settled["hydro"])
    assert case.hydro.ramp_up_mw is not None
    assert case.hydro.ramp_down_mw is not None
    assert (change <= case.hydro.ramp_up_mw + settled["ramp_up_excess"][1:] + 1e-6).all()
    assert (-change <= case.hydro.ramp_down_mw + settled["ramp_down_excess"][1:] + 1e-6).all()
    for number, block in enumerate(case.thermal):
        values = settled[f"thermal_{number}"]
        assert values.min() >= block.minimum_mw - 1e-6
        assert values.max() <= block.maximum_mw + 1e-6
        assert block.ramp_mw is not None
        assert np.abs(np.diff(values)).max() <= block.ramp_mw + 1e-6
    assert (settled["curtailment"] <= came.curtailable + 1e-6).all()
    assert settled["import"] == pytest.approx(committed["import"], abs=1e-6)
    free = case.regulation_mw + operation.kept("up") + settled.get("hydro_up", 0.0)
    assert (settled["hydro"] - committed["hydro"] <= free + 1e-6).all()
    depths = violation_depths(operation, came, joined(hours_from(72)), case)
    if case.prices.violation is not None:
        paid = cost_parts(operation, depths, case)["violations"]
        assert paid == pytest.approx(6_000 * np.sum(list(depths.values()), axis=0))
    elif hours == 1:  # a day may begin where the last one was not to end
        assert not np.any(list(depths.values()))


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 0.3), st.floats(0, 0.3), st.booleans())
def test_more_reserve__never_lowers_the_committed_cost(
    seed: int, one: float, other: float, binding: bool
) -> None:
    case, need, stages = rich_case(), random_need(24, seed), Stages(rich_case())
    costs = []
    for fraction in sorted((one, other)):
        reserve = share(need, fraction)
        stages.commit(need, anywhere(case), type(reserve)(reserve.up, reserve.down, binding))
        costs.append(stages._commitments[24].solver.objective)
    assert costs[1] >= costs[0] - 1e-6 * abs(costs[0])


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([1, 5, 12, 48]))
def test_hours_that_are_not_coupled__may_be_cut_anyhow(seed: int, hours: int) -> None:
    hydro = {**rich_case().hydro.model_dump(), "ramp_up_mw": None, "ramp_down_mw": None,
             "budget": None}  # fmt: skip
    blocks = [block.model_copy(update={"ramp_mw": None}) for block in rich_case().thermal]
    case = rich_case(hydro=hydro, thermal=[block.model_dump() for block in blocks])
    came = random_need(60, seed)
    whole, cut_up = (
        total(case, run(case, came, foreseen_of(came, seed), each, share(came))[0], came)
        for each in (24, hours)
    )
    assert cut_up == pytest.approx(whole, rel=1e-9)


def test_hour_ahead__starts_where_the_last_hour_was_settled() -> None:
    """Demand steps up by more than the ramp: hydro climbs by it hour by hour."""
    case = rich_case(thermal=[], interchange=None, curtailable=[], supply={}, reserve=None)
    came = need_of(np.array([500.0, 1_400, 1_400, 1_400, 1_400]))
    operation, _ = run(case, came, came, 1, no_reserve(5))
    assert operation.settled["hydro"] == pytest.approx([500, 800, 1_100, 1_400, 1_400])
    assert operation.settled["deficit"] == pytest.approx([0, 600, 300, 0, 0])


def test_day_ahead__sees_the_step_and_climbs_before_it() -> None:
    case = rich_case(thermal=[], interchange=None, curtailable=[], supply={}, reserve=None)
    came = need_of(np.array([500.0, 1_000]))
    operation, _ = run(case, came, came, 24, no_reserve(2))
    assert operation.settled["surplus"] == pytest.approx([200, 0])
    assert operation.settled["hydro"] == pytest.approx([700, 1_000])


def test_ramps__begin_anew_after_a_gap() -> None:
    case = rich_case(thermal=[], interchange=None, curtailable=[], supply={}, reserve=None)
    came, times = need_of(np.array([500.0, 1_400])), hours_from(5)[[0, 4]]
    operation = operate(Stages(case), Plan(came, no_reserve(2)), came, times, 1)
    assert operation.settled["deficit"] == pytest.approx([0, 0])


def test_budget__is_a_days_and_begins_anew_at_midnight() -> None:
    hydro = {**rich_case().hydro.model_dump(), "budget": {"mwh": 30_000, "hours": 24, "price": 150}}
    case = rich_case(hydro=hydro, thermal=[], interchange=None, reserve=None)
    came = need_of(np.full(48, 1_400.0))
    for hours in (1, 24):
        operation, _ = run(case, came, came, hours, no_reserve(48))
        overdraft = operation.settled["overdraft"]
        assert overdraft[:24].sum() == pytest.approx(24 * 1_400 - 30_000)
        assert overdraft[24:].sum() == pytest.approx(24 * 1_400 - 30_000)


def test_cut__begins_programs_at_midnight_and_after_gaps() -> None:
    times = hours_from(60)[6:].delete(10)
    assert [part.stop - part.start for part in cut(times, 24)] == [10, 7, 24, 12]
    assert [part.stop - part.start for part in cut(times, 1)] == [1] * 53
    assert [part.stop - part.start for part in windows(times, 24)] == [17, 24, 12]
    assert len(windows(hours_from(24 * 15), 168)) == 3  # from a Monday on
