"""A bundle's SavedModel, answered by TensorFlow alone: neither Keras's code nor JAX is asked."""

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from hpo_exp.export.manifest import BundleError

# Read when TensorFlow is imported. It imports Keras, which would import its default backend.
for name, value in {
    "KERAS_BACKEND": "tensorflow",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",  # same sums on every processor
    "CUDA_VISIBLE_DEVICES": "-1",
}.items():
    os.environ.setdefault(name, value)

SAVED_MODEL = Path("saved_model", "1")
SIGNATURE = "serving_default"


class SavedModelReader:
    """Answers a bundle's SavedModel by its signature, as TensorFlow Serving does.

    Raises:
        BundleError: it cannot be loaded.
    """

    def __init__(self, bundle: Path) -> None:
        import tensorflow as tf

        self._constant = tf.constant
        path = bundle / SAVED_MODEL
        try:
            self._model = tf.saved_model.load(str(path))  # keeps the signature's variables
            self._signature = self._model.signatures[SIGNATURE]
        except Exception as error:  # TensorFlow raises what its readers happen to raise
            reason = str(error).strip().partition("\n")[0]
            raise BundleError(f"{path} cannot be loaded: {reason}") from error

    def __call__(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Answer a batch: named float32 inputs to named outputs, shape (batch, horizon)."""
        found = self._signature(**{name: self._constant(value) for name, value in inputs.items()})
        return {name: value.numpy() for name, value in found.items()}


def limit_threads(count: int) -> None:
    """Have TensorFlow compute on so many threads; only before it computes anything."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(count)
    tf.config.threading.set_inter_op_parallelism_threads(count)
