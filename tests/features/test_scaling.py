import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpo_exp.features.scaling import fit_scaling, fit_target_scaling

NO_WEATHER = np.empty((1, 1, 0))


@pytest.mark.parametrize("constant", [0.0, 60.0, 0.1, 25_000.7, -1e9])
@settings(max_examples=10, deadline=None)
@given(rows=st.integers(1, 3_000))
def test_fit_scaling__turns_a_constant_column_into_zeros(constant: float, rows: int) -> None:
    # A mean of many equal numbers may be off by rounding, which must not be divided by itself.
    column = np.full((rows, 1), constant)
    scaling = fit_target_scaling(fit_scaling(column, NO_WEATHER), column)
    np.testing.assert_allclose((column - scaling.mean) / scaling.std, 0, atol=1e-5)
    assert (constant - scaling.target_mean) / scaling.target_std == pytest.approx(0, abs=1e-5)


def test_fit_scaling__brings_columns_and_target_to_order_1() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal([30_000, 20, 0.5], [4_000, 6, 1e-3], (500, 3))
    targets = rng.normal(50, [100, 300, 500, 700, 900], (400, 5))
    scaling = fit_target_scaling(fit_scaling(features, NO_WEATHER), targets)
    scaled = (features - scaling.mean) / scaling.std
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(scaled.std(axis=0), 1)
    # Each step has its own, or late steps, which err more, would be all that is learnt.
    np.testing.assert_allclose(scaling.target_mean, targets.mean(axis=0))
    np.testing.assert_allclose(scaling.target_std, targets.std(axis=0))


def test_fit_scaling__does_not_count_missing_values() -> None:
    features = np.array([[1.0, math.nan], [3.0, 10.0], [math.nan, 30.0]])
    targets = np.array([[math.nan, 2.0], [4.0, math.nan], [6.0, 6.0]])
    scaling = fit_target_scaling(fit_scaling(features, NO_WEATHER), targets)
    np.testing.assert_array_equal(scaling.mean, [2, 20])
    np.testing.assert_array_equal(scaling.std, [1, 10])
    np.testing.assert_array_equal(scaling.target_mean, [5, 4])
    np.testing.assert_array_equal(scaling.target_std, [1, 2])


def test_fit_scaling__puts_weather_forecasts_last_with_one_scale_for_all_steps() -> None:
    rng = np.random.default_rng(0)
    weather = rng.normal([20, 70], [5, 9], (300, 24, 2)).astype(np.float32)
    scaling = fit_scaling(rng.normal(0, 1, (50, 3)), weather)
    assert scaling.mean.shape == scaling.std.shape == (5,)
    np.testing.assert_allclose(scaling.mean[3:], weather.mean(axis=(0, 1)), rtol=1e-5)
    np.testing.assert_allclose(scaling.std[3:], weather.std(axis=(0, 1)), rtol=1e-5)
