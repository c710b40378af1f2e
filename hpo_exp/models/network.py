"""The network: an LSTM reads the past, a dense head joins what is known of the hours ahead."""

from collections.abc import Callable

import keras
import numpy as np

from hpo_exp.features.windows import Windows
from hpo_exp.models.hyperparameters import Hyperparameters

PAST, AHEAD = "past", "ahead"
"""Names of the network's inputs."""

PREDICT_BATCH = 1024
"""Windows predicted at once; the last batch is padded, so that one size is compiled."""


def build_network(
    hyperparameters: Hyperparameters, features: int, ahead_features: int, horizon: int
) -> keras.Model:
    """Build the network that training sees; all it reads and answers is scaled.

    Its weights are zeros until `fresh_weights`, or trained ones, are put in.

    Args:
        hyperparameters: its shape.
        features: features a row of the past has.
        ahead_features: features known of each target hour; 0 leaves that input out, and with
            one layer and no dense units the network is the notebook's LSTM.
        horizon: number of steps.

    Returns:
        A model from `past` (batch, time_steps, features) and `ahead` (batch, horizon,
        ahead_features) to (batch, horizon).
    """
    past = keras.Input((hyperparameters.time_steps, features), name=PAST)
    state = past
    for layer in range(hyperparameters.layers):
        state = keras.layers.LSTM(
            hyperparameters.units,
            return_sequences=layer < hyperparameters.layers - 1,
            kernel_initializer="zeros",
            recurrent_initializer="zeros",
        )(state)
        if hyperparameters.dropout > 0:
            # A seed of its own: Keras's global one would import TensorFlow where it is installed.
            state = keras.layers.Dropout(hyperparameters.dropout, seed=layer)(state)
    inputs = {PAST: past}
    if ahead_features:
        inputs[AHEAD] = keras.Input((horizon, ahead_features), name=AHEAD)
        state = keras.layers.Concatenate()([state, keras.layers.Flatten()(inputs[AHEAD])])
    if hyperparameters.dense_units:
        state = _dense(hyperparameters.dense_units, "relu")(state)
    return keras.Model(inputs, _dense(horizon, None)(state))


def _dense(units: int, activation: str | None) -> keras.layers.Dense:
    return keras.layers.Dense(units, activation=activation, kernel_initializer="zeros")


def fresh_weights(network: keras.Model, seed: int) -> list[np.ndarray]:
    """First weights, in the network's order: what Keras's layers draw, but drawn by numpy.

    JAX compiles a program for every shape it draws, which for a new network takes longer than
    to train it for an epoch. Kernels are uniform (Glorot and Bengio, 2010), recurrent ones
    orthogonal (Saxe et al., 2014), biases 0 but for the forget gate's, 1 (Jozefowicz et al., 2015).
    """
    rng = np.random.default_rng(seed)
    return [
        _draw(variable.path, tuple(variable.shape), rng) for variable in network.trainable_variables
    ]


def dropout_states(network: keras.Model, seed: int) -> list[np.ndarray]:
    """First states of what draws dropout, in the order of the network's other variables."""
    return [
        np.array([seed + number, 0], np.uint32)  # as Keras makes them of a seed: [seed, 0]
        for number in range(len(network.non_trainable_variables))
    ]


def _draw(path: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """One variable's first value, float32."""
    if path.endswith("recurrent_kernel"):
        square, signs = np.linalg.qr(rng.standard_normal(shape[::-1]))
        return (square * np.sign(np.diag(signs))).T.astype(np.float32)
    if path.endswith("kernel"):
        limit = np.sqrt(6 / sum(shape))
        return rng.uniform(-limit, limit, shape).astype(np.float32)
    bias = np.zeros(shape, np.float32)
    if "lstm_cell" in path:  # gates input, forget, candidate, output
        units = shape[0] // 4
        bias[units : 2 * units] = 1
    return bias


def predict_in_batches(
    issues: np.ndarray, predict: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Ask for issue rows `PREDICT_BATCH` at a time.

    Args:
        issues: issue rows, shape (issues,).
        predict: from `PREDICT_BATCH` issue rows to their answers.

    Returns:
        The answers, float64, shape (issues, horizon).
    """
    parts = []
    for start in range(0, len(issues), PREDICT_BATCH):
        chunk = issues[start : start + PREDICT_BATCH]
        parts.append(predict(np.resize(chunk, PREDICT_BATCH))[: len(chunk)])
    return np.concatenate(parts).astype(np.float64)


def network_inputs(windows: Windows, issues: np.ndarray) -> dict[str, np.ndarray]:
    """The network's named inputs for some issue rows."""
    values = {PAST: windows.past(issues)}
    if windows.ahead_features:
        values[AHEAD] = windows.ahead(issues)
    return values
