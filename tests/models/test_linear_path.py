"""The linear forecast beside the network, against scikit-learn's ridge hour by hour."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from hpo_exp.errors import ConfigError
from hpo_exp.features.inputs import build_inputs
from hpo_exp.features.windows import (
    Windows,
    actual_load,
    feature_matrix,
    reference_load,
    target_rows,
)
from hpo_exp.models.hyperparameters import Hyperparameters
from hpo_exp.models.linear_path import LinearPath, fit_linear_path, linear_terms
from hpo_exp.models.training_set import TrainingSet, prepare
from tests.builders import TEMPERATURE, make_config, plain_data, plain_features, simulate

ISSUES = np.arange(200, 900)
LATER = np.arange(900, 960)


def make_set(half_life_days: float | None = None, **changes: object) -> TrainingSet:
    inputs = build_inputs(simulate(1_000), plain_data(), plain_features(horizon=3))
    values = {"time_steps": 4, "linear": "hourly", "linear_penalty": 2.0, **changes}
    fixed = Hyperparameters.from_config(make_config()).with_values(values, "test")
    fixed = replace(
        fixed, linear_past=("carga_mw_subsistema", TEMPERATURE), half_life_days=half_life_days
    )
    return prepare(inputs, feature_matrix(inputs), slice(0, 900), ISSUES, fixed)


@pytest.mark.parametrize("half_life_days", [None, 5.0])
def test_linear_path__is_a_ridge_regression_of_each_step_and_hour(
    half_life_days: float | None,
) -> None:
    prepared = make_set(half_life_days)
    inputs, windows, linear = prepared.inputs, prepared.windows, prepared.linear
    assert linear is not None
    change = actual_load(inputs, ISSUES) - reference_load(inputs, "last_hour", ISSUES)
    found = linear.forecast(windows, inputs.clock, LATER)
    past, ahead = linear_terms(windows, linear.columns, ISSUES)
    new_past, new_ahead = linear_terms(windows, linear.columns, LATER)
    hours, new_hours = (inputs.clock[target_rows(rows, 3)] for rows in (ISSUES, LATER))
    for step in range(3):
        for hour in (0, 7, 18):
            known, asked = hours[:, step] == hour, new_hours[:, step] == hour
            ridge = Ridge(alpha=2.0).fit(
                np.column_stack([past[known], ahead[known, step]]),
                change[known, step],
                sample_weight=prepared.weights[ISSUES[known]],
            )
            expected = ridge.predict(np.column_stack([new_past[asked], new_ahead[asked, step]]))
            np.testing.assert_allclose(found[asked, step], expected, rtol=1e-4, atol=1e-2)


def test_prepare__leaves_to_the_network_what_is_not_linear() -> None:
    alone, beside = make_set(linear="none"), make_set()
    assert alone.linear is None
    assert (beside.scaling.target_std < alone.scaling.target_std).all()
    nothing = np.zeros((len(LATER), 3))
    expected = reference_load(beside.inputs, "last_hour", LATER) + beside.scaling.target_mean
    assert beside.linear is not None
    expected = expected + beside.linear.forecast(beside.windows, beside.inputs.clock, LATER)
    np.testing.assert_allclose(beside.to_mw(nothing, LATER), expected)


def test_prepare__weighs_windows_by_their_age() -> None:
    prepared = make_set(half_life_days=5.0)
    weights = prepared.weights[ISSUES]
    assert weights.mean() == pytest.approx(1)
    assert weights[-1] / weights[-1 - 5 * 24] == pytest.approx(2, rel=1e-5)


def test_prepare__names_a_column_that_the_linear_forecast_cannot_read() -> None:
    fixed = Hyperparameters.from_config(make_config()).with_values({"linear": "hourly"}, "test")
    inputs = build_inputs(simulate(400), plain_data(), plain_features())
    fixed = replace(fixed, linear_past=("VENTO",), time_steps=4)
    with pytest.raises(ConfigError, match=r"model\.linear_past names VENTO.*features\.past"):
        prepare(inputs, feature_matrix(inputs), slice(0, 350), np.arange(200, 300), fixed)


CLOCK = np.arange(402) % 24
KNOWN = np.arange(10, 300)


def noisy_windows(constant: float = 1.5) -> Windows:
    """Windows of two columns, the second of them constant up to row 300, and nothing ahead."""
    rng = np.random.default_rng(3)
    matrix = np.column_stack([rng.normal(size=400), np.full(400, 1.5)]).astype(np.float32)
    matrix[300:, 1] = constant
    return Windows(
        matrix=matrix,
        calendar=np.zeros((402, 0), np.float32),
        lagged_load=np.zeros((400, 0), np.float32),
        lag_offsets=np.zeros((2, 0), np.int64),
        weather=np.zeros((401, 2, 0), np.float32),
        time_steps=3,
    )


def fitted(columns: tuple[int, ...], issues: np.ndarray, penalty: float) -> LinearPath:
    change = np.random.default_rng(4).normal(50, 10, (400, 2))[issues]
    weights, reads = np.ones(len(issues)), np.ones((1, 3 * len(columns)), bool)
    return fit_linear_path(
        noisy_windows(), columns, reads, CLOCK, issues, change, weights, penalty, shared=False
    )


def test_linear_path__answers_0_at_hours_that_it_never_saw() -> None:
    morning = KNOWN[CLOCK[KNOWN] < 12]  # step 1 is the issue's own hour, step 2 the one after
    answer = fitted((0,), morning, penalty=1.0).forecast(noisy_windows(), CLOCK, KNOWN)
    seen = CLOCK[target_rows(KNOWN, 2)] < [12, 13]
    seen[:, 1] &= CLOCK[KNOWN + 1] > 0  # midnight's window is an evening's at step 2
    np.testing.assert_array_equal(answer != 0, seen)


@pytest.mark.parametrize("penalty", [0.0, 1.0])
def test_linear_path__takes_no_harm_from_a_column_that_is_constant(penalty: float) -> None:
    without, beside = (fitted(columns, KNOWN, penalty) for columns in ((0,), (0, 1)))
    later = np.arange(310, 390)
    expected = without.forecast(noisy_windows(), CLOCK, later)
    # What never moved while it was trained says nothing of what its moves mean.
    for value in (1.5, 40.0):
        found = beside.forecast(noisy_windows(value), CLOCK, later)
        np.testing.assert_allclose(found, expected, rtol=1e-6)
