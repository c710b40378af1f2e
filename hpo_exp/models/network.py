"""The network: an LSTM reads the past, a dense head joins what is known of the hours ahead."""

from collections.abc import Callable

import keras
import numpy as np

from hpo_exp.features.windows import AHEAD, PAST, Layout, Windows
from hpo_exp.models.hyperparameters import Hyperparameters

HEAD = 99
"""Seed of the dropout after the dense layer; those after LSTM layers count from 0."""

PREDICT_BATCH = 1024
"""Windows predicted at once; the last batch is padded, so that one size is compiled."""


def build_network(hyperparameters: Hyperparameters, layout: Layout) -> keras.Model:
    """Build the network that training sees; all it reads and answers is scaled.

    Its weights are zeros until `fresh_weights`, or trained ones, are put in.

    Args:
        hyperparameters: its shape.
        layout: what the columns of its inputs are. Where nothing is known ahead, that input is
            left out, and with one layer and no dense units the network is the notebook's LSTM.

    Returns:
        A model from `past` (batch, time_steps, features) and `ahead` (batch, horizon,
        ahead_features) to (batch, outputs): the steps of one series after another.
    """
    inputs = {PAST: keras.Input((hyperparameters.time_steps, layout.features), name=PAST)}
    if layout.ahead_features:
        inputs[AHEAD] = keras.Input((layout.horizon, layout.ahead_features), name=AHEAD)
    values = dict(inputs)
    if hyperparameters.level == "window":
        values = _against_level(inputs, layout)
    state = _encode(values[PAST], hyperparameters)
    outputs = layout.targets * layout.horizon
    if AHEAD not in values:
        if hyperparameters.dense_units:
            state = _dropout(
                _dense(hyperparameters.dense_units, "relu")(state), hyperparameters, HEAD
            )
        return keras.Model(inputs, _dense(outputs, None)(state))
    steps = keras.layers.RepeatVector(layout.horizon)(state)
    steps = keras.layers.Concatenate()([steps, values[AHEAD]])
    if hyperparameters.dense_units:
        steps = _per_step(hyperparameters.dense_units, "relu", layout)(steps)
        steps = _dropout(steps, hyperparameters, HEAD)
    answer = _per_step(layout.targets, None, layout)(steps)
    if layout.targets > 1:
        answer = keras.layers.Permute((2, 1))(answer)
    return keras.Model(inputs, keras.layers.Reshape((outputs,))(answer))


def _against_level(
    inputs: dict[str, keras.KerasTensor], layout: Layout
) -> dict[str, keras.KerasTensor]:
    """Loads as distances from the window's mean load (instance normalisation, Kim et al. 2022)."""
    own = layout.loads[0]  # held by the configuration
    level = keras.ops.mean(inputs[PAST][:, :, own : own + 1], axis=1, keepdims=True)
    columns = {
        PAST: (layout.features, layout.loads),
        AHEAD: (layout.ahead_features, layout.ahead_loads),
    }
    values = {}
    for name, tensor in inputs.items():
        width, loads = columns[name]
        mask = np.zeros(width, np.float32)
        mask[list(loads)] = 1
        values[name] = tensor - level * mask
    return values


def _encode(past: keras.KerasTensor, hyperparameters: Hyperparameters) -> keras.KerasTensor:
    """The LSTM's last state."""
    for layer in range(hyperparameters.layers):
        past = keras.layers.LSTM(
            hyperparameters.units,
            return_sequences=layer < hyperparameters.layers - 1,
            kernel_initializer="zeros",
            recurrent_initializer="zeros",
        )(past)
        past = _dropout(past, hyperparameters, layer)
    return past


def _dropout(
    tensor: keras.KerasTensor, hyperparameters: Hyperparameters, seed: int
) -> keras.KerasTensor:
    """Dropout, if any; with a seed of its own, for Keras's global one would import TensorFlow."""
    if hyperparameters.dropout == 0:
        return tensor
    return keras.layers.Dropout(hyperparameters.dropout, seed=seed)(tensor)


def _dense(units: int, activation: str | None) -> keras.layers.Dense:
    return keras.layers.Dense(units, activation=activation, kernel_initializer="zeros")


def _per_step(units: int, activation: str | None, layout: Layout) -> keras.layers.EinsumDense:
    """A dense layer over each step's values: one kernel for all steps, a bias for each."""
    return keras.layers.EinsumDense(
        "bsf,fu->bsu",
        output_shape=(layout.horizon, units),
        bias_axes="su",
        activation=activation,
        kernel_initializer="zeros",
    )


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
        The answers, float64, shape (issues, outputs).
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
