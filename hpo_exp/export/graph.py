"""The model as it leaves the project: it takes MW and °C and answers MW, scaling included."""

import keras
import numpy as np

from hpo_exp.export.signature import HOUR, forecast_name, level_name, named_inputs, reference_name
from hpo_exp.features.inputs import Inputs
from hpo_exp.features.windows import AHEAD, PAST
from hpo_exp.models.blend import Blend
from hpo_exp.models.linear_path import LinearPath
from hpo_exp.models.training import Fit
from hpo_exp.spans import DAY


def deployable(blend: Blend) -> keras.Model:
    """Wrap trained networks, and the linear forecasts beside them, in their scaling.

    Returns:
        A model from `past` (batch, time_steps, features) in raw units, `ahead` (batch,
        horizon, known-ahead features) where there are any, `hour` (batch, horizon), the target's
        hour of day, where there is a linear forecast, and `reference_mw` (batch, horizon) where
        a change is predicted, to {`forecast_mw`: (batch, horizon)}. Each further series has a
        `reference_<column>` and a `forecast_<column>` of the same shapes, and where it grows a
        `level_<column>` (batch, 1).
    """
    inputs = _inputs(blend)
    answers = [_answers(fit, inputs, number) for number, fit in enumerate(blend.fits, start=1)]
    if len(answers) == 1:
        return keras.Model(inputs, answers[0])
    together = {
        name: keras.layers.Average(name=f"mean_{name}")([answer[name] for answer in answers])
        for name in answers[0]
    }
    return keras.Model(inputs, together)


def _inputs(blend: Blend) -> dict[str, keras.KerasTensor]:
    """The model's inputs: those of all its fits, which agree about each."""
    winner = blend.winner
    known, network = winner.training_set.inputs, winner.engines[0].network()
    shapes = {name: tensor.shape[1:] for name, tensor in network.input.items()}
    shapes |= {level_name(column): (1,) for column in known.growing}
    return {
        name: keras.Input(shapes.get(name, (known.horizon,)), name=name)
        for name in input_names(blend)
    }


def input_names(blend: Blend) -> list[str]:
    """Names of the model's inputs, in order."""
    training_sets = [fit.training_set for fit in blend.fits]
    views = training_sets[0].inputs.views
    names = list(blend.winner.engines[0].network().input)
    if any(training_set.linear is not None for training_set in training_sets):
        names.append(HOUR)
    if training_sets[0].hyperparameters.reference != "none":
        names.extend(reference_name(view.target) for view in views)
    names.extend(level_name(view.target) for view in views if view.grows)
    return names


def _answers(
    fit: Fit, inputs: dict[str, keras.KerasTensor], number: int
) -> dict[str, keras.KerasTensor]:
    """What one fit forecasts of each series; `number` tells its layers from other fits'."""
    training_set = fit.training_set
    scaled = _scaled(fit, inputs, number)
    members = []
    for place, engine in enumerate(fit.engines, start=1):
        network = engine.network()
        network.name = f"network_{number}_{place}"
        members.append(network(scaled))
    answer = (
        members[0] if len(members) == 1 else keras.layers.Average(name=f"mean_{number}")(members)
    )
    parts = [
        keras.layers.Normalization(
            mean=training_set.scaling.target_mean,
            variance=training_set.scaling.target_std**2,
            invert=True,
            name=f"to_mw_{number}",
        )(answer)
    ]
    if training_set.linear is not None:
        parts.append(_linear(training_set.linear, scaled, inputs[HOUR], number))
    answer = parts[0] if len(parts) == 1 else keras.layers.Add(name=f"together_{number}")(parts)
    outputs = {}
    for place, view in enumerate(training_set.inputs.views):
        # A graph of the load alone has no need to be cut.
        part = answer if place == 0 == len(training_set.floors) - 1 else _part(answer, place, view)
        if view.grows:
            part = keras.layers.Multiply()([part, inputs[level_name(view.target)]])
        if training_set.hyperparameters.reference != "none":
            part = keras.layers.Add()([part, inputs[reference_name(view.target)]])
        floor = training_set.floors[place]
        bounded = part if np.isneginf(floor) else keras.ops.maximum(part, floor)
        outputs[forecast_name(view.target)] = bounded
    return outputs


def _part(answer: keras.KerasTensor, place: int, view: Inputs) -> keras.KerasTensor:
    """A series' part of the answer."""
    return answer[:, place * view.horizon : (place + 1) * view.horizon]


def _joined(tensors: list[keras.KerasTensor], name: str | None = None) -> keras.KerasTensor:
    """Tensors side by side; one alone as it is."""
    return tensors[0] if len(tensors) == 1 else keras.layers.Concatenate(name=name)(tensors)


def _scaled(
    fit: Fit, inputs: dict[str, keras.KerasTensor], number: int
) -> dict[str, keras.KerasTensor]:
    """The windows' inputs in a fit's scale."""
    scaling, known = fit.training_set.scaling, fit.training_set.inputs
    moments = {PAST: slice(known.row_features), AHEAD: slice(len(known.past_names), None)}
    return {
        name: keras.layers.Normalization(
            mean=scaling.mean[moments[name]],
            variance=scaling.std[moments[name]] ** 2,
            name=f"scale_{name}_{number}",
        )(inputs[name])
        for name in fit.engines[0].network().input
    }


def _linear(
    linear: LinearPath,
    scaled: dict[str, keras.KerasTensor],
    hour: keras.KerasTensor,
    number: int,
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
    table = keras.layers.Embedding(outputs * DAY, count, name=f"linear_coefficients_{number}")
    chosen = table(place)
    table.set_weights([linear.coefficients.reshape(-1, count)])
    products = keras.ops.sum(chosen[:, :, :-1] * terms, axis=2)
    return products + chosen[:, :, count - 1]


def deployable_inputs(blend: Blend, issues: np.ndarray) -> dict[str, np.ndarray]:
    """The deployable model's named inputs for some issue rows, float32, in raw units."""
    training_set = blend.winner.training_set
    inputs, hyperparameters = training_set.inputs, training_set.hyperparameters
    names = input_names(blend)
    return named_inputs(
        inputs, names, hyperparameters.time_steps, hyperparameters.reference, issues
    )
