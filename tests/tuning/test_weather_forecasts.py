"""The demo with simulated weather forecasts, from its configuration to a fold and a baseline."""

from dataclasses import replace

import numpy as np
import pytest

from hpo_exp.data.load import load_table
from hpo_exp.errors import DataError
from hpo_exp.models.backend import select_backend
from tests.builders import TEMPERATURE
from tests.tuning.composing import configured

select_backend("jax", None)  # before anything below imports Keras

from hpo_exp.features.windows import actual_load  # noqa: E402 - after the backend
from hpo_exp.models.regressions import RegressionStep  # noqa: E402 - likewise
from hpo_exp.tuning.baselines import baseline_problem  # noqa: E402 - likewise
from hpo_exp.tuning.fidelity import Fidelity  # noqa: E402 - likewise
from hpo_exp.tuning.trial import FoldTask  # noqa: E402 - likewise
from hpo_exp.tuning.workspace import Workspace, build_workspace  # noqa: E402 - likewise
from hpo_exp.validation.metrics import rmse  # noqa: E402 - likewise

SHORT = (
    "data=demo",
    "data.weather_forecasts.simulate=true",
    "data.start=2021-01-01",
    "data.end=2021-06-30T23:00",
    "cv.test_start=2021-06-01",
    "cv.test_end=2021-06-30T23:00",
    "cv.folds=1",
    "cv.validation_hours=240",
    "features.horizon=24",
    "cv.scored_step=24",
    "features.past_rows=measured",
    "search=none",
    "model.units=4",
    "model.time_steps=24",
)
FORESEEN = f"features.weather_forecasts=[{TEMPERATURE}]"


def workspace(*overrides: str) -> Workspace:
    config = configured(*SHORT, *overrides)
    return build_workspace(load_table(config.data), config)


@pytest.mark.slow
def test_fold__is_trained_with_weather_forecasts_on_the_demo() -> None:
    known = workspace(FORESEEN)
    task = FoldTask(0, 0, 0, known.fixed, Fidelity(epochs=1, history=1.0))
    assert np.isfinite(task.run(known).rmse)


def test_ridge__a_day_ahead_is_better_for_a_forecast_of_the_weather() -> None:
    errors = []
    for shared in (workspace(FORESEEN), workspace()):
        problem = baseline_problem(shared, shared.test, seed=0)
        forecast = RegressionStep(0, step=23, name="ridge").run([problem])
        actual = actual_load(shared.inputs, problem.test)[:, 23]
        known = np.isfinite(actual)
        errors.append(rmse(actual[known], forecast[known]))
    with_weather, without = errors
    assert with_weather < 0.97 * without


def test_workspace__says_which_hour_no_weather_forecast_reaches() -> None:
    config = configured(*SHORT, FORESEEN)
    table = load_table(config.data)
    runs = table.weather_forecasts
    assert runs is not None
    open_from = np.datetime64("2021-06-09T05", "h")
    values = np.where((runs.targets >= open_from)[:, None], np.nan, runs.forecast)
    short = replace(table, weather_forecasts=replace(runs, forecast=values))
    with pytest.raises(DataError) as refused:
        build_workspace(short, config)
    assert str(refused.value).startswith(
        "test cannot be forecast at 2021-06-08 06:00:00: no weather forecast of TEMP_BULB_SECO for "
        "2021-06-09 05:00:00 was out by then"
    )
