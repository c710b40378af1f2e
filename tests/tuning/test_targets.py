"""A trial and a test period of several series, on the notebook's data."""

import numpy as np
import pytest

from hpo_exp.data.load import load_table
from hpo_exp.data.table import TARGET
from hpo_exp.models.backend import select_backend
from tests.tuning.composing import configured

select_backend("jax", None)  # before anything below imports Keras

from hpo_exp.dispatch.policy_names import MODEL  # noqa: E402 - after the backend
from hpo_exp.models.blend import Blend  # noqa: E402 - likewise
from hpo_exp.models.training import fit_for_epochs  # noqa: E402 - likewise
from hpo_exp.tuning.evaluation import TestForecast as Judged  # noqa: E402 - likewise
from hpo_exp.tuning.evaluation import forecast_test  # noqa: E402 - likewise
from hpo_exp.tuning.fidelity import Fidelity  # noqa: E402 - likewise
from hpo_exp.tuning.judgement import judge  # noqa: E402 - likewise
from hpo_exp.tuning.trial import FoldTask, prepare_split, run_fold  # noqa: E402 - likewise
from hpo_exp.tuning.workspace import Workspace, build_workspace  # noqa: E402 - likewise
from hpo_exp.validation.metrics import rmse  # noqa: E402 - likewise

pytestmark = pytest.mark.slow
WIND = "geracao_eolica_mw"


def workspace_of(scored: str) -> Workspace:
    config = configured(
        "data=seed",
        "executor=serial",
        f"features.past=[{TARGET},{WIND}]",
        f"features.targets=[{WIND}]",
        "features.horizon=2",
        "model.units=4",
        "trainer.epochs=1",
        f"cv.scored_target={scored}",
    )
    return build_workspace(load_table(config.data), config)


@pytest.fixture(scope="module")
def judged() -> tuple[Workspace, Judged]:
    workspace = workspace_of(WIND)
    training_set = prepare_split(workspace, workspace.test, workspace.fixed)
    fit = fit_for_epochs(training_set, workspace.config.trainer, epochs=1, seed=1)
    return workspace, forecast_test(workspace, {MODEL: Blend((fit,))}, [])


def test_run_fold__is_scored_by_the_target_that_was_asked_for() -> None:
    found = {}
    for scored in (TARGET, WIND):
        workspace = workspace_of(scored)
        task = FoldTask(0, 0, 0, workspace.fixed, Fidelity(1, 1.0))
        found[scored] = run_fold(workspace, task).rmse
    assert found[TARGET] != found[WIND]


def test_forecast_test__has_every_series_and_its_baselines(
    judged: tuple[Workspace, Judged],
) -> None:
    workspace, test = judged
    [(column, wind)] = test.others.items()
    assert column == WIND
    assert wind.baselines == test.baselines
    measured = workspace.inputs.series[WIND].actual
    inside = wind.scored
    np.testing.assert_array_equal(wind.actual[inside], measured[wind.targets[inside]])
    assert all((values >= 0).all() for values in wind.forecasts.values())
    found = judge(workspace.view(WIND), wind, (1, 2))
    truth = np.where(inside, wind.actual, np.nan)
    assert found["model"]["rmse_mw"] == pytest.approx(rmse(truth, wind.forecasts[MODEL]))
    assert set(found["significance"]) == set(test.baselines)


def test_foreseen__is_what_each_policy_says_of_the_other_series(
    judged: tuple[Workspace, Judged],
) -> None:
    _, test = judged
    places = np.array([0, 3]), np.array([1, 0])
    for name in (MODEL, *test.baselines):
        wind = test.others[WIND].forecasts[name]
        assert test.foreseen(name, places)[WIND].tolist() == [wind[0, 1], wind[3, 0]]
