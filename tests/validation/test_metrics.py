import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn import metrics as sklearn_metrics

from hpo_exp.validation.metrics import mae, mape, mase, rmse, seasonal_naive_error, skill
from hpo_exp.validation.scoring import score_steps

MEGAWATTS = st.floats(1, 1e5)
PAIRS = st.integers(1, 50).flatmap(
    lambda hours: st.tuples(
        arrays(np.float64, hours, elements=MEGAWATTS), arrays(np.float64, hours, elements=MEGAWATTS)
    )
)


@settings(max_examples=50, deadline=None)
@given(pair=PAIRS)
def test_metrics__agree_with_scikit_learn(pair: tuple[np.ndarray, np.ndarray]) -> None:
    actual, forecast = pair
    expected = (
        sklearn_metrics.root_mean_squared_error(actual, forecast),
        sklearn_metrics.mean_absolute_error(actual, forecast),
        100 * sklearn_metrics.mean_absolute_percentage_error(actual, forecast),
    )
    found = rmse(actual, forecast), mae(actual, forecast), mape(actual, forecast)
    assert found == pytest.approx(expected)


@settings(max_examples=30, deadline=None)
@given(pair=PAIRS, seed=st.integers(0, 99))
def test_metrics__do_not_count_unmeasured_hours(
    pair: tuple[np.ndarray, np.ndarray], seed: int
) -> None:
    actual, forecast = pair
    measured = np.random.default_rng(seed).random(len(actual)) < 0.5
    measured[0] = True
    partly = np.where(measured, actual, math.nan)
    for metric in (rmse, mae, mape):
        assert metric(partly, forecast) == pytest.approx(
            metric(actual[measured], forecast[measured])
        )


@pytest.mark.parametrize("metric", [rmse, mae, mape])
def test_metrics__do_not_pass_over_a_missing_forecast(metric: object) -> None:
    # Or a model could better its score by answering nothing where the load is hard to tell.
    assert callable(metric)
    assert not math.isfinite(metric(np.array([100.0, 100.0]), np.array([100.0, math.nan])))


@pytest.mark.parametrize(
    ("error", "reference", "expected"),
    [
        (50, 100, 0.5),
        (100, 100, 0),
        (150, 100, -0.5),
        (0, 100, 1),
        (0, 0, 0),
        (1, 0, -math.inf),
    ],
)
def test_skill__compares_with_the_reference(
    error: float, reference: float, expected: float
) -> None:
    assert skill(error, reference) == expected


def test_skill__of_nothing_is_nothing() -> None:
    assert math.isnan(skill(math.nan, 100))
    assert math.isnan(skill(100, math.nan))


def test_mase__is_one_for_repeating_the_day_before() -> None:
    load = np.random.default_rng(0).normal(30_000, 5_000, 500)
    assert mase(mae(load[24:], load[:-24]), seasonal_naive_error(load)) == pytest.approx(1)
    load[:3] = math.nan  # the first day is never a target
    assert mase(mae(load[27:], load[3:-24]), seasonal_naive_error(load)) == pytest.approx(1)


def test_mase__of_a_series_that_repeats_itself() -> None:
    error = seasonal_naive_error(np.tile(np.arange(24.0), 3))
    assert (error, mase(0.0, error), mase(1.0, error)) == (0, 0, math.inf)
    assert math.isnan(seasonal_naive_error(np.arange(10.0)))


@settings(max_examples=40, deadline=None)
@given(
    issues=st.integers(1, 30), horizon=st.integers(1, 6), seed=st.integers(0, 999), data=st.data()
)
def test_score_steps__counts_scored_and_measured_forecasts_alone(
    issues: int, horizon: int, seed: int, data: st.DataObject
) -> None:
    rng = np.random.default_rng(seed)
    actual = rng.normal(30_000, 5_000, (issues, horizon))
    forecast = actual + rng.normal(0, 500, actual.shape)
    actual[rng.random(actual.shape) < 0.2] = math.nan
    scored = rng.random(actual.shape) < 0.7
    first = data.draw(st.integers(1, horizon), "first")
    last = data.draw(st.integers(first, horizon), "last")

    errors: dict[int, list[tuple[float, float]]] = {step: [] for step in range(1, horizon + 1)}
    for issue in range(issues):
        for step, found in errors.items():
            truth = actual[issue, step - 1]
            if scored[issue, step - 1] and not math.isnan(truth):
                found.append((forecast[issue, step - 1] - truth, truth))
    chosen = [pair for step in range(first, last + 1) for pair in errors[step]]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # the mean of nothing
        scores = score_steps(actual, forecast, scored, (first, last))
    by_step = [_root_mean_square([error for error, _ in errors[step]]) for step in errors]
    assert scores.rmse_by_step == pytest.approx(by_step, nan_ok=True)
    expected = _root_mean_square([error for error, _ in chosen])
    assert scores.rmse_mw == pytest.approx(expected, nan_ok=True)
    if chosen:
        mean = sum(abs(error) for error, _ in chosen) / len(chosen)
        share = 100 * sum(abs(error / truth) for error, truth in chosen) / len(chosen)
        assert (scores.mae_mw, scores.mape_pct) == pytest.approx((mean, share))


def _root_mean_square(errors: list[float]) -> float:
    return math.sqrt(sum(e * e for e in errors) / len(errors)) if errors else math.nan


def test_score_steps__scores_only_the_steps_asked_for() -> None:
    actual = np.zeros((4, 3)) + 100
    forecast = actual + np.array([1, 10, 100])
    scores = score_steps(actual, forecast, np.ones((4, 3), bool), (2, 2))
    assert (scores.rmse_mw, scores.mae_mw, scores.mape_pct) == (10, 10, 10)
    assert scores.rmse_by_step == (1, 10, 100)


def test_score_steps__leaves_a_step_without_scored_hours_open() -> None:
    # Day-ahead forecasts: the first steps lie before the day that is scored.
    scored = np.array([[False, True]] * 3)
    scores = score_steps(np.full((3, 2), 100.0), np.full((3, 2), 90.0), scored, (1, 2))
    assert math.isnan(scores.rmse_by_step[0])
    assert (scores.rmse_by_step[1], scores.rmse_mw) == (10, 10)
