"""The network: an LSTM reads the past, a dense head joins what is known of the hours ahead."""

import keras

from hpo_exp.models.hyperparameters import Hyperparameters

PAST, AHEAD = "past", "ahead"
"""Names of the network's inputs."""


def build_network(
    hyperparameters: Hyperparameters, features: int, ahead_features: int, horizon: int
) -> keras.Model:
    """Build the network that training sees; all it reads and answers is scaled.

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
        last = layer == hyperparameters.layers - 1
        state = keras.layers.LSTM(hyperparameters.units, return_sequences=not last)(state)
        if hyperparameters.dropout > 0:
            state = keras.layers.Dropout(hyperparameters.dropout)(state)
    inputs = {PAST: past}
    if ahead_features:
        inputs[AHEAD] = keras.Input((horizon, ahead_features), name=AHEAD)
        state = keras.layers.Concatenate()([state, keras.layers.Flatten()(inputs[AHEAD])])
    if hyperparameters.dense_units:
        state = keras.layers.Dense(hyperparameters.dense_units, activation="relu")(state)
    return keras.Model(inputs, keras.layers.Dense(horizon)(state))
