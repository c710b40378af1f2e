"""Training as one compiled program an epoch: Keras's network and optimiser, our loop.

Keras's own loop costs a Python round trip and a copied batch for every step, which for an LSTM
of 50 units is most of the time. Here the table lies where the program runs, windows are cut
inside it, and the loop over batches is compiled with the step. Shapes are those of the whole
table, whatever the fold, and the learning rate is an argument: one compilation serves all
folds, epochs and rates of an architecture, in every process that shares the compilation cache.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import keras
import numpy as np

from hpo_exp.features.windows import AHEAD, PAST, Layout, layout_of
from hpo_exp.models.hyperparameters import Hyperparameters
from hpo_exp.models.network import (
    build_network,
    dropout_states,
    fresh_weights,
    predict_in_batches,
)
from hpo_exp.models.training_set import TrainingSet

LEARNING_RATE = 1
"""Place of the learning rate among the variables of a Keras optimizer."""


class Table(NamedTuple):
    """A scaled table where the program runs: `Windows`, targets, weights and the loss's level."""

    matrix: jax.Array
    calendar: jax.Array
    lagged_load: jax.Array
    lag_offsets: jax.Array
    weather: jax.Array
    targets: jax.Array
    weights: jax.Array
    quantile: jax.Array


class State(NamedTuple):
    """Everything that training changes: Keras's variables, by value."""

    weights: list[jax.Array]
    others: list[jax.Array]
    optimizer: list[jax.Array]


@dataclass(frozen=True)
class Architecture:
    """What a compiled program depends on beside the table's shape."""

    hyperparameters: Hyperparameters
    layout: Layout
    batch_size: int

    def build(self) -> keras.Model:
        """A network of this architecture."""
        return build_network(self.hyperparameters, self.layout)


