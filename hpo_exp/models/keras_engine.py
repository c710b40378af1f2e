"""Training by Keras's own loop, for the backends that have no engine of their own."""

from collections.abc import Callable

import keras
import numpy as np

from hpo_exp.features.windows import layout_of
from hpo_exp.models.hyperparameters import Hyperparameters
from hpo_exp.models.network import (
    build_network,
    dropout_states,
    fresh_weights,
    network_inputs,
    predict_in_batches,
)
from hpo_exp.models.training_set import TrainingSet


def _twice_huber(actual: keras.KerasTensor, answer: keras.KerasTensor) -> keras.KerasTensor:
    """Twice Huber's loss, to equal the square near 0."""
    return 2 * keras.losses.huber(actual, answer)


Loss = str | Callable[[keras.KerasTensor, keras.KerasTensor], keras.KerasTensor]


def _loss_of(chosen: Hyperparameters) -> Loss:
    """The training loss as Keras takes it, of the same size as the other engines'."""

    def twice_pinball(actual: keras.KerasTensor, answer: keras.KerasTensor) -> keras.KerasTensor:
        error = answer - actual
        worse = keras.ops.maximum((1 - chosen.quantile) * error, -chosen.quantile * error)
        return 2 * keras.ops.mean(worse, axis=-1)

    losses: dict[str, Loss] = {
        "squared": "mean_squared_error",
        "huber": _twice_huber,
        "quantile": twice_pinball,
    }
    return losses[chosen.loss]


class KerasEngine:
    """A network that `Model.fit` trains, epoch by epoch."""

    def __init__(self, training_set: TrainingSet, batch_size: int, seed: int) -> None:
        self._set, self._batch_size = training_set, batch_size
        chosen = training_set.hyperparameters
        self._network = build_network(chosen, layout_of(training_set.inputs))
        self._network.set_weights(fresh_weights(self._network, seed))
        states = dropout_states(self._network, seed)
        for variable, state in zip(self._network.non_trainable_variables, states, strict=True):
            variable.assign(state)
        self._network.compile(keras.optimizers.Adam(), loss=_loss_of(chosen), jit_compile=True)

    def train_epoch(self, order: np.ndarray, learning_rate: float) -> None:
        """Train once over whole batches of issue rows."""
        # A variable, not a Keras schedule: a schedule's constants would be compiled in.
        self._network.optimizer.learning_rate.assign(learning_rate)
        self._network.fit(_Batches(self._set, order, self._batch_size), shuffle=False, verbose=0)

    def predict(self, issues: np.ndarray) -> np.ndarray:
        """The network's scaled answer, float64, shape (issues, outputs)."""
        return predict_in_batches(
            issues,
            lambda rows: self._network.predict_on_batch(network_inputs(self._set.windows, rows)),
        )

    def weights(self) -> list[np.ndarray]:
        """Copies of the weights."""
        return list(self._network.get_weights())

    def restore(self, weights: list[np.ndarray]) -> None:
        """Go back to weights of this network."""
        self._network.set_weights(weights)

    def network(self) -> keras.Model:
        """The network itself."""
        return self._network


class _Batches(keras.utils.PyDataset):  # type: ignore[misc]  # Keras is untyped
    """One epoch's whole batches, cut from the strided windows as they are needed."""

    def __init__(self, training_set: TrainingSet, order: np.ndarray, batch_size: int) -> None:
        super().__init__()
        self._set = training_set
        self._batches = order[: len(order) // batch_size * batch_size].reshape(-1, batch_size)

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, batch: int) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
        issues, known = self._batches[batch], self._set
        return network_inputs(known.windows, issues), known.targets[issues], known.weights[issues]
