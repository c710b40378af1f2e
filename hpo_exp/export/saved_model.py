"""Write a bundle's SavedModel: `python -m hpo_exp.export.saved_model FOLDER`.

A process of its own, because a model exported from JAX is one XLA operation that is compiled
again for every batch size and answers several times slower than TensorFlow's.
"""

import os
import sys
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np
import tensorflow as tf

FORECAST = "forecast_mw"
TOLERANCE = 1e-5
"""Largest relative difference between the answers of the two forms of a model.

A load is held against itself, generation, which can be 0, against the largest of the answers.
"""


def export(folder: Path, probe: Path) -> None:
    """Export `model.keras` in `folder` to `saved_model/1`, and compare the two on `probe`.

    Args:
        folder: the bundle.
        probe: .npz of the model's named inputs and of the answers it gave when it was trained.

    Raises:
        ValueError: an answer differs by more than `TOLERANCE`.
    """
    model = keras.saving.load_model(folder / "model.keras", compile=False, safe_mode=True)
    target = folder / "saved_model" / "1"
    signature = {
        name: tf.TensorSpec((None, *tensor.shape[1:]), tf.float32, name=name)
        for name, tensor in model.input.items()
    }

    @tf.function(input_signature=[signature])  # type: ignore[untyped-decorator]  # as TensorFlow is
    def serve(inputs: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        return dict(model(inputs))

    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint("serving_default", serve)
    archive.write_out(str(target), verbose=False)

    with np.load(probe) as arrays:
        inputs = {name: arrays[name] for name in signature}
        expected = {name: arrays[name] for name in model.output}
    served = tf.saved_model.load(str(target)).signatures["serving_default"](
        **{name: tf.constant(value) for name, value in inputs.items()}
    )
    for form, answers in (("model.keras", model(inputs)), ("saved_model", served)):
        for name, truth in expected.items():
            size = np.abs(truth) if name == FORECAST else np.abs(truth).max()
            difference = float(np.max(np.abs(answers[name].numpy() - truth) / size))
            if not difference <= TOLERANCE:
                raise ValueError(
                    f"{name} of {form} differs from the trained model by {difference:.1e}"
                )


if __name__ == "__main__":
    export(Path(sys.argv[1]), Path(sys.argv[2]))
