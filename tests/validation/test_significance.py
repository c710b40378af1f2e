import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lfilter

from hpo_exp.validation.significance import diebold_mariano, rmse_difference_interval


def errors(seed: int, issues: int, steps: int = 1, memory: float = 0.0) -> np.ndarray:
    """Errors (MW) that remember the issue time before."""
    noise = np.random.default_rng(seed).normal(0, 100, (issues + 100, steps))
    return lfilter([1.0], [1.0, -memory], noise, axis=0)[100:]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 999), issues=st.integers(8, 300), steps=st.integers(1, 5))
def test_diebold_mariano__is_antisymmetric_and_knows_no_unit(
    seed: int, issues: int, steps: int
) -> None:
    ours, theirs = errors(seed, issues, steps), 1.1 * errors(seed + 1, issues, steps)
    found, turned = diebold_mariano(ours, theirs, steps), diebold_mariano(theirs, ours, steps)
    assert found.statistic == pytest.approx(-turned.statistic)
    assert found.p_value == pytest.approx(turned.p_value)
    assert found.p_value_one_sided == pytest.approx(1 - turned.p_value_one_sided)
    assert 0 <= found.p_value <= 1
    in_gigawatts = diebold_mariano(ours / 1000, theirs / 1000, steps)
    assert in_gigawatts.statistic == pytest.approx(found.statistic)


@pytest.mark.parametrize(("issues", "memory"), [(365, 0.0), (365, 0.5), (3000, 0.9)])
def test_diebold_mariano__is_rarely_wrong_about_equally_good_forecasts(
    issues: int, memory: float
) -> None:
    rejected = [
        diebold_mariano(errors(seed, issues, 1, memory), errors(~seed & 0xFFFF, issues, 1, memory))
        .p_value < 0.05
        for seed in range(300)
    ]  # fmt: skip
    assert 0.02 <= np.mean(rejected) <= 0.09  # 0.05 but for chance


def test_diebold_mariano__would_be_fooled_by_fewer_lags() -> None:
    # Why the lags go on beyond the horizon: a day's errors are one event, not 24.
    found = []
    for seed in range(100):
        pair = [np.repeat(errors(start + seed, 365)[:, 0], 24) for start in (0, 5000)]
        squared = pair[0] ** 2 - pair[1] ** 2
        independent = squared.mean() / (squared.std() / math.sqrt(len(squared)))
        found.append((abs(independent) > 2, diebold_mariano(pair[0], pair[1]).p_value < 0.05))
    naive, ours = np.mean(found, axis=0)
    assert naive > 0.5
    assert ours <= 0.12


def test_diebold_mariano__finds_a_tenth_less_error_in_a_year_of_hours() -> None:
    common = errors(0, 8760, 1, 0.9)
    better, worse = common + errors(1, 8760), 1.1 * (common + errors(1, 8760))
    found = diebold_mariano(better, worse, 1)
    assert found.statistic < 0
    assert found.p_value_one_sided < 0.001
    assert found.p_value == pytest.approx(2 * found.p_value_one_sided)


def test_diebold_mariano__means_the_mean_squared_error_of_all_steps() -> None:
    # Issue times at the edges of the test period have fewer scored steps.
    ours, theirs = errors(0, 50, 4), errors(1, 50, 4)
    ours[:3, 0] = theirs[:3, 0] = np.nan
    ours[-1], theirs[-1] = np.nan, np.nan
    found = diebold_mariano(ours, theirs, 4)
    assert found.issues == 49
    sign = np.nanmean(ours**2) - np.nanmean(theirs**2)
    assert math.copysign(1, found.statistic) == math.copysign(1, sign)


def test_diebold_mariano__of_forecasts_that_always_differ_alike_has_no_doubt() -> None:
    flat = np.full(100, 5.0)
    assert diebold_mariano(flat, flat).p_value == 1
    found = diebold_mariano(flat, 2 * flat)
    assert (found.statistic, found.p_value) == (-math.inf, 0)


def test_diebold_mariano__says_nothing_about_a_handful_of_hours() -> None:
    assert math.isnan(diebold_mariano(errors(0, 7), errors(1, 7)).p_value)


@pytest.mark.parametrize("steps", [1, 3])
def test_bootstrap__agrees_with_the_test(steps: int) -> None:
    common = errors(0, 2000, steps, 0.8)
    near = common + errors(1, 2000, steps) / 10
    far = 1.2 * common + errors(2, 2000, steps) / 10
    found = rmse_difference_interval(near, far, block=168, seed=0)
    low, high = found.interval_mw
    expected = np.sqrt(np.mean(near**2)) - np.sqrt(np.mean(far**2))
    assert found.difference_mw == pytest.approx(expected)
    assert low < found.difference_mw < high < 0
    assert found.p_value < 0.01
    assert diebold_mariano(near, far).p_value < 0.01
    assert found == rmse_difference_interval(near, far, block=168, seed=0)


def test_bootstrap__covers_what_is_true_as_often_as_it_says() -> None:
    inside = []
    for seed in range(200):
        pair = errors(seed, 1000, 1, 0.5), errors(seed + 10_000, 1000, 1, 0.5)
        low, high = rmse_difference_interval(*pair, block=48, seed=seed).interval_mw
        inside.append(low <= 0 <= high)
    assert 0.88 <= np.mean(inside) <= 0.99


def test_bootstrap__of_a_short_test_period_has_shorter_blocks() -> None:
    # One block of all there is would be resampled as itself, without any doubt.
    found = rmse_difference_interval(errors(0, 135), errors(1, 135), block=168, seed=0)
    assert found.interval_mw[0] < found.difference_mw < found.interval_mw[1]


def test_bootstrap__says_nothing_about_a_handful_of_hours() -> None:
    nothing = np.full((50, 1), np.nan)
    for pair in ((nothing, nothing), (errors(0, 7), errors(1, 7))):
        assert math.isnan(rmse_difference_interval(*pair, block=7, seed=0).p_value)
