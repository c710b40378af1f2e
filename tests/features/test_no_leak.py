"""The future is replaced by nonsense, and nothing that a forecast reads may move by a bit."""

import itertools
import math

import numpy as np
import pytest

from hpo_exp.features.gaps import NEVER
from hpo_exp.features.inputs import Inputs
from hpo_exp.features.readable import readable_issues
from hpo_exp.features.scaling import fit_scaling
from hpo_exp.features.windows import (
    Reference,
    feature_matrix,
    raw_windows,
    reference_load,
    scaled_windows,
)
from tests.builders import inputs_of
from tests.leaks import GAPPY, POISONS, configure, hide, poison

REFERENCES: tuple[Reference, ...] = ("none", "last_hour", "day", "week")
CUTS = [GAPPY["inside a gap"], GAPPY["before a gap"], GAPPY["after a gap"], 700]
TIME_STEPS = 24
FIRST = 2 * 168 + TIME_STEPS + 2  # from here on no lag reaches back before the table


def everything_read(inputs: Inputs, last: int) -> dict[str, np.ndarray]:
    """Collect all that forecasts issued up to row `last` are made of."""
    issues = np.arange(FIRST, last + 1)
    matrix = feature_matrix(inputs)
    scaling = fit_scaling(matrix[: FIRST + 100], inputs.weather[FIRST : FIRST + 100])
    read: dict[str, np.ndarray] = {}
    for name, windows in {
        "raw": raw_windows(inputs, TIME_STEPS),
        "scaled": scaled_windows(inputs, matrix, TIME_STEPS, scaling),
    }.items():
        read |= {f"{name} past": windows.past(issues), f"{name} ahead": windows.ahead(issues)}
    for kind in REFERENCES:
        read[kind] = reference_load(inputs, kind, issues)
        for gap in (0, 3, NEVER - 1):
            read[f"readable {kind} {gap}"] = readable_issues(inputs, TIME_STEPS, [kind], gap)[
                : last + 1
            ]
    return read


def assert_same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> None:
    for name, values in one.items():
        np.testing.assert_array_equal(values, other[name], err_msg=name)


@pytest.mark.parametrize("fill", ["last", "day"])
@pytest.mark.parametrize("delay", [0, 2])
@pytest.mark.parametrize("horizon", [1, 5])
def test_inputs__of_forecasts_do_not_see_what_comes_after(
    horizon: int, delay: int, fill: str
) -> None:
    table, config = configure(horizon, delay, f"data.fill={fill}")
    clean = inputs_of(table, config)
    for cut, value in itertools.product(CUTS, POISONS):
        expected = everything_read(clean, cut)
        assert np.isfinite(expected["raw past"][-1]).all()
        poisoned = inputs_of(poison(table, cut, value), config)
        assert_same(expected, everything_read(poisoned, cut))


@pytest.mark.parametrize("fill", ["last", "day"])
@pytest.mark.parametrize("delay", [0, 2, 30])
@pytest.mark.parametrize("horizon", [1, 5])
def test_inputs__of_forecasts_do_not_see_what_is_not_published(
    horizon: int, delay: int, fill: str
) -> None:
    table, config = configure(horizon, delay, f"data.fill={fill}")
    clean = inputs_of(table, config)
    for issue, value in itertools.product(CUTS, POISONS):
        hidden = inputs_of(hide(table, issue, value, config), config)
        assert_same(everything_read(clean, issue), everything_read(hidden, issue))


def test_inputs__see_all_that_is_published() -> None:
    # Without this, a window that is empty or too old would pass for one that does not leak.
    table, config = configure(horizon=1, delay=2)
    clean, issue = inputs_of(table, config), 700
    changed = inputs_of(poison(table, issue - 1 - 2, 1e9), config)
    last = np.array([issue])
    assert raw_windows(changed, TIME_STEPS).past(last)[0, -1, 0] == pytest.approx(1e9)
    assert reference_load(changed, "last_hour", last)[0, 0] == 1e9
    assert raw_windows(clean, TIME_STEPS).past(last)[0, -1, 0] < 1e6


def test_readable_issues__do_not_depend_on_targets() -> None:
    table, config = configure(horizon=5, delay=0)
    last = len(table.index)
    flags = readable_issues(inputs_of(table, config), TIME_STEPS, REFERENCES, 3)
    blind = inputs_of(poison(table, last - 1, math.nan), config)
    np.testing.assert_array_equal(
        flags[:last], readable_issues(blind, TIME_STEPS, REFERENCES, 3)[:last]
    )
    assert flags[last - 1]
