"""Several series from one network, as it leaves the project: what it answers, and as what."""

import json
from pathlib import Path

import numpy as np
import pytest

from hpo_exp.data.table import TARGET
from hpo_exp.export.graph import deployable, deployable_inputs
from tests.export.trained import Trained, train, write

pytestmark = pytest.mark.slow
WIND, ODD = "geracao_eolica_mw", "frequencia_hz"


@pytest.fixture(scope="module")
def several() -> Trained:
    """A tiny network that forecasts load, wind and a column that has never been below 0."""
    return train(
        f"features.past=[{TARGET},{WIND}]",
        f"features.targets=[{WIND},{ODD}]",
        "features.horizon=3",
        "features.reference=last_hour",
        "model.linear=shared",
        "model.linear_penalty=100",  # a ramp by itself has any number of solutions
        "model.level=window",
        f"model.linear_past=[{TARGET},{WIND}]",
    )


def test_forecast_all__is_the_load_and_every_target(several: Trained) -> None:
    found = several.blend.forecast_all(several.issues)
    assert list(found) == [TARGET, WIND, ODD]
    assert {values.shape for values in found.values()} == {(len(several.issues), 3)}
    np.testing.assert_array_equal(found[TARGET], several.blend.forecast(several.issues))
    for column, values in found.items():
        last = several.table.frame[column].to_numpy()[several.issues[:20] - 1]
        spread = several.table.frame[column].std()
        assert np.abs(values[:20, 0] - last).max() < 4 * spread


def test_deployable__answers_every_series(several: Trained) -> None:
    issues = several.issues[:40]
    inputs = deployable_inputs(several.blend, issues)
    assert set(inputs) == {
        "past", "ahead", "hour", "reference_mw", f"reference_{WIND}", f"reference_{ODD}",
    }  # fmt: skip
    outputs = deployable(several.blend)(inputs)
    assert set(outputs) == {"forecast_mw", f"forecast_{WIND}", f"forecast_{ODD}"}
    for column, values in several.blend.forecast_all(issues).items():
        answer = outputs["forecast_mw" if column == TARGET else f"forecast_{column}"]
        assert np.asarray(answer) == pytest.approx(values, rel=1e-5, abs=1e-5 * values.max())


def test_deployable__says_no_less_than_nothing_of_generation(several: Trained) -> None:
    issues = several.issues[:5]
    inputs = deployable_inputs(several.blend, issues)
    inputs = inputs | {
        name: values - np.float32(1e6) for name, values in inputs.items() if "reference" in name
    }
    outputs = deployable(several.blend)(inputs)
    assert (np.asarray(outputs[f"forecast_{WIND}"]) == 0).all()
    assert (np.asarray(outputs["forecast_mw"]) < 0).all()


def test_write_bundle__exports_every_series(several: Trained, tmp_path: Path) -> None:
    # The SavedModel is held against the network's own answers, series by series, as it is written.
    folder = write(several, tmp_path / "best")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["targets"] == [TARGET, WIND, ODD]
    assert set(manifest["output"]) == {"forecast_mw", f"forecast_{WIND}", f"forecast_{ODD}"}
    assert manifest["inputs"][f"reference_{WIND}"]["features"] == [WIND]
    assert manifest["inputs"]["reference_mw"]["features"] == [TARGET]
    assert (folder / "saved_model" / "1" / "saved_model.pb").is_file()
