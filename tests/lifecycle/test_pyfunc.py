"""The model as users load it: by its alias, in MLflow's own server, and in TensorFlow's form."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import mlflow
import pandas as pd
import pytest

from hpo_exp.export.answer import Bundle
from hpo_exp.export.manifest import load_manifest
from hpo_exp.export.model_inputs import inputs_of_hours
from hpo_exp.export.recent_hours import HoursError, check_hours, split_frame
from hpo_exp.lifecycle.session import run_promotion
from tests.promoting import NAME, Plant, seed_hours

pytestmark = pytest.mark.slow

STARTED_WITHIN = 90.0

# What TensorFlow Serving does with a REST request, by TensorFlow alone: `instances` are rows of
# named tensors, `inputs` are columns; a signature of one output answers without its name.
REST = """
import json, sys
sys.modules["jax"] = None  # TensorFlow tries to import it
import tensorflow as tf

serve = tf.saved_model.load(sys.argv[1]).signatures["serving_default"]
for line in sys.stdin:
    request = json.loads(line)
    named = request.get("inputs") or {
        name: [row[name] for row in request["instances"]] for name in request["instances"][0]
    }
    outputs = serve(**{name: tf.constant(value, tf.float32) for name, value in named.items()})
    (answer,) = outputs.values()
    key = "outputs" if "inputs" in request else "predictions"
    print(json.dumps({key: answer.numpy().tolist()}))
assert not [name for name in sys.modules if name.startswith("hpo_exp")]
"""


@pytest.fixture
def promoted(plant: Plant) -> Plant:
    run_promotion(plant.config())
    return plant


def test_pyfunc__answers_by_its_alias_and_is_served_by_mlflow(promoted: Plant) -> None:
    hours = seed_hours()
    expected = Bundle(promoted.run / "best").answer(hours)
    mlflow.set_tracking_uri(promoted.config().tracking.uri)
    model = mlflow.pyfunc.load_model(f"models:/{NAME}@champion")
    answer = model.predict(hours)
    pd.testing.assert_frame_equal(answer, expected, rtol=1e-6)
    with pytest.raises(HoursError, match="frequencia_hz has no number at 2025-09-26T13"):
        model.predict(hours.assign(frequencia_hz=hours["frequencia_hz"].mask(hours.index == 47)))
    assert model.metadata.signature.inputs.input_names()[0] == "timestamp"
    assert model.input_example is not None
    files = promoted.outputs.rglob("*")
    assert not [path for path in files if path.suffix in (".pkl", ".pickle", ".joblib")]

    served = _served(promoted, hours)
    assert [row["forecast_mw"] for row in served] == pytest.approx(
        list(expected["forecast_mw"]), rel=1e-5
    )
    assert [row["hydro_mw"] for row in served] == pytest.approx(list(expected["hydro_mw"]))


def _served(plant: Plant, hours: pd.DataFrame) -> list[dict[str, float]]:
    """What `mlflow models serve` answers, which finds everything on this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [
            sys.executable, "-m", "mlflow", "models", "serve", "--env-manager", "local",
            "-m", f"models:/{NAME}@champion", "--host", "127.0.0.1", "--port", str(port),
        ],
        env={
            **os.environ,
            "MLFLOW_TRACKING_URI": plant.config().tracking.uri,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",  # it starts uvicorn
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        _await(f"http://127.0.0.1:{port}/ping")
        split = json.loads(hours.to_json(orient="split", date_format="iso", index=False))
        answer = httpx.post(
            f"http://127.0.0.1:{port}/invocations", json={"dataframe_split": split}, timeout=60
        )
        assert answer.status_code == 200, answer.text
        return list(answer.json()["predictions"])
    finally:
        os.killpg(server.pid, 9)
        server.wait()


def _await(url: str) -> None:
    deadline = time.monotonic() + STARTED_WITHIN
    while time.monotonic() < deadline:
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError(f"{url} does not answer")


def test_saved_model__answers_tensorflow_servings_form_of_request(finished_run: Path) -> None:
    bundle, hours = finished_run / "best", seed_hours()
    manifest = load_manifest(bundle)
    checked = check_hours(manifest, *split_frame(hours, manifest))
    inputs = {name: values.tolist() for name, values in inputs_of_hours(manifest, checked).items()}
    expected = list(Bundle(bundle).answer(hours)["forecast_mw"])
    rows = {"instances": [{name: values[0] for name, values in inputs.items()}]}
    requests = [rows, {"inputs": inputs}]
    ended = subprocess.run(
        [sys.executable, "-I", "-c", REST, str(bundle / "saved_model" / "1")],
        input="\n".join(json.dumps(request) for request in requests),
        env={**os.environ, "KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": "-1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    by_row, by_column = (json.loads(line) for line in ended.stdout.splitlines())
    assert by_row["predictions"][0] == pytest.approx(expected, rel=1e-5)
    assert by_column["outputs"][0] == pytest.approx(expected, rel=1e-5)