class JaxEngine:
    """A network whose epochs run as one program each."""

    def __init__(self, training_set: TrainingSet, batch_size: int, seed: int) -> None:
        windows, chosen = training_set.windows, training_set.hyperparameters
        self._architecture = Architecture(
            # What a program takes as an argument does not tell architectures apart.
            hyperparameters=replace(
                chosen,
                learning_rate=1.0,
                schedule="constant",
                quantile=0.5,
                batch_size=1,
                reference="none",
                linear="none",
                linear_past=(),
                linear_penalty=0.0,
                half_life_days=None,
            ),
            layout=layout_of(training_set.inputs),
            batch_size=batch_size,
        )
        self._windows = windows
        self._programs = compile_programs(self._architecture)
        self._table = _table(training_set)
        self._state = self._programs.first_state(seed)

    def train_epoch(self, order: np.ndarray, learning_rate: float) -> None:
        """Train once over whole batches of issue rows."""
        self._windows.check_readable(order)  # JAX would wrap around to the table's end
        size = self._architecture.batch_size
        padded = np.zeros(-(-len(self._table.targets) // size) * size, np.int32)
        padded[: len(order)] = order
        self._state = self._programs.train(
            self._state, self._table, padded, len(order) // size, learning_rate
        )

    def predict(self, issues: np.ndarray) -> np.ndarray:
        """The network's scaled answer, float64, shape (issues, outputs)."""
        self._windows.check_readable(issues)
        return predict_in_batches(
            issues.astype(np.int32), partial(self._programs.predict, self._state, self._table)
        )

    def weights(self) -> list[jax.Array]:
        """The weights; JAX's arrays never change."""
        return self._state.weights

    def restore(self, weights: list[jax.Array]) -> None:
        """Go back to weights of this network."""
        self._state = self._state._replace(weights=[jnp.asarray(values) for values in weights])

    def network(self) -> keras.Model:
        """A Keras model with these weights."""
        network = self._architecture.build()
        for variable, value in zip(network.trainable_variables, self._state.weights, strict=True):
            variable.assign(value)
        return network


@dataclass(frozen=True)
class Programs:
    """An architecture's compiled programs.

    Attributes:
        train: from state, table, padded order, number of batches and learning rate to the state
            an epoch later.
        predict: from state, table and issue rows to the scaled answer.
        first_state: from a seed to the state before the first step.
    """

    train: Callable[[State, Table, np.ndarray, int, float], State]
    predict: Callable[[State, Table, np.ndarray], np.ndarray]
    first_state: Callable[[int], State]


@cache
def compile_programs(architecture: Architecture) -> Programs:
    """Make an architecture's programs; they are compiled at their first call, once a process."""
    network = architecture.build()
    optimizer = keras.optimizers.Adam()
    optimizer.build(network.trainable_variables)
    chosen, size = architecture.hyperparameters, architecture.batch_size
    time_steps = chosen.time_steps
    losses = {"squared": _square, "huber": _huber, "quantile": _pinball}

    def loss(
        weights: list[jax.Array], others: list[jax.Array], table: Table, issues: jax.Array
    ) -> tuple[jax.Array, list[jax.Array]]:
        inputs = cut_inputs(table, issues, time_steps)
        answer, others = network.stateless_call(weights, others, inputs, training=True)
        errors = losses[chosen.loss](answer - table.targets[issues], table.quantile)
        return jnp.mean(errors * table.weights[issues, None]), others

    def step(batch: int, state: State, *, table: Table, order: jax.Array) -> State:
        issues = jax.lax.dynamic_slice(order, (batch * size,), (size,))
        gradients, others = jax.grad(loss, has_aux=True)(state.weights, state.others, table, issues)
        weights, variables = optimizer.stateless_apply(state.optimizer, gradients, state.weights)
        return State(weights, others, variables)

    @jax.jit
    def train(
        state: State, table: Table, order: jax.Array, batches: int, learning_rate: float
    ) -> State:
        variables = list(state.optimizer)
        variables[LEARNING_RATE] = jnp.asarray(learning_rate, variables[LEARNING_RATE].dtype)
        state = state._replace(optimizer=variables)
        return jax.lax.fori_loop(0, batches, partial(step, table=table, order=order), state)

    @jax.jit
    def predict(state: State, table: Table, issues: jax.Array) -> jax.Array:
        inputs = cut_inputs(table, issues, time_steps)
        return network.stateless_call(state.weights, state.others, inputs, training=False)[0]

    def first_state(seed: int) -> State:
        weights = [jnp.asarray(values) for values in fresh_weights(network, seed)]
        others = [jnp.asarray(values) for values in dropout_states(network, seed)]
        return State(weights, others, _values(optimizer.variables))

    return Programs(train, predict, first_state)


def cut_inputs(table: Table, issues: jax.Array, time_steps: int) -> dict[str, jax.Array]:
    """The network's named inputs for some issue rows: `Windows.past` and `.ahead`, compiled."""
    inputs = {PAST: table.matrix[issues[:, None] - time_steps + jnp.arange(time_steps)]}
    horizon, lags = table.lag_offsets.shape
    foreseen = table.weather.shape[2]
    if table.calendar.shape[1] + lags + foreseen:
        targets = issues[:, None] + jnp.arange(horizon)
        lagged = table.lagged_load[targets[:, :, None] - table.lag_offsets, jnp.arange(lags)]
        ahead = [table.calendar[targets], lagged]
        if foreseen:  # else the program is one without them
            ahead.append(table.weather[issues])
        inputs[AHEAD] = jnp.concatenate(ahead, axis=2)
    return inputs


def _square(error: jax.Array, _: jax.Array) -> jax.Array:
    return jnp.square(error)


def _huber(error: jax.Array, _: jax.Array) -> jax.Array:
    """Twice Huber's loss (Ann. Math. Statist. 35, 1964), to equal the square near 0."""
    size = jnp.abs(error)
    return jnp.where(size <= 1, size**2, 2 * size - 1)


def _pinball(error: jax.Array, quantile: jax.Array) -> jax.Array:
    """Twice the quantile's loss (Koenker and Bassett 1978), to equal the size at the median."""
    return 2 * jnp.maximum((1 - quantile) * error, -quantile * error)


def _table(training_set: TrainingSet) -> Table:
    windows = training_set.windows
    return Table(
        matrix=jnp.asarray(windows.matrix),
        calendar=jnp.asarray(windows.calendar),
        lagged_load=jnp.asarray(windows.lagged_load),
        lag_offsets=jnp.asarray(windows.lag_offsets, jnp.int32),
        weather=jnp.asarray(windows.weather),
        targets=jnp.asarray(training_set.targets),
        weights=jnp.asarray(training_set.weights),
        quantile=jnp.asarray(training_set.hyperparameters.quantile, jnp.float32),
    )


def _values(variables: list[Any]) -> list[jax.Array]:
    return [jnp.asarray(variable.value) for variable in variables]
