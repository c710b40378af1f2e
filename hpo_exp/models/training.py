"""Training of one network on one split."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import keras
import numpy as np

from hpo_exp.config import TrainerConfig
from hpo_exp.features.inputs import Inputs
from hpo_exp.features.scaling import Scaling, fit_scaling
from hpo_exp.features.windows import Windows, actual_load, reference_load, scaled_windows
from hpo_exp.models.hyperparameters import Hyperparameters
from hpo_exp.models.network import AHEAD, PAST, build_network
from hpo_exp.validation.metrics import rmse

PREDICT_BATCH = 1024
"""Windows predicted at once; the last batch is padded, so that one size is compiled."""


class TrainingDivergedError(Exception):
    """The loss is no longer a number."""


@dataclass(frozen=True)
class TrainingSet:
    """A split's training windows, ready for any network of these hyperparameters.

    Attributes:
        inputs: the experiment's inputs.
        windows: scaled windows.
        scaling: the scaling, fitted on the split's training rows.
        issues: issue rows to train on, shape (windows,).
        targets: scaled targets, float32, shape (windows, horizon).
        hyperparameters: what will be trained.
    """

    inputs: Inputs
    windows: Windows
    scaling: Scaling
    issues: np.ndarray
    targets: np.ndarray
    hyperparameters: Hyperparameters


@dataclass(frozen=True)
class Fit:
    """A trained network.

    Attributes:
        network: the network, on scaled inputs.
        training_set: what it was trained on.
        epochs: epochs that lead to these weights.
        tail_rmse: RMSE (MW) on the training part's tail after each epoch, if it was watched.
    """

    network: keras.Model
    training_set: TrainingSet
    epochs: int
    tail_rmse: tuple[float, ...] = ()

    def forecast(self, issues: np.ndarray) -> np.ndarray:
        """Forecast the load (MW) at every step, shape (issues, horizon)."""
        return _forecast(self.network, self.training_set, issues)


def prepare(
    inputs: Inputs,
    matrix: np.ndarray,
    train_rows: slice,
    issues: np.ndarray,
    hyperparameters: Hyperparameters,
) -> TrainingSet:
    """Scale a split's windows and targets by its own training rows.

    Args:
        inputs: the experiment's inputs.
        matrix: their `feature_matrix`.
        train_rows: the split's training rows.
        issues: the split's training issues.
        hyperparameters: what will be trained.
    """
    reference = reference_load(inputs, hyperparameters.reference, issues)
    change = actual_load(inputs, issues) - reference
    scaling = fit_scaling(matrix[train_rows], change)
    return TrainingSet(
        inputs=inputs,
        windows=scaled_windows(inputs, matrix, hyperparameters.time_steps, scaling),
        scaling=scaling,
        issues=issues,
        targets=((change - scaling.target_mean) / scaling.target_std).astype(np.float32),
        hyperparameters=hyperparameters,
    )


def fit_with_early_stopping(training_set: TrainingSet, trainer: TrainerConfig, seed: int) -> Fit:
    """Train until the tail of the training part stops improving, and keep the best epoch.

    The tail is the last `trainer.tail` of the issues; windows whose targets reach into it are
    left out of what the weights see.
    """
    issues, horizon = training_set.issues, training_set.inputs.horizon
    tail_start = issues[-max(1, math.ceil(len(issues) * trainer.tail))]
    tail = issues[issues >= tail_start]
    seen = np.flatnonzero(issues + horizon <= tail_start)
    actual = actual_load(training_set.inputs, tail)
    network = _compile(training_set, seed)
    history: list[float] = []
    best_weights = network.get_weights()
    for _ in _train(network, training_set, seen, trainer, seed):
        history.append(rmse(actual, _forecast(network, training_set, tail)))
        if not math.isfinite(history[-1]):
            raise TrainingDivergedError(f"the loss is {history[-1]} in epoch {len(history)}")
        if history[-1] == min(history):
            best_weights = network.get_weights()
        elif trainer.patience and len(history) - 1 - np.argmin(history) >= trainer.patience:
            break
    network.set_weights(best_weights)
    return Fit(network, training_set, int(np.argmin(history)) + 1, tuple(history))


def fit_for_epochs(
    training_set: TrainingSet, trainer: TrainerConfig, epochs: int, seed: int
) -> Fit:
    """Train on all windows for a given number of epochs of the schedule."""
    network = _compile(training_set, seed)
    everything = np.arange(len(training_set.issues))
    for epoch in _train(network, training_set, everything, trainer, seed):
        if epoch == epochs:
            break
    return Fit(network, training_set, epochs)


class _Batches(keras.utils.PyDataset):  # type: ignore[misc]  # Keras is untyped
    """One epoch's whole batches, cut from the strided windows as they are needed."""

    def __init__(self, training_set: TrainingSet, order: np.ndarray, batch_size: int) -> None:
        super().__init__()
        self._set = training_set
        self._batches = order[: len(order) // batch_size * batch_size].reshape(-1, batch_size)

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, batch: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
        chosen = self._batches[batch]
        return network_inputs(self._set.windows, self._set.issues[chosen]), self._set.targets[
            chosen
        ]


def network_inputs(windows: Windows, issues: np.ndarray) -> dict[str, np.ndarray]:
    """The network's named inputs for some issue rows."""
    values = {PAST: windows.past(issues)}
    if windows.calendar.shape[1] + windows.lagged_load.shape[1]:
        values[AHEAD] = windows.ahead(issues)
    return values


def _compile(training_set: TrainingSet, seed: int) -> keras.Model:
    keras.utils.set_random_seed(seed)
    windows = training_set.windows
    network = build_network(
        training_set.hyperparameters,
        features=windows.matrix.shape[1],
        ahead_features=windows.calendar.shape[1] + windows.lagged_load.shape[1],
        horizon=windows.horizon,
    )
    optimizer = keras.optimizers.Adam(training_set.hyperparameters.learning_rate)
    network.compile(optimizer, loss="mean_squared_error", jit_compile=True)
    return network


def _train(
    network: keras.Model,
    training_set: TrainingSet,
    seen: np.ndarray,
    trainer: TrainerConfig,
    seed: int,
) -> Iterator[int]:
    """Train epoch by epoch, yielding the epoch's number (from 1) after each."""
    rate = training_set.hyperparameters.learning_rate
    batch_size = min(training_set.hyperparameters.batch_size, len(seen))
    for epoch in range(trainer.epochs):
        if trainer.schedule == "cosine":
            # A variable, not a Keras schedule: a schedule's constants would be compiled in.
            share = epoch / trainer.epochs
            network.optimizer.learning_rate.assign(rate * (1 + math.cos(math.pi * share)) / 2)
        order = np.random.default_rng([seed, epoch]).permutation(seen)
        network.fit(_Batches(training_set, order, batch_size), shuffle=False, verbose=0)
        yield epoch + 1


def _forecast(network: keras.Model, training_set: TrainingSet, issues: np.ndarray) -> np.ndarray:
    scaling = training_set.scaling
    scaled = predict(network, training_set.windows, issues)
    reference = reference_load(training_set.inputs, training_set.hyperparameters.reference, issues)
    return scaled * scaling.target_std + scaling.target_mean + reference


def predict(network: keras.Model, windows: Windows, issues: np.ndarray) -> np.ndarray:
    """The network's scaled answer, float64, shape (issues, horizon)."""
    parts = []
    for start in range(0, len(issues), PREDICT_BATCH):
        chunk = issues[start : start + PREDICT_BATCH]
        padded = np.resize(chunk, PREDICT_BATCH)
        parts.append(network.predict_on_batch(network_inputs(windows, padded))[: len(chunk)])
    return np.concatenate(parts).astype(np.float64)
