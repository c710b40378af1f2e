"""The network: an LSTM reads the past, a dense head joins what is known of the hours ahead."""

import keras
import numpy as np

from hpo_exp.features.windows import Windows
from hpo_exp.models.hyperparameters import Hyperparameters

PAST, AHEAD = "past", "ahead"
"""Names of the network's inputs."""

PREDICT_BATCH = 1024
"""Windows predicted at once; the last batch is padded, so that one size is compiled."""


def build_network(
    hyperparameters: Hyperparameters, features: int, ahead_features: int, horizon: int, seed: int
) -> keras.Model:
    """Build the network that training sees; all it reads and answers is scaled.

    Args:
        hyperparameters: its shape.
        features: features a row of the past has.
        ahead_features: features known of each target hour; 0 leaves that input out, and with
            one layer and no dense units the network is the notebook's LSTM.
        horizon: number of steps.
        seed: seed of the first weights and of dropout.

    Returns:
        A model from `past` (batch, time_steps, features) and `ahead` (batch, horizon,
        ahead_features) to (batch, horizon).
    """
    # Keras's global seed would import TensorFlow wherever that is installed.
    seeds = iter(np.random.SeedSequence(seed).generate_state(3 * hyperparameters.layers + 2) >> 1)
    past = keras.Input((hyperparameters.time_steps, features), name=PAST)
    state = past
    for layer in range(hyperparameters.layers):
        state = keras.layers.LSTM(
            hyperparameters.units,
            return_sequences=layer < hyperparameters.layers - 1,
            kernel_initializer=keras.initializers.GlorotUniform(int(next(seeds))),
            recurrent_initializer=keras.initializers.Orthogonal(seed=int(next(seeds))),
        )(state)
        if hyperparameters.dropout > 0:
            state = keras.layers.Dropout(hyperparameters.dropout, seed=int(next(seeds)))(state)
    inputs = {PAST: past}
    if ahead_features:
        inputs[AHEAD] = keras.Input((horizon, ahead_features), name=AHEAD)
        state = keras.layers.Concatenate()([state, keras.layers.Flatten()(inputs[AHEAD])])
    if hyperparameters.dense_units:
        state = _dense(hyperparameters.dense_units, next(seeds), "relu")(state)
    return keras.Model(inputs, _dense(horizon, next(seeds), None)(state))


def _dense(units: int, seed: int, activation: str | None) -> keras.layers.Dense:
    initializer = keras.initializers.GlorotUniform(int(seed))
    return keras.layers.Dense(units, activation=activation, kernel_initializer=initializer)


def network_inputs(windows: Windows, issues: np.ndarray) -> dict[str, np.ndarray]:
    """The network's named inputs for some issue rows."""
    values = {PAST: windows.past(issues)}
    if windows.ahead_features:
        values[AHEAD] = windows.ahead(issues)
    return values
