"""From a model's errors on the folds to what the files of a run say of its intervals."""

from typing import Any

import numpy as np
import pytest

from hpo_exp.data.table import TARGET
from hpo_exp.dispatch.policy_names import MODEL
from hpo_exp.features.windows import actual_load, target_rows
from hpo_exp.tuning import evaluation  # pytest would take TestForecast for tests
from hpo_exp.tuning.intervals import judge_intervals, quantile_columns
from hpo_exp.tuning.judgement import judge
from hpo_exp.tuning.workspace import Workspace, build_workspace
from tests.builders import make_config, simulate

Tested = tuple[Workspace, evaluation.TestForecast, evaluation.TestForecast]

NOISE_MW = 100


class Oracle:
    """A model that knows the load but for some noise."""

    def __init__(self, workspace: Workspace) -> None:
        self._inputs = workspace.inputs

    def forecast_all(self, issues: np.ndarray) -> dict[str, np.ndarray]:
        noise = np.random.default_rng(len(issues)).normal(0, NOISE_MW, (len(issues), 2))
        return {TARGET: np.nan_to_num(actual_load(self._inputs, issues) + noise)}


@pytest.fixture(scope="module")
def tested() -> Tested:
    """An experiment and its test forecast, with and without intervals."""
    config = make_config(
        "features.horizon=2",
        "features.calendar=[hour]",
        "features.ahead_lags=[24]",
        "model.time_steps=4",
        "cv.folds=2",
        "cv.validation_hours=720",
        "cv.test_start=2022-05-01",
        "cv.test_end=2022-06-15T23:00",
        "executor=serial",
    )
    workspace = build_workspace(simulate(24 * 140), config)
    model: Any = Oracle(workspace)
    errors = []
    for fold in workspace.folds:
        issues = workspace.scored_issues(fold)
        targets = target_rows(issues, 2)
        missed = actual_load(workspace.inputs, issues) - model.forecast_all(issues)[TARGET]
        errors.append((targets, np.where(fold.scored_targets(targets), missed, np.nan)))
    without, found = (
        evaluation.forecast_test(workspace, {MODEL: model}, given) for given in ((), errors)
    )
    return workspace, found, without


def test_intervals__of_a_model_without_known_errors_are_not_made_up(
    tested: Tested,
) -> None:
    workspace, _, without = tested
    assert without.intervals == {}
    assert judge_intervals(workspace, without) == {}
    assert quantile_columns(without) == {}


def test_intervals__hold_and_are_told_of_in_full(
    tested: Tested,
) -> None:
    workspace, found, _ = tested
    told = judge_intervals(workspace, found)["intervals"]
    assert told["levels"] == [0.05, 0.25, 0.75, 0.95]
    assert 0.88 <= told["coverage"] <= 0.96
    assert 300 < told["width_mw"] < 480  # of noise of 100 MW
    assert [len(told[key]) for key in ("coverage_by_hour", "coverage_by_step")] == [24, 2]
    assert set(told["baselines"]) == {"persistence", "seasonal_day", "seasonal_week", "ridge"}
    assert all(0.8 < each["coverage"] <= 1 for each in told["baselines"].values())
    assert told["pinball_mw"] < told["baselines"]["persistence"]["pinball_mw"]


def test_quantile_columns__rise_around_the_forecast(
    tested: Tested,
) -> None:
    columns = quantile_columns(tested[1])
    assert list(columns) == ["model_q05", "model_q25", "model_q75", "model_q95"]
    assert (np.diff(np.stack(list(columns.values())), axis=0) >= 0).all()


def test_judge__holds_the_model_against_each_baseline(
    tested: Tested,
) -> None:
    workspace, found, _ = tested
    judged = judge(workspace, found, (1, 2))
    assert set(judged["significance"]) == set(judged["baselines"]) == set(found.baselines)
    against = judged["significance"]["seasonal_day"]
    assert against["dm_statistic"] < 0
    assert against["p_value"] < 0.01
    assert against["interval"][0] < against["rmse_difference_mw"] < against["interval"][1] < 0
    model, other = judged["model"], judged["baselines"]["seasonal_day"]
    assert against["rmse_difference_mw"] == pytest.approx(model["rmse_mw"] - other["rmse_mw"])
    assert other["mase"] == pytest.approx(1, abs=0.2)  # the day before, by its own measure


@pytest.mark.parametrize(("hours", "names"), [(720, ["fold 2"]), (360, ["fold 1", "fold 2"])])
def test_interval_folds__are_those_of_the_days_that_are_read(hours: int, names: list[str]) -> None:
    config = make_config(
        "features.horizon=2",
        "intervals.days=20",
        "cv.folds=2",
        f"cv.validation_hours={hours}",
        "cv.test_start=2022-05-01",
        "cv.test_end=2022-05-15T23:00",
    )
    workspace = build_workspace(simulate(24 * 140), config)
    assert [fold.name for fold in workspace.interval_folds] == names
