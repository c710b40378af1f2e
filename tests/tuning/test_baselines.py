import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from hpo_exp.config import LightGbmConfig
from hpo_exp.errors import ConfigError
from hpo_exp.models.baselines import FITTED, LIGHTGBM, NAIVE
from hpo_exp.tuning.baselines import _tuned_steps, forecast_baselines
from hpo_exp.tuning.lightgbm_search import Course, check_installed, tune_lightgbm
from hpo_exp.tuning.workspace import Workspace, build_workspace
from tests.builders import make_config, simulate

LIGHT = {
    "trials": 5,
    "seconds": None,
    "rounds": 20,
    "tuned_steps": 1,
    "search": {"num_leaves": {"type": "int", "low": 2, "high": 30}},
}


def workspace(*overrides: str) -> Workspace:
    config = make_config(
        "features.horizon=2",
        "features.calendar=[hour]",
        "features.ahead_lags=[24]",
        "model.time_steps=4",
        "cv.folds=2",
        "cv.test_start=2022-03-05",
        "cv.test_end=2022-03-08T23:00",
        *overrides,
    )
    return build_workspace(simulate(800), config)


@pytest.mark.slow  # two processes start
def test_forecast_baselines__is_the_same_in_workers_and_here() -> None:
    light = ("baselines=lightgbm", "baselines.lightgbm.trials=1", "baselines.lightgbm.rounds=20")
    here = forecast_baselines(workspace("executor=serial", *light))
    there = forecast_baselines(workspace("executor=processes", "executor.workers=2", *light))
    assert tuple(here.forecasts) == (*NAIVE, *FITTED, LIGHTGBM)
    for name, values in here.forecasts.items():
        assert values.shape == (97, 2)
        assert np.isfinite(values).all()
        np.testing.assert_array_equal(there.forecasts[name], values)
    assert here.tuned[LIGHTGBM]["trials"] == 1
    assert here.tuned[LIGHTGBM]["best_params"] == there.tuned[LIGHTGBM]["best_params"]


def test_tune_lightgbm__takes_the_parameters_and_rounds_with_the_smallest_mean_error() -> None:
    def run(tasks: Sequence[Any]) -> list[np.ndarray]:
        # Best at 12 leaves, and after 7 rounds in the first fold but 9 in the second.
        rounds = np.arange(1, 21)
        return [
            (100 + abs(task.settings.parameters["num_leaves"] - 12)
             + 3 * (rounds - (7, 9)[task.problem]) ** 2) ** 2.0
            for task in tasks
        ]  # fmt: skip

    config = LightGbmConfig(**LIGHT | {"trials": 30})
    found = tune_lightgbm(config, Course(2, 1, [0], [0]), seed=0, run=run, parallel=2)
    assert found.rounds == (8,)
    assert abs(found.settings.parameters["num_leaves"] - 12) <= 2
    assert found.value == pytest.approx(103, abs=2.1)
    assert found.trials == 30


def test_tune_lightgbm__begins_no_trial_after_its_time() -> None:
    config = LightGbmConfig(**LIGHT | {"seconds": 1e-9})
    run = lambda tasks: [np.ones(task.settings.rounds) for task in tasks]  # noqa: E731 - a stub
    assert tune_lightgbm(config, Course(2, 1, [0], [0]), seed=0, run=run, parallel=2).trials == 2


def test_tune_lightgbm__judges_by_scored_steps_and_gives_each_step_its_rounds() -> None:
    def run(tasks: Sequence[Any]) -> list[np.ndarray]:
        rounds = np.arange(1, 21)
        best = {0: 15, 4: 5}
        return [100.0 * (1 + task.step) + (rounds - best[task.step]) ** 2.0 for task in tasks]

    course = Course(folds=2, horizon=6, steps=[0, 4], judged=range(3, 6))
    found = tune_lightgbm(LightGbmConfig(**LIGHT), course, seed=0, run=run, parallel=2)
    assert found.value == pytest.approx(np.sqrt(500))
    assert found.rounds == (15, 12, 10, 8, 5, 5)


@pytest.mark.parametrize(
    ("scored", "horizon", "count", "expected"),
    [
        ((1, 1), 1, 3, [0]),
        ((24, 24), 24, 1, [23]),
        ((1, 24), 24, 3, [0, 11, 23]),
        ((6, 6), 24, 3, [0, 5, 11, 23]),
        ((1, 2), 2, 9, [0, 1]),
    ],
)
def test_tuned_steps__are_spread_and_have_the_last_scored_one(
    scored: tuple[int, int], horizon: int, count: int, expected: list[int]
) -> None:
    assert _tuned_steps(scored, horizon, count) == expected


def test_check_installed__names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    check_installed(None)
    check_installed(LightGbmConfig(**LIGHT))
    monkeypatch.setitem(sys.modules, "lightgbm", None)  # as an interpreter that does not have it
    with pytest.raises(ConfigError, match="pip install"):
        check_installed(LightGbmConfig(**LIGHT))
