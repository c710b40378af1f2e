import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpo_exp.dispatch.program import DispatchError, Limits, commit


def limits(hours: int, minimum: float = 400.0, maximum: float = 1500.0) -> Limits:
    return Limits(np.full(hours, minimum), np.full(hours, maximum))


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
    committed = commit(np.array([load - intermittent]), limits(1))
    assert committed.hydro == pytest.approx([hydro], abs=0.005)
    assert committed.deviation == pytest.approx([deviation], abs=0.005)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-2e4, 6e4), min_size=1, max_size=30))
def test_commit__is_the_demand_cut_to_the_limits(demand: list[float]) -> None:
    """Hours are not coupled, so the optimum is known without a solver."""
    values = np.array(demand)
    committed = commit(values, limits(len(values), 13_210, 44_371))
    assert committed.hydro == pytest.approx(values.clip(13_210, 44_371), abs=1e-6)
    assert committed.deviation == pytest.approx(np.abs(values - committed.hydro), abs=1e-6)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(0, 3_000), min_size=2, max_size=20), st.data())
def test_commit__does_not_depend_on_how_hours_are_cut(
    demand: list[float], data: st.DataObject
) -> None:
    values = np.array(demand)
    cut = data.draw(st.integers(1, len(values) - 1))
    parts = [commit(part, limits(len(part))).hydro for part in (values[:cut], values[cut:])]
    assert np.concatenate(parts) == pytest.approx(commit(values, limits(len(values))).hydro)


def test_commit__refuses_a_minimum_above_the_maximum() -> None:
    crossed = Limits(np.array([400.0, 900.0]), np.array([800.0, 800.0]))
    with pytest.raises(DispatchError, match=r"minimum of 900 MW is above its maximum of 800 MW"):
        commit(np.array([500.0, 500.0]), crossed)


def test_commit__refuses_a_demand_that_is_no_number() -> None:
    with pytest.raises(DispatchError, match="hour 1 of the program is not a number"):
        commit(np.array([500.0, np.nan]), limits(2))
