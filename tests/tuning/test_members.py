"""The winner as an ensemble, from the refit to the bundle."""

import dataclasses
import json
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hpo_exp.models.backend import select_backend

select_backend("jax", None)  # before anything below imports Keras

import keras  # noqa: E402 - after the backend

from hpo_exp.data.load import load_table  # noqa: E402 - likewise
from hpo_exp.export.bundle import write_bundle  # noqa: E402 - likewise
from hpo_exp.export.graph import deployable_inputs  # noqa: E402 - likewise
from hpo_exp.export.manifest import load_manifest  # noqa: E402 - likewise
from hpo_exp.models.blend import Blend  # noqa: E402 - likewise
from hpo_exp.models.training import fit_for_epochs  # noqa: E402 - likewise
from hpo_exp.tuning.executors import SerialExecutor, run_task  # noqa: E402 - likewise
from hpo_exp.tuning.members import refit_all  # noqa: E402 - likewise
from hpo_exp.tuning.seeds import derive_seed  # noqa: E402 - likewise
from hpo_exp.tuning.selection import Finalist  # noqa: E402 - likewise
from hpo_exp.tuning.trial import prepare_split  # noqa: E402 - likewise
from hpo_exp.tuning.workspace import Workspace, build_workspace  # noqa: E402 - likewise
from tests.tuning.composing import configured  # noqa: E402 - likewise

pytestmark = pytest.mark.slow

TRIAL, EPOCHS = 5, 1


@dataclasses.dataclass(frozen=True)
class Refitted:
    """What `study.ensemble=2` and a companion come to, their bundle, and what it was made of."""

    workspace: Workspace
    model: Blend
    bundle: Path
    issues: np.ndarray

    @property
    def manifest(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads((self.bundle / "manifest.json").read_text())
        return said


@pytest.fixture(scope="module")
def refitted(tmp_path_factory: pytest.TempPathFactory) -> Refitted:
    config = configured(
        "data=seed",
        "search=none",
        "study.ensemble=2",
        "features.horizon=3",
        "features.optional=[]",
        "features.past_rows=measured",
        "model.units=4",
        "model.dense_units=3",
        "model.time_steps=6",
        "model.dropout=0.2",
        "model.level=window",
        "model.linear=hourly",
        "+companions.nonlinear={linear: none, units: 5}",
    )
    table = load_table(config.data)
    workspace = build_workspace(table, config)
    winner = Finalist(TRIAL, workspace.fixed, (1.0,), (1.0,), EPOCHS)
    fits = refit_all(workspace, winner, SerialExecutor(partial(run_task, workspace)))
    assert list(fits) == ["model"]
    issues = workspace.scored_issues(workspace.test)
    bundle = tmp_path_factory.mktemp("ensemble") / "best"
    write_bundle(fits["model"], table, bundle, issues, config)
    return Refitted(workspace, fits["model"], bundle, issues)


def test_ensemble__ends_in_a_bundle_that_answers_the_mean_of_its_members(
    refitted: Refitted,
) -> None:
    workspace, issues = refitted.workspace, refitted.issues
    seeds = [derive_seed(workspace.config.study.seed, "refit", TRIAL, n) for n in range(2)]
    companion = workspace.fixed.with_values({"linear": "none", "units": 5}, "companions")
    single = [
        fit_for_epochs(
            prepare_split(workspace, workspace.test, shape), workspace.config.trainer, EPOCHS, seed
        ).forecast(issues)
        for shape in (workspace.fixed, companion)
        for seed in seeds
    ]
    for one, other in combinations(single, 2):
        assert not np.allclose(one, other, rtol=1e-7)  # or either would do for the mean
    mean = np.mean(single, axis=0)
    assert refitted.model.forecast(issues) == pytest.approx(mean, rel=1e-6)
    path = refitted.bundle / "model.keras"
    model = keras.saving.load_model(path, compile=False, safe_mode=True)
    answer = np.asarray(model(deployable_inputs(refitted.model, issues))["forecast_mw"])
    # That the SavedModel agrees is what no bundle is written without.
    assert answer == pytest.approx(mean, rel=1e-5)


def test_bundle__says_what_its_companions_are(refitted: Refitted) -> None:
    winner, (companion,) = refitted.manifest["hyperparameters"], refitted.manifest["companions"]
    assert companion == winner | {"linear": "none", "units": 5}


def test_bundle__of_measured_rows_has_calendar_and_lags_ahead_alone(refitted: Refitted) -> None:
    inputs, said = refitted.workspace.inputs, refitted.manifest["inputs"]
    assert said["past"]["features"] == list(inputs.past_names)
    assert said["past"]["shape"] == [None, 6, len(inputs.past_names)]
    known = [*inputs.calendar_names, *(f"known_{name}" for name in inputs.lag_names)]
    assert said["ahead"]["features"] == known
    assert load_manifest(refitted.bundle).features.past_rows == "measured"
