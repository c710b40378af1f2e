from dataclasses import replace

import numpy as np
import pytest

from hpo_exp.export.graph import deployable, deployable_inputs
from hpo_exp.models.blend import Blend
from hpo_exp.models.engines import start_engine
from tests.export.trained import Trained, train

pytestmark = pytest.mark.slow


def answer(trained: Trained, issues: np.ndarray) -> np.ndarray:
    outputs = deployable(trained.blend)(deployable_inputs(trained.blend, issues))
    assert list(outputs) == ["forecast_mw"]
    return np.asarray(outputs["forecast_mw"], np.float64)


@pytest.mark.parametrize("reference", ["none", "last_hour", "day", "week"])
@pytest.mark.parametrize("horizon", [1, 3])
def test_deployable__answers_what_the_network_forecast(reference: str, horizon: int) -> None:
    trained = train(f"features.reference={reference}", f"features.horizon={horizon}")
    assert answer(trained, trained.issues) == pytest.approx(
        trained.blend.forecast(trained.issues), rel=1e-5
    )


def test_deployable__takes_raw_units_and_answers_mw(change: Trained) -> None:
    inputs = deployable_inputs(change.blend, change.issues[:1])
    frame, row = change.table.frame, int(change.issues[0])
    past = inputs["past"][0]
    assert past[:, 0] == pytest.approx(frame["carga_mw_subsistema"].iloc[row - 6 : row])
    assert past[:, 1] == pytest.approx(np.full(6, 1234.5))
    assert past[:, 2] == pytest.approx(frame["TEMP_BULB_SECO"].iloc[row - 6 : row])
    assert inputs["reference_mw"] == pytest.approx(past[-1, 0])
    assert answer(change, change.issues[:1]) == pytest.approx(
        np.tile(frame["carga_mw_subsistema"].iloc[row], (1, 3)), rel=0.05
    )


def test_deployable__follows_its_reference(change: Trained) -> None:
    model = deployable(change.blend)
    inputs = deployable_inputs(change.blend, change.issues[:4])
    before = np.asarray(model(inputs)["forecast_mw"])
    inputs["reference_mw"] = inputs["reference_mw"] + np.float32(512)
    assert np.asarray(model(inputs)["forecast_mw"]) == pytest.approx(before + 512, rel=1e-6)


def test_deployable__has_only_the_inputs_it_needs(direct: Trained, change: Trained) -> None:
    assert list(deployable(direct.blend).input) == ["past"]
    assert set(deployable(change.blend).input) == {"past", "ahead", "hour", "reference_mw"}


def test_deployable__lets_the_members_of_an_ensemble_speak_together(change: Trained) -> None:
    # One network is as it was trained, the other is as it was drawn.
    other = start_engine(change.blend.winner.training_set, batch_size=8, seed=7)
    both = replace(change.blend.winner, engines=(*change.blend.winner.engines, other))
    alone = replace(change.blend.winner, engines=(other,))
    mean = (change.blend.forecast(change.issues) + alone.forecast(change.issues)) / 2
    assert both.forecast(change.issues) == pytest.approx(mean, rel=1e-6)
    assert answer(replace(change, blend=Blend((both,))), change.issues) == pytest.approx(
        mean, rel=1e-5
    )
