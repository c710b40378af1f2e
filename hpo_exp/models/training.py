"""Training of one network on one split: the epochs, and when to stop."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hpo_exp.config import TrainerConfig
from hpo_exp.data.table import TARGET
from hpo_exp.models.engines import Engine, start_engine
from hpo_exp.models.training_set import TrainingSet, actuals
from hpo_exp.validation.metrics import rmse


class TrainingDivergedError(Exception):
    """The loss is no longer a number."""


@dataclass(frozen=True)
class Fit:
    """Trained networks that forecast together, each with an equal voice.

    Attributes:
        engines: the networks, on scaled inputs.
        training_set: what they were trained on.
        epochs: epochs that lead to these weights.
        tail_rmse: RMSE (MW) of all series on the training part's tail after each epoch, if it
            was watched.
    """

    engines: tuple[Engine, ...]
    training_set: TrainingSet
    epochs: int
    tail_rmse: tuple[float, ...] = ()

    def forecast(self, issues: np.ndarray) -> np.ndarray:
        """Forecast the load (MW) at every step, shape (issues, horizon)."""
        return self.forecast_all(issues)[TARGET]

    def forecast_all(self, issues: np.ndarray) -> dict[str, np.ndarray]:
        """Forecast every series (MW) at every step: column to shape (issues, horizon)."""
        scaled = np.mean([engine.predict(issues) for engine in self.engines], axis=0)
        series = self.training_set.inputs.series
        answers = np.split(self.training_set.to_mw(scaled, issues), len(series), axis=1)
        return dict(zip(series, answers, strict=True))


def fit(training_set: TrainingSet, trainer: TrainerConfig, epochs: int, seed: int) -> Fit:
    """Train for at most some epochs of a schedule that ends with them.

    Raises:
        TrainingDivergedError: the loss is no longer a number.
    """
    if trainer.tail == 0:
        shortened = trainer.model_copy(update={"epochs": epochs})
        return fit_for_epochs(training_set, shortened, epochs, seed)
    return fit_with_early_stopping(training_set, trainer, epochs, seed)


def fit_with_early_stopping(
    training_set: TrainingSet, trainer: TrainerConfig, epochs: int, seed: int
) -> Fit:
    """Train until the tail of the training part stops improving, and keep the best epoch.

    The tail is the last `trainer.tail` of the issues; windows whose targets reach into it are
    left out of what the weights see.

    Args:
        training_set: what to train on.
        trainer: how; of its epochs only `epochs` are taken, and the schedule is theirs.
        epochs: most epochs.
        seed: seed of weights, dropout and the order of windows.

    Raises:
        TrainingDivergedError: the loss is no longer a number.
    """
    issues, horizon = training_set.issues, training_set.inputs.horizon
    tail_start = issues[-max(1, math.ceil(len(issues) * trainer.tail))]
    tail = issues[issues >= tail_start]
    seen = issues[issues + horizon <= tail_start]
    actual = actuals(training_set.inputs, tail)
    engine = _start(training_set, seen, seed)
    history: list[float] = []
    best_weights = engine.weights()
    for _ in _train(engine, training_set, seen, epochs, seed):
        forecast = training_set.to_mw(engine.predict(tail), tail)
        history.append(rmse(actual, forecast))
        if not math.isfinite(history[-1]):
            raise TrainingDivergedError(f"the loss is {history[-1]} in epoch {len(history)}")
        if history[-1] == min(history):
            best_weights = engine.weights()
        elif trainer.patience and len(history) - 1 - np.argmin(history) >= trainer.patience:
            break
    engine.restore(best_weights)
    return Fit((engine,), training_set, int(np.argmin(history)) + 1, tuple(history))


def fit_for_epochs(
    training_set: TrainingSet, trainer: TrainerConfig, epochs: int, seed: int
) -> Fit:
    """Train on all windows for a given number of epochs of the schedule.

    Raises:
        TrainingDivergedError: a weight is no longer a number.
    """
    everything = training_set.issues
    engine = _start(training_set, everything, seed)
    for epoch in _train(engine, training_set, everything, trainer.epochs, seed):
        if epoch == epochs:
            break
    if not all(np.isfinite(values).all() for values in engine.weights()):
        raise TrainingDivergedError("a weight is no longer a number")
    return Fit((engine,), training_set, epochs)


def _start(training_set: TrainingSet, seen: np.ndarray, seed: int) -> Engine:
    batch_size = min(training_set.hyperparameters.batch_size, len(seen))
    return start_engine(training_set, batch_size, seed)


def _train(
    engine: Engine,
    training_set: TrainingSet,
    seen: np.ndarray,
    epochs: int,
    seed: int,
) -> Iterator[int]:
    """Train epoch by epoch, yielding the epoch's number (from 1) after each."""
    chosen = training_set.hyperparameters
    rate = chosen.learning_rate
    for epoch in range(epochs):
        if chosen.schedule == "cosine":
            now = rate * (1 + math.cos(math.pi * epoch / epochs)) / 2
        else:
            now = rate
        engine.train_epoch(np.random.default_rng([seed, epoch]).permutation(seen), now)
        yield epoch + 1
