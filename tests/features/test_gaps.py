import math
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hpo_exp.features.gaps import NEVER, fill_gaps, hours_since_known

# Longer than two days, so that `day` meets a gap a day after a gap.
SERIES = st.integers(1, 80).flatmap(
    lambda rows: arrays(
        np.float64, rows, elements=st.one_of(st.just(math.nan), st.integers(1, 99).map(float))
    )
)
RULES = pytest.mark.parametrize("rule", ["last", "day"])


def age_slowly(values: list[float]) -> list[int]:
    ages = []
    for row in range(len(values)):
        known = [earlier for earlier in range(row + 1) if not math.isnan(values[earlier])]
        ages.append(row - known[-1] if known else int(NEVER))
    return ages


def fill_slowly(values: list[float], rule: str) -> list[float]:
    filled: list[float] = []
    for row, value in enumerate(values):
        candidates = [value]
        if rule == "day" and row >= 24:
            candidates.append(filled[row - 24])
        if row > 0:
            candidates.append(filled[row - 1])  # itself the last known one, where any is
        filled.append(next((c for c in candidates if not math.isnan(c)), math.nan))
    return filled


@settings(max_examples=60, deadline=None)
@given(values=SERIES)
def test_hours_since_known__counts_back_to_the_last_value(values: np.ndarray) -> None:
    assert hours_since_known(values).tolist() == age_slowly(values.tolist())


@RULES
@settings(max_examples=60, deadline=None)
@given(values=SERIES)
def test_fill_gaps__follows_its_rule(rule: Literal["last", "day"], values: np.ndarray) -> None:
    np.testing.assert_array_equal(fill_gaps(values, rule), fill_slowly(values.tolist(), rule))


@RULES
@settings(max_examples=60, deadline=None)
@given(values=SERIES, data=st.data())
def test_fill_gaps__does_not_look_ahead(
    rule: Literal["last", "day"], values: np.ndarray, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(values)))
    np.testing.assert_array_equal(fill_gaps(values, rule)[:cut], fill_gaps(values[:cut], rule))


@RULES
def test_fill_gaps__leaves_its_argument_alone(rule: Literal["last", "day"]) -> None:
    values = np.array([1.0, math.nan, 3.0])
    fill_gaps(values, rule)
    np.testing.assert_array_equal(values, [1.0, math.nan, 3.0])


def test_fill_gaps__repeats_yesterday_through_a_gap_of_days() -> None:
    values = np.concatenate([np.arange(24.0), np.full(60, math.nan)])
    assert fill_gaps(values, "day").tolist() == [row % 24 for row in range(84)]


def test_never__survives_being_added_to() -> None:
    assert NEVER + 24 * 365 * 100 > NEVER
    assert hours_since_known(np.full(3, math.nan)).tolist() == [NEVER] * 3
