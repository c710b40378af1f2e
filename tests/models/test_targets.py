"""Several series at once: what the linear path and the baselines make of each."""

import numpy as np
import pytest

from hpo_exp.data.table import TARGET
from hpo_exp.features.inputs import Inputs
from hpo_exp.features.windows import actual_load, feature_matrix
from hpo_exp.models.baselines import Problem, forecast_naive, linear_features, step_data
from hpo_exp.models.hyperparameters import Hyperparameters
from hpo_exp.models.regressions import RegressionStep
from hpo_exp.models.training_set import TrainingSet, linear_reads, prepare
from tests.builders import inputs_of, make_table
from tests.tuning.composing import configured

WIND, HORIZON, ROWS = "geracao_eolica_mw", 3, 2_000


def series(linear: str, *overrides: str) -> tuple[Inputs, Hyperparameters]:
    """A load and a wind that each go on by rules of their own; the wind grows."""
    rng = np.random.default_rng(3)
    load, wind = np.zeros(ROWS), np.zeros(ROWS)
    for row in range(1, ROWS):
        load[row] = 0.9 * load[row - 1] + rng.normal(0, 100)
        wind[row] = 0.3 * wind[row - 1] + rng.normal(0, 0.05)
    built = np.geomspace(1_000, 9_000, ROWS)
    table = make_table({TARGET: 10_000 + load, WIND: built * (1 + wind)})
    config = configured(
        "data=seed",
        f"features.past=[{TARGET},{WIND}]",
        "features.optional=[]",
        f"features.targets=[{WIND}]",
        "features.calendar=[hour]",
        "features.ahead_lags=[24]",
        f"features.horizon={HORIZON}",
        "model.time_steps=4",
        f"model.linear={linear}",
        "model.linear_penalty=1000",
        *overrides,
    )
    return inputs_of(table, config), Hyperparameters.from_config(config)


def prepared(linear: str, *overrides: str) -> TrainingSet:
    inputs, hyperparameters = series(linear, *overrides)
    issues = np.arange(800, 1_600)
    return prepare(
        inputs, feature_matrix(inputs), slice(0, 1_602), issues, hyperparameters
    )  # fmt: skip


@pytest.mark.parametrize("linear", ["hourly", "shared"])
def test_linear_path__of_a_series_does_not_read_the_others(linear: str) -> None:
    made = prepared(linear)
    assert made.linear is not None
    columns, reads = linear_reads(made.inputs, made.hyperparameters)
    assert columns == (0, 1)
    load, wind = made.linear.coefficients[:HORIZON], made.linear.coefficients[HORIZON:]
    for found, flags in ((load, reads[0]), (wind, reads[1])):
        assert (found[:, :, :-1][:, :, ~flags] == 0).all()
        assert (found[:, :, :-1][:, :, flags] != 0).any()
    assert (reads[0] & ~reads[1]).sum() == 4 + 1  # its rows of the window, and its lag
    assert (reads[0] & reads[1]).sum() == len(made.inputs.calendar_names)


def test_linear_path__that_hours_share_finds_the_rule() -> None:
    issues = np.arange(1_700, 1_900)
    errors = {}
    for linear in ("hourly", "shared"):
        made = prepared(linear)
        answer = made.to_mw(np.zeros((len(issues), 2 * HORIZON)), issues)
        actual = actual_load(made.inputs, issues)
        errors[linear] = np.sqrt(np.mean((answer[:, 0] - actual[:, 0]) ** 2))
    assert errors["shared"] < 110  # of 100 that nobody can know
    assert errors["shared"] < errors["hourly"]


def test_growing__keeps_forecasts_at_the_level_of_the_day() -> None:
    issues = np.arange(1_700, 1_900)
    errors = {}
    for name, more in (("as it is", ()), ("relative", (f"+features.growing.{WIND}=28",))):
        made = prepared("shared", "features.reference=none", *more)
        answer = made.to_mw(np.zeros((len(issues), 2 * HORIZON)), issues)[:, -1]
        actual = actual_load(made.inputs.view(WIND), issues)[:, -1]
        errors[name] = np.sqrt(np.mean((answer - actual) ** 2))
    assert errors["relative"] < 0.95 * errors["as it is"]


def test_baselines__of_a_view_forecast_its_series() -> None:
    inputs, _ = series("none", f"+features.growing.{WIND}=28")
    issues = np.arange(1_700, 1_900)
    problem = Problem(
        inputs.view(WIND), 4, np.arange(900, 1_600), issues,
        np.ones((len(issues), HORIZON), bool), seed=1,
    )  # fmt: skip
    wind = inputs.series[WIND].actual
    np.testing.assert_array_equal(forecast_naive(problem)["persistence"][:, 0], wind[issues - 1])
    data = step_data(problem, 1, "last_hour", linear_features)
    level = inputs.series[WIND].level[issues]
    change = (wind[issues + 1] - wind[issues - 1]) / level
    assert data.to_mw(change) == pytest.approx(wind[issues + 1])
    ridge = RegressionStep(0, 0, "ridge").run([problem])
    error, naive = (
        np.sqrt(np.mean((forecast - wind[issues]) ** 2)) for forecast in (ridge, wind[issues - 1])
    )
    assert error < naive
