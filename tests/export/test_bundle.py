import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from hpo_exp.errors import UserError
from hpo_exp.export.bundle import write_bundle
from hpo_exp.export.graph import deployable_inputs
from tests.export.trained import Trained

pytestmark = pytest.mark.slow

# What somebody does who has TensorFlow, the bundle, and nothing of this project.
READER = """
import json, sys
import keras, numpy as np, tensorflow as tf

folder, questions, answers = sys.argv[1:]
model = keras.saving.load_model(f"{folder}/model.keras", compile=False, safe_mode=True)
serve = tf.saved_model.load(f"{folder}/saved_model/1").signatures["serving_default"]
with np.load(questions) as arrays:
    inputs = dict(arrays)
found = {}
for size in (1, 5, len(inputs["past"])):
    batch = {name: tf.constant(values[:size]) for name, values in inputs.items()}
    found[f"keras_{size}"] = model(batch)["forecast_mw"].numpy()
    found[f"saved_model_{size}"] = serve(**batch)["forecast_mw"].numpy()
np.savez(answers, **found)
print(json.dumps({
    "backend": keras.backend.backend(),
    "inputs": {k: list(v.shape) for k, v in serve.structured_input_signature[1].items()},
    "outputs": {k: list(v.shape) for k, v in serve.structured_outputs.items()},
    "layers": sorted({type(layer).__name__ for layer in model._flatten_layers()}),
    "project": [name for name in sys.modules if name.startswith("hpo_exp")],
}))
"""


def read(
    trained: Trained, bundle: Path, folder: Path
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    np.savez(folder / "questions.npz", **deployable_inputs(trained.blend, trained.issues))  # type: ignore[arg-type]
    arguments = [str(bundle), str(folder / "questions.npz"), str(folder / "answers.npz")]
    ended = subprocess.run(
        [sys.executable, "-I", "-c", READER, *arguments],
        cwd=folder,
        env={**os.environ, "KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": "-1"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    with np.load(folder / "answers.npz") as arrays:
        return json.loads(ended.stdout), dict(arrays)


def check_answers(trained: Trained, answers: dict[str, np.ndarray]) -> None:
    expected = trained.blend.forecast(trained.issues)
    for name, values in answers.items():
        size = int(name.rpartition("_")[2])
        assert values.shape == (size, expected.shape[1])
        assert values == pytest.approx(expected[:size], rel=1e-5), name


def test_bundle__of_changes_is_read_with_tensorflow_alone(
    change: Trained, change_bundle: Path, tmp_path: Path
) -> None:
    said, answers = read(change, change_bundle, tmp_path)
    check_answers(change, answers)
    assert said["backend"] == "tensorflow"
    assert said["project"] == []
    ahead = change.blend.winner.training_set.windows.ahead(change.issues).shape[2]
    assert said["inputs"] == {
        "past": [None, 6, 3 + ahead],
        "ahead": [None, 3, ahead],
        "hour": [None, 3],
        "reference_mw": [None, 3],
    }
    assert said["outputs"] == {"forecast_mw": [None, 3]}
    assert "Lambda" not in said["layers"]


def test_bundle__of_loads_is_read_with_tensorflow_alone(
    direct: Trained, direct_bundle: Path, tmp_path: Path
) -> None:
    said, answers = read(direct, direct_bundle, tmp_path)
    check_answers(direct, answers)
    assert said["inputs"] == {"past": [None, 6, 2]}
    assert said["outputs"] == {"forecast_mw": [None, 1]}


def test_bundle__is_read_on_the_backend_that_trained_it(
    change: Trained, change_bundle: Path
) -> None:
    model = keras.saving.load_model(change_bundle / "model.keras", compile=False, safe_mode=True)
    answer = np.asarray(model(deployable_inputs(change.blend, change.issues))["forecast_mw"])
    assert answer == pytest.approx(change.blend.forecast(change.issues), rel=1e-6)


def test_bundle__holds_nothing_that_runs_code_when_read(change_bundle: Path) -> None:
    names = {path.relative_to(change_bundle).as_posix() for path in change_bundle.rglob("*")}
    assert {"model.keras", "manifest.json", "saved_model/1/saved_model.pb"} <= names
    assert not [name for name in names if name.endswith((".pkl", ".pickle", ".joblib", ".npy"))]
    with zipfile.ZipFile(change_bundle / "model.keras") as archive:
        assert {Path(name).suffix for name in archive.namelist()} <= {".json", ".h5", ""}
        assert "Lambda" not in archive.read("config.json").decode()
    pickled = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")  # how pickles begin
    files = [path for path in change_bundle.rglob("*") if path.is_file()]
    assert not [path for path in files if path.read_bytes().startswith(pickled)]


def test_manifest__hashes_every_file_but_itself(change_bundle: Path) -> None:
    manifest = json.loads((change_bundle / "manifest.json").read_text())
    files = {
        path.relative_to(change_bundle).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in change_bundle.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert manifest["sha256"] == files


def test_manifest__tells_how_to_ask_the_model(change: Trained, change_bundle: Path) -> None:
    manifest = json.loads((change_bundle / "manifest.json").read_text())
    past, ahead = manifest["inputs"]["past"], manifest["inputs"]["ahead"]
    assert past["features"][:3] == ["carga_mw_subsistema", "constant", "TEMP_BULB_SECO"]
    assert past["features"][3:] == ahead["features"]
    assert past["shape"] == [None, 6, len(past["features"])]
    assert ahead["shape"] == [None, 3, len(ahead["features"])]
    assert manifest["inputs"]["reference_mw"]["shape"] == [None, 3]
    assert manifest["output"] == {"forecast_mw": {"shape": [None, 3]}}
    assert (manifest["target"], manifest["unit"]) == ("carga_mw_subsistema", "MW")
    assert (manifest["horizon"], manifest["time_steps"]) == (3, 6)
    assert manifest["reference"] == "last_hour"
    assert manifest["lag_hours"] == [24, 168]
    assert manifest["hyperparameters"]["units"] == 4
    assert manifest["data"]["simulated"] is True
    assert manifest["data"]["sha256"] == change.table.sha256
    assert {"keras", "jax", "numpy"} <= set(manifest["versions"])
    assert manifest["code"]


def test_write_bundle__replaces_an_older_one(
    direct: Trained, direct_bundle: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "best"
    folder.mkdir()
    (folder / "stale").touch()
    write_bundle(direct.blend, direct.table, folder, direct.issues, direct.config)
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        path.name for path in direct_bundle.iterdir()
    )


def test_write_bundle__that_fails_leaves_nothing_and_says_why(
    direct: Trained, tmp_path: Path
) -> None:
    engine = direct.blend.winner.engines[0]
    sound = engine.weights()
    engine.restore([np.full_like(weights, np.nan) for weights in sound])
    try:
        with pytest.raises(
            UserError, match=r"the SavedModel could not be exported: .*differs"
        ) as caught:
            write_bundle(
                direct.blend, direct.table, tmp_path / "best", direct.issues, direct.config
            )
    finally:
        engine.restore(sound)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []
