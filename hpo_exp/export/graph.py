"""The model as it leaves the project: it takes MW and °C and answers MW, scaling included."""

import keras
import numpy as np

from hpo_exp.export.signature import HOUR, forecast_name, level_name, named_inputs, reference_name
from hpo_exp.features.inputs import Inputs
from hpo_exp.features.windows import AHEAD, PAST
from hpo_exp.models.linear_path import DAY, LinearPath
from hpo_exp.models.training import Fit


def deployable(fit: Fit) -> keras.Model:
    """Wrap trained networks, and the linear forecast beside them, in their scaling.

    Returns:
        A model from `past` (batch, time_steps, features) in raw units, `ahead` (batch,
        horizon, known-ahead features) where there are any, `hour` (batch, horizon), the target's
        hour of day, where there is a linear forecast, and `reference_mw` (batch, horizon) where
        a change is predicted, to {`forecast_mw`: (batch, horizon)}. Each further series has a
        `reference_<column>` and a `forecast_<column>` of the same shapes, and where it grows a
        `level_<column>` (batch, 1).
    """
    training_set = fit.training_set
    inputs, scaled = _scaled_inputs(fit)
    horizon = training_set.inputs.horizon
    answers = []
    for number, engine in enumerate(fit.engines, start=1):
        network = engine.network()
        network.name = f"network_{number}"
        answers.append(network(scaled))
    answer = answers[0] if len(answers) == 1 else keras.layers.Average(name="mean")(answers)
    parts = [
        keras.layers.Normalization(
            mean=training_set.scaling.target_mean,
            variance=training_set.scaling.target_std**2,
            invert=True,
            name="to_mw",
        )(answer)
    ]
    if training_set.linear is not None:
        inputs[HOUR] = keras.Input((horizon,), name=HOUR)
        parts.append(_linear(training_set.linear, scaled, inputs[HOUR]))
    answer = parts[0] if len(parts) == 1 else keras.layers.Add(name="together")(parts)
    outputs = {}
    for place, view in enumerate(training_set.inputs.views):
        # A graph of the load alone has no need to be cut.
        part = answer if place == 0 == len(training_set.floors) - 1 else _part(answer, place, view)
        if view.grows:
            name = level_name(view.target)
            inputs[name] = keras.Input((1,), name=name)
            part = keras.layers.Multiply()([part, inputs[name]])
        if training_set.hyperparameters.reference != "none":
            name = reference_name(view.target)
            inputs[name] = keras.Input((horizon,), name=name)
            part = keras.layers.Add()([part, inputs[name]])
        floor = training_set.floors[place]
        bounded = part if np.isneginf(floor) else keras.ops.maximum(part, floor)
        outputs[forecast_name(view.target)] = bounded
    return keras.Model(inputs, outputs)


def _part(answer: keras.KerasTensor, place: int, view: Inputs) -> keras.KerasTensor:
    """A series' part of the answer."""
    return answer[:, place * view.horizon : (place + 1) * view.horizon]


def _joined(tensors: list[keras.KerasTensor], name: str | None = None) -> keras.KerasTensor:
    """Tensors side by side; one alone as it is."""
    return tensors[0] if len(tensors) == 1 else keras.layers.Concatenate(name=name)(tensors)


def _scaled_inputs(
    fit: Fit,
) -> tuple[dict[str, keras.KerasTensor], dict[str, keras.KerasTensor]]:
    """The windows' inputs in raw units, and scaled."""
    scaling, known = fit.training_set.scaling, fit.training_set.inputs
    moments = {PAST: slice(known.row_features), AHEAD: slice(len(known.past_names), None)}
    inputs, scaled = {}, {}
    for name, tensor in fit.engines[0].network().input.items():
        chosen = moments[name]
        inputs[name] = keras.Input(tensor.shape[1:], name=name)
        scaled[name] = keras.layers.Normalization(
            mean=scaling.mean[chosen],
            variance=scaling.std[chosen] ** 2,
            name=f"scale_{name}",
        )(inputs[name])
    return inputs, scaled


def _linear(
    linear: LinearPath, scaled: dict[str, keras.KerasTensor], hour: keras.KerasTensor
) -> keras.KerasTensor:
    """The linear forecast: each output and hour of day looks up its coefficients."""
    outputs, _, count = linear.coefficients.shape
    horizon = hour.shape[1]
    past = _joined([scaled[PAST][:, :, place : place + 1] for place in linear.columns])
    terms = keras.layers.RepeatVector(horizon)(keras.layers.Flatten()(past))
    if AHEAD in scaled:
        terms = keras.layers.Concatenate()([terms, scaled[AHEAD]])
    series = outputs // horizon
    if series > 1:
        terms = keras.layers.Concatenate(axis=1)([terms] * series)
        hour = keras.layers.Concatenate(axis=1)([hour] * series)
    place = keras.ops.cast(hour, "int32") + DAY * np.arange(outputs, dtype=np.int32)
    table = keras.layers.Embedding(outputs * DAY, count, name="linear_coefficients")
    chosen = table(place)
    table.set_weights([linear.coefficients.reshape(-1, count)])
    products = keras.ops.sum(chosen[:, :, :-1] * terms, axis=2)
    return products + chosen[:, :, count - 1]


def deployable_inputs(fit: Fit, issues: np.ndarray) -> dict[str, np.ndarray]:
    """The deployable model's named inputs for some issue rows, float32, in raw units."""
    training_set = fit.training_set
    inputs, hyperparameters = training_set.inputs, training_set.hyperparameters
    names = list(fit.engines[0].network().input)
    if training_set.linear is not None:
        names.append(HOUR)
    if hyperparameters.reference != "none":
        names.extend(reference_name(view.target) for view in inputs.views)
    names.extend(level_name(view.target) for view in inputs.views if view.grows)
    return named_inputs(
        inputs, names, hyperparameters.time_steps, hyperparameters.reference, issues
    )
