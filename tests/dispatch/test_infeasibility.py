import numpy as np
import pytest

from hpo_exp.config import DispatchConfig
from hpo_exp.dispatch.hours import Need, Reserve, anywhere
from hpo_exp.dispatch.program import DispatchError
from hpo_exp.dispatch.stages import Stages
from tests.dispatch.cases import RICH, need_of, rich_case, run, share


def hard_case(**hydro: object) -> DispatchConfig:
    """Nothing is broken at a price."""
    prices = {**RICH["prices"], "violation": None}  # type: ignore[dict-item]
    return rich_case(prices=prices, hydro={**RICH["hydro"], **hydro})  # type: ignore[dict-item]


def failure(case: DispatchConfig, need: Need, reserve: Reserve) -> str:
    with pytest.raises(DispatchError) as error:
        Stages(case).commit(need, anywhere(case), reserve)
    return str(error.value)


def test_infeasible__a_minimum_that_rises_faster_than_the_ramp() -> None:
    need = need_of(np.full(24, 900.0))
    need.minimum[10], need.maximum[9] = 1_200, 700
    text = failure(hard_case(), need, share(need, 0.0))
    assert "hydro.ramp_up_mw (hour 10)" in text
    assert "hydro's minimum plus the downward reserve (hour 10)" in text
    assert "hydro's maximum less the upward reserve (hour 9)" in text
    assert "would have one if" in text
    assert "by 200.0" in text


def test_infeasible__a_reserve_that_no_plant_has_room_for() -> None:
    need = need_of(np.full(4, 900.0))
    reserve = share(need, 0.04)
    reserve.up[2] = 1_150
    text = failure(hard_case(), need, reserve)
    assert "the upward reserve" in text
    assert "(hour 2" in text
    assert "hour 1" not in text


def test_infeasible__water_that_the_minimum_uses_up() -> None:
    need = need_of(np.full(24, 900.0))
    text = failure(hard_case(budget={"mwh": 24 * 400 - 30, "hours": 24}), need, share(need, 0.0))
    assert "hydro.budget, hydro's minimum" in text or "and hydro.budget" in text
    assert "by 30.0)" in text


def test_infeasible__a_reservoir_that_cannot_be_full_in_the_end() -> None:
    reservoir = {"start_mwh": 5_000, "maximum_mwh": 9_000, "inflow_mw": 450, "end_mwh": 8_000}
    need = need_of(np.full(24, 900.0))
    text = failure(hard_case(reservoir=reservoir), need, share(need, 0.0))
    assert "the reservoir's end storage" in text


def test_infeasible__says_which_program_it_was() -> None:
    came = need_of(np.full(48, 900.0))
    came.minimum[34], came.maximum[33] = 1_200, 700
    with pytest.raises(
        DispatchError, match=r"hour 10.* \(program of 24 h from 2022-02-08 00:00:00\)"
    ):
        run(hard_case(), came, came, 24, share(came, 0.0))


def test_feasible__where_the_same_is_broken_at_a_price() -> None:
    need = need_of(np.full(24, 900.0))
    need.minimum[10], need.maximum[9] = 1_200, 700
    case = rich_case()
    values = Stages(case).commit(need, anywhere(case), share(need, 0.0))
    assert values["below_minimum"].sum() + values["above_maximum"].sum() + values[
        "ramp_up_excess"
    ].sum() == pytest.approx(200)
