import numpy as np
import pytest
from sklearn.linear_model import Ridge

from hpo_exp.data.table import TARGET, HourlyTable
from hpo_exp.features.inputs import Inputs, build_inputs
from hpo_exp.features.windows import Reference, actual_load, raw_windows
from hpo_exp.models.baselines import Problem, forecast_naive, tree_features
from hpo_exp.models.lightgbm_steps import BoosterCurve, BoosterSettings, BoosterStep
from hpo_exp.models.regressions import RegressionStep, fit_ridge
from hpo_exp.tuning.workspace import build_workspace
from hpo_exp.validation.metrics import rmse
from tests.builders import make_config, make_table, plain_data, plain_features, simulate
from tests.models.every_baseline import SETTINGS, forecast_all


def problem(table: HourlyTable, horizon: int, delay: int = 0) -> Problem:
    features = plain_features(
        horizon=horizon, ahead_lags=[24], publication_delay={TARGET: delay}, optional=[]
    )
    inputs = build_inputs(table, plain_data(), features)
    return make_problem(inputs, np.arange(200, 500), np.arange(510, 600))


def make_problem(inputs: Inputs, train: np.ndarray, test: np.ndarray) -> Problem:
    scored = np.ones((len(test), inputs.horizon), bool)
    return Problem(inputs, 4, train, test, scored, seed=0)


def test_baselines__repeat_the_hour_of_their_name() -> None:
    table = simulate(640)
    load = table.frame[TARGET].to_numpy()
    found = forecast_naive(problem(table, horizon=2, delay=1))
    assert tuple(found) == ("persistence", "seasonal_day", "seasonal_week")
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
    found = forecast_all(asked)
    actual = asked.inputs.actual[asked.test][:, None]
    error = {name: rmse(actual, values) for name, values in found.items()}
    assert error["seasonal_week"] == 0
    assert error["ridge"] < error["persistence"] / 3
    assert error["gradient_boosting"] < error["persistence"] / 2
    assert error["lightgbm"] < error["persistence"] / 2


def test_tree_features__tell_loads_by_their_distance_from_the_last_known_one() -> None:
    # A load that is higher by 5 GW throughout looks the same, but for the level beside it.
    table = simulate(640)
    higher = make_table(
        {TARGET: table.frame[TARGET].to_numpy() + 5_000}
        | {str(name): table.frame[name].to_numpy() for name in table.frame if name != TARGET}
    )
    found, other = (
        tree_features(asked.inputs, raw_windows(asked.inputs, asked.time_steps), asked.test, step=1)
        for asked in (problem(each, horizon=2, delay=1) for each in (table, higher))
    )
    changed = np.abs(found - other).max(axis=0) > 0.01  # float32 holds a load to 0.004 MW
    assert changed.sum() == 1
    level = found[:, changed.argmax()]
    np.testing.assert_allclose(
        level, table.frame[TARGET].to_numpy()[np.arange(508, 598)], rtol=1e-6
    )


def test_ridge__is_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    features = np.column_stack([rng.normal(30_000, 4_000, (300, 3)), np.arange(300) % 168])
    targets = rng.normal(0, 1_000, 300)
    scaled = (features[:, :3] - features[:, :3].mean(axis=0)) / features[:, :3].std(axis=0)
    expanded = np.column_stack([scaled, np.eye(168)[np.arange(300) % 168]])
    expected = Ridge(alpha=1.0).fit(expanded, targets).predict(expanded)
    np.testing.assert_allclose(fit_ridge(features, targets)(features), expected)


def test_ridge__survives_a_column_that_was_constant_in_training() -> None:
    rng = np.random.default_rng(0)
    train = np.column_stack([rng.normal(size=100), np.full(100, np.float32(20.3)), np.arange(100)])
    test = train + np.array([0, 5, 0])
    predict = fit_ridge(train, train[:, 0] * 10)
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
    found = forecast_all(make_problem(workspace.inputs, train, test))
    assert all(np.isfinite(values).all() for values in found.values())


@pytest.mark.parametrize(
    "task",
    [
        *(RegressionStep(0, 0, name) for name in ("ridge", "gradient_boosting")),
        BoosterStep(0, 0, SETTINGS),
        BoosterCurve(0, 0, SETTINGS),
    ],
)
def test_baselines__are_reproducible(task: RegressionStep | BoosterStep | BoosterCurve) -> None:
    asked = [problem(simulate(640), horizon=1)]
    np.testing.assert_array_equal(task.run(asked), task.run(asked))


@pytest.mark.parametrize("reference", ["last_hour", "day", "week"])
def test_booster_curve__is_the_error_of_the_forecast_after_each_round(reference: Reference) -> None:
    table = simulate(640, gaps=[(TARGET, 550, 553)])
    asked = problem(table, horizon=2)
    asked.scored[:10] = False
    curve = BoosterCurve(0, 1, BoosterSettings({"num_leaves": 8}, reference, 40)).run([asked])
    assert curve.shape == (40,)
    for rounds in (1, 25, 40):
        settings = BoosterSettings({"num_leaves": 8}, reference, rounds)
        found = BoosterStep(0, 1, settings).run([asked])
        actual = actual_load(asked.inputs, asked.test)[:, 1]
        assert np.isnan(actual).any()
        expected = np.nanmean((found - actual)[10:] ** 2)
        assert curve[rounds - 1] == pytest.approx(expected, rel=1e-4)
