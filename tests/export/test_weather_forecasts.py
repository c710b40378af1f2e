"""A network that reads weather forecasts: as it is exported, and where it cannot be asked."""

import json
from pathlib import Path

import numpy as np
import pytest

from hpo_exp.errors import UserError
from hpo_exp.export.answer import Bundle
from hpo_exp.export.graph import deployable, deployable_inputs
from hpo_exp.lifecycle.bundle_gates import check_files, load_rival
from tests.builders import TEMPERATURE
from tests.export.trained import Trained, train, write

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def foreseeing() -> Trained:
    """A model with all that reads what is known ahead."""
    return train(
        f"features.weather_forecasts=[{TEMPERATURE}]",
        "features.horizon=3",
        "model.level=window",
        "model.linear=hourly",
    )


def test_deployable__answers_what_a_network_with_weather_forecasts_forecast(
    foreseeing: Trained,
) -> None:
    issues, model = foreseeing.issues, deployable(foreseeing.blend)
    inputs = deployable_inputs(foreseeing.blend, issues)
    answer = np.asarray(model(inputs)["forecast_mw"])
    assert answer == pytest.approx(foreseeing.blend.forecast(issues), rel=1e-5)
    runs = foreseeing.blend.winner.training_set.inputs.weather[issues]
    np.testing.assert_array_equal(inputs["ahead"][..., -1:], runs)  # in degrees
    inputs["ahead"][..., -1] += 5
    moved = np.abs(np.asarray(model(inputs)["forecast_mw"]) - answer)
    assert moved.mean() > 0.05


def test_bundle__with_weather_forecasts_says_so_and_is_asked_by_no_table_of_hours(
    foreseeing: Trained, tmp_path: Path
) -> None:
    bundle = write(foreseeing, tmp_path / "best")
    manifest = json.loads((bundle / "manifest.json").read_text())
    assert manifest["inputs"]["ahead"]["features"][-1] == f"foreseen_{TEMPERATURE}"
    assert f"foreseen_{TEMPERATURE}" not in manifest["inputs"]["past"]["features"]
    assert manifest["weather_forecasts"] == {"delay_hours": 5, "simulated": True}
    assert manifest["reading"]["features"]["weather_forecasts"] == [TEMPERATURE]
    assert manifest["data"]["sha256"] == foreseeing.table.sha256
    assert check_files(bundle).passed
    for ask in (Bundle, load_rival):
        with pytest.raises(UserError, match="which a table of hours does not hold"):
            ask(bundle)
