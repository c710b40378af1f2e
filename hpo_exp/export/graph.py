"""The model as it leaves the project: it takes MW and °C and answers MW, scaling included."""

import keras
import numpy as np

from hpo_exp.features.windows import raw_windows, reference_load
from hpo_exp.models.network import AHEAD, PAST, network_inputs
from hpo_exp.models.training import Fit

REFERENCE, FORECAST = "reference_mw", "forecast_mw"


def deployable(fit: Fit) -> keras.Model:
    """Wrap a trained network in its scaling.

    Returns:
        A model from `past` (batch, time_steps, features) in raw units, `ahead` (batch,
        horizon, known-ahead features) where there are any, and `reference_mw` (batch,
        horizon) where a change is predicted, to {`forecast_mw`: (batch, horizon)}.
    """
    scaling, network = fit.training_set.scaling, fit.engine.network()
    known_ahead = len(scaling.mean) - fit.training_set.inputs.past.shape[1]
    moments = {PAST: slice(None), AHEAD: slice(len(scaling.mean) - known_ahead, None)}
    inputs, scaled = {}, {}
    for name, scaled_input in network.input.items():
        chosen = moments[name]
        inputs[name] = keras.Input(scaled_input.shape[1:], name=name)
        scaled[name] = keras.layers.Normalization(
            mean=scaling.mean[chosen],
            variance=scaling.std[chosen] ** 2,
            name=f"scale_{name}",
        )(inputs[name])
    answer = keras.layers.Normalization(
        axis=None,
        mean=scaling.target_mean,
        variance=scaling.target_std**2,
        invert=True,
        name="to_mw",
    )(network(scaled))
    if fit.training_set.hyperparameters.reference != "none":
        horizon = fit.training_set.inputs.horizon
        inputs[REFERENCE] = keras.Input((horizon,), name=REFERENCE)
        answer = keras.layers.Add(name="add_reference")([answer, inputs[REFERENCE]])
    return keras.Model(inputs, {FORECAST: answer})


def deployable_inputs(fit: Fit, issues: np.ndarray) -> dict[str, np.ndarray]:
    """The deployable model's named inputs for some issue rows, float32, in raw units."""
    training_set = fit.training_set
    inputs, hyperparameters = training_set.inputs, training_set.hyperparameters
    values = network_inputs(raw_windows(inputs, hyperparameters.time_steps), issues)
    if hyperparameters.reference != "none":
        values[REFERENCE] = reference_load(inputs, hyperparameters.reference, issues)
    return {name: value.astype(np.float32) for name, value in values.items()}
