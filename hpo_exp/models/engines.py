"""What trains a network: one interface, an engine for each of Keras's backends."""

from typing import Any, Protocol

import keras
import numpy as np

from hpo_exp.models.jax_engine import JaxEngine
from hpo_exp.models.keras_engine import KerasEngine
from hpo_exp.models.training_set import TrainingSet


class Engine(Protocol):
    """One network in training."""

    def train_epoch(self, order: np.ndarray, learning_rate: float) -> None:
        """Train once over the windows of some issue rows, in whole batches.

        Args:
            order: issue rows in the order they are to be seen, shape (windows,).
            learning_rate: Adam's, for this epoch.
        """

    def predict(self, issues: np.ndarray) -> np.ndarray:
        """The network's scaled answer, float64, shape (issues, outputs)."""

    def weights(self) -> list[Any]:
        """The weights as they are now; training on does not change what was returned."""

    def restore(self, weights: list[Any]) -> None:
        """Go back to weights of this network."""

    def network(self) -> keras.Model:
        """The network as a Keras model of its own, on scaled inputs."""


def start_engine(training_set: TrainingSet, batch_size: int, seed: int) -> Engine:
    """A network with fresh weights on Keras's backend."""
    if keras.backend.backend() == "jax":
        return JaxEngine(training_set, batch_size, seed)
    return KerasEngine(training_set, batch_size, seed)
