import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpo_exp.validation.intervals import (
    Intervals,
    conformal_rank,
    covered,
    error_grid,
    interval_offsets,
    pinball,
)

LEVELS = (0.05, 0.25, 0.75, 0.95)


def grid_of(rows: int, horizon: int, seed: int = 0) -> np.ndarray:
    """Errors (MW) that are larger at noon and further ahead."""
    noise = np.random.default_rng(seed).normal(0, 100, (rows, horizon))
    noon = 1 + (np.arange(rows) % 24 == 12)[:, None]
    return noise * noon * np.arange(1, horizon + 1)


@pytest.mark.parametrize("count", [1, 5, 19, 20, 39, 60, 500])
@pytest.mark.parametrize("level", [0.005, 0.05, 0.25, 0.5, 0.75, 0.95, 0.995])
def test_conformal_rank__keeps_its_promise_of_a_new_error(level: float, count: int) -> None:
    # A new error falls into each of the count + 1 gaps between sorted errors alike.
    below = (conformal_rank(level, count) + 1) / (count + 1)
    if level > 0.5 and (count + 1) * (1 - level) >= 1:
        assert level <= below + 1e-9 <= level + 1 / (count + 1) + 1e-6
    if level < 0.5 and (count + 1) * level >= 1:
        assert level - 1 / (count + 1) - 1e-9 <= below <= level + 1e-9
    assert 0 <= conformal_rank(level, count) < count


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 99), delay=st.integers(0, 30), issue=st.integers(200, 700),
    horizon=st.integers(1, 30),
)  # fmt: skip
def test_interval_offsets__read_nothing_that_was_not_known(
    seed: int, delay: int, issue: int, horizon: int
) -> None:
    clean = grid_of(900, horizon, seed)
    spoilt = clean.copy()
    spoilt[issue - delay :] = 1e9
    issues = np.array([issue - 50, issue])
    found, other = (interval_offsets(grid, issues, delay, 14, LEVELS) for grid in (clean, spoilt))
    np.testing.assert_array_equal(found, other)
    assert np.isfinite(found).all()


@pytest.mark.parametrize("delay", [0, 5])
def test_interval_offsets__read_up_to_the_newest_known_day(delay: int) -> None:
    # Else a test of what is not read would pass for offsets that read nothing.
    clean = grid_of(900, 25)
    for step in (0, 18, 23, 24):
        newest = 700 + step - 24 * math.ceil((step + 1 + delay) / 24)
        assert 700 - delay - 24 <= newest < 700 - delay
        spoilt = clean.copy()
        spoilt[newest, step] = 1e9
        found = interval_offsets(spoilt, np.array([700]), delay, 30, LEVELS)[0]
        clean_found = interval_offsets(clean, np.array([700]), delay, 30, LEVELS)[0]
        changed = (found != clean_found).any(axis=1)
        assert changed.tolist() == [k == step for k in range(25)]


def test_interval_offsets__cover_what_they_promise_at_each_hour_and_step() -> None:
    horizon, days = 3, 600
    grid = grid_of(24 * days, horizon)
    issues = np.arange(24 * 100, 24 * days - horizon)
    targets = issues[:, None] + np.arange(horizon)
    actual = grid[targets, np.arange(horizon)]  # of forecasts of 0 MW
    found = Intervals(LEVELS, interval_offsets(grid, issues, 0, 60, LEVELS))
    quantiles = found.quantiles(np.zeros_like(actual))
    outer = covered(actual, quantiles[..., 0], quantiles[..., 3])
    inner = covered(actual, quantiles[..., 1], quantiles[..., 2])
    assert found.probability == pytest.approx(0.9)
    assert 0.90 <= outer.mean() <= 0.945  # of 60 errors, ranks can promise 93 %
    assert 0.48 <= inner.mean() <= 0.54
    for hour in (3, 12):
        assert 0.88 <= outer[targets % 24 == hour].mean() <= 0.96
    assert (quantiles[..., 3] - quantiles[..., 0])[:, 2].mean() > 800  # of 300 MW, both sides


def test_interval_offsets__of_few_errors_are_those_of_every_hour() -> None:
    grid = grid_of(24 * 5, 1)  # five days
    found = interval_offsets(grid, np.array([24 * 5]), 0, 60, LEVELS)[0, 0]
    ranked = np.sort(grid[:, 0][np.arange(24 * 5) <= 24 * 4])
    assert found.tolist() == [ranked[conformal_rank(level, 97)] for level in LEVELS]


def test_interval_offsets__of_no_errors_are_open() -> None:
    grid = np.full((100, 2), np.nan)
    assert np.isnan(interval_offsets(grid, np.array([50, 99]), 0, 7, LEVELS)).all()


def test_error_grid__holds_the_last_error_of_each_hour_and_step() -> None:
    early = np.array([[0, 1], [1, 2]]), np.array([[1.0, 2.0], [3.0, np.nan]])
    late = np.array([[1, 2]]), np.array([[5.0, 6.0]])
    expected = [[1, np.nan], [5, 2], [np.nan, 6]]
    np.testing.assert_array_equal(error_grid(3, [early, late]), expected)
    with pytest.raises(ValueError, match="no errors"):
        error_grid(3, [])


@pytest.mark.parametrize("level", [0.05, 0.5, 0.9])
def test_pinball__is_least_at_the_quantile(level: float) -> None:
    actual = np.random.default_rng(0).normal(30_000, 1_000, 5_000)
    actual[:50] = np.nan
    best = np.nanquantile(actual, level)
    least = pinball(actual, np.full(5_000, best), level)
    for other in (best - 100, best + 100):
        assert pinball(actual, np.full(5_000, other), level) > least
    assert pinball(np.array([3.0]), np.array([1.0]), level) == pytest.approx(2 * level)


def test_covered__does_not_count_unmeasured_hours() -> None:
    found = covered(np.array([1.0, 5.0, np.nan]), np.zeros(3), np.full(3, 2.0))
    np.testing.assert_array_equal(found, [1, 0, np.nan])
