import numpy as np
import pytest
from sklearn.linear_model import Ridge
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it has no types

from hpo_exp.data.table import TARGET, HourlyTable
from hpo_exp.features.inputs import build_inputs
from hpo_exp.models.baselines import NAMES, Problem, _fit_ridge, forecast_baselines
from hpo_exp.tuning.workspace import build_workspace
from hpo_exp.validation.metrics import rmse
from tests.builders import make_config, make_table, plain_data, plain_features, simulate


def problem(table: HourlyTable, horizon: int, delay: int = 0) -> Problem:
    features = plain_features(
        horizon=horizon, ahead_lags=[24], publication_delay={TARGET: delay}, optional=[]
    )
    inputs = build_inputs(table, plain_data(), features)
    return Problem(inputs, 4, np.arange(200, 500), np.arange(510, 600), seed=0)


def forecast(asked: Problem) -> dict[str, np.ndarray]:
    with threadpool_limits(1):  # threads that wait for a busy processor take minutes
        return forecast_baselines(asked)


def test_forecast_baselines__repeat_the_hour_of_their_name() -> None:
    table = simulate(640)
    load = table.frame[TARGET].to_numpy()
    found = forecast(problem(table, horizon=2, delay=1))
    assert tuple(found) == NAMES
    assert {values.shape for values in found.values()} == {(90, 2)}
    issues = np.arange(510, 600)
    for step in (1, 2):
        target = issues + step - 1
        np.testing.assert_array_equal(found["persistence"][:, step - 1], load[issues - 2])
        np.testing.assert_array_equal(found["seasonal_day"][:, step - 1], load[target - 24])
        np.testing.assert_array_equal(found["seasonal_week"][:, step - 1], load[target - 168])


def test_forecast_baselines__learn_what_the_hour_of_the_week_does() -> None:
    # Load that depends on the hour of the week alone, through levels without any order.
    levels = np.random.default_rng(0).normal(1_000, 100, 168)
    asked = problem(make_table({TARGET: levels[np.arange(640) % 168]}), horizon=1)
    found = forecast(asked)
    actual = asked.inputs.actual[asked.test][:, None]
    error = {name: rmse(actual, values) for name, values in found.items()}
    assert error["seasonal_week"] == 0
    assert error["ridge"] < error["persistence"] / 3
    assert error["gradient_boosting"] < error["persistence"] / 2


def test_ridge__is_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    features = np.column_stack([rng.normal(30_000, 4_000, (300, 3)), np.arange(300) % 168])
    targets = rng.normal(0, 1_000, 300)
    scaled = (features[:, :3] - features[:, :3].mean(axis=0)) / features[:, :3].std(axis=0)
    expanded = np.column_stack([scaled, np.eye(168)[np.arange(300) % 168]])
    expected = Ridge(alpha=1.0).fit(expanded, targets).predict(expanded)
    np.testing.assert_allclose(_fit_ridge(features, targets, 0)(features), expected)


def test_ridge__survives_a_column_that_was_constant_in_training() -> None:
    rng = np.random.default_rng(0)
    train = np.column_stack([rng.normal(size=100), np.full(100, np.float32(20.3)), np.arange(100)])
    test = train + np.array([0, 5, 0])
    predict = _fit_ridge(train, train[:, 0] * 10, 0)
    np.testing.assert_allclose(predict(test), predict(train), atol=100)


def test_forecast_baselines__do_without_load_before_the_first_measured_hour() -> None:
    # Weather from the start, load later: the model may read weather alone, but the fitted
    # baselines predict a change from the last known load.
    table = simulate(1_000, gaps=[(TARGET, 0, 100)])
    config = make_config(
        "features.past=[TEMP_BULB_SECO]",
        "features.reference=none",
        "features.ahead_lags=[]",
        "cv.test_start=2022-03-18",
        "cv.test_end=2022-03-18T23:00",
        "model.time_steps=4",
    )
    workspace = build_workspace(table, config)
    train = workspace.training_issues(workspace.test)
    test = workspace.scored_issues(workspace.test)
    found = forecast(Problem(workspace.inputs, workspace.time_steps, train, test, seed=0))
    assert all(np.isfinite(values).all() for values in found.values())


@pytest.mark.parametrize("name", ["ridge", "gradient_boosting"])
def test_forecast_baselines__are_reproducible(name: str) -> None:
    asked = problem(simulate(640), horizon=1)
    np.testing.assert_array_equal(forecast(asked)[name], forecast(asked)[name])
