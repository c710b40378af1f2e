"""A split's training part, scaled by its own rows and ready for a network."""

from dataclasses import dataclass

import numpy as np

from hpo_exp.data.table import TARGET
from hpo_exp.errors import ConfigError
from hpo_exp.features.inputs import Inputs
from hpo_exp.features.scaling import Scaling, fit_scaling, fit_target_scaling
from hpo_exp.features.windows import (
    Reference,
    Windows,
    actual_load,
    ahead_names,
    is_lag,
    reference_load,
    scaled_windows,
)
from hpo_exp.models.hyperparameters import Hyperparameters
from hpo_exp.models.linear_path import LinearPath, fit_linear_path
from hpo_exp.spans import DAY


@dataclass(frozen=True)
class TrainingSet:
    """A split's training windows, ready for any network of these hyperparameters.

    Attributes:
        inputs: the experiment's inputs.
        windows: scaled windows.
        scaling: the scaling, fitted on the split's training rows.
        linear: the linear forecast beside the network, if any.
        issues: issue rows to train on, shape (windows,).
        targets: scaled targets of each issue row, float32, shape (rows + 1, outputs); 0 for the
            rows that are not trained on. Outputs are the steps of one series after another, the
            load's first.
        weights: how much each issue row counts, float32, shape (rows + 1,); 1 in the mean.
        floors: the least that each series' forecasts may say (MW), minus infinity for no bound.
        hyperparameters: what will be trained.
    """

    inputs: Inputs
    windows: Windows
    scaling: Scaling
    linear: LinearPath | None
    issues: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    floors: tuple[float, ...]
    hyperparameters: Hyperparameters

    def to_mw(self, scaled: np.ndarray, issues: np.ndarray) -> np.ndarray:
        """A network's answer in MW; both shapes are (issues, outputs)."""
        change = scaled * self.scaling.target_std + self.scaling.target_mean
        if self.linear is not None:
            change = change + self.linear.forecast(self.windows, self.inputs.clock, issues)
        change = change * levels(self.inputs, issues)
        answer = change + references(self.inputs, self.hyperparameters.reference, issues)
        return np.maximum(answer, np.repeat(self.floors, self.inputs.horizon))


def references(inputs: Inputs, kind: Reference, issues: np.ndarray) -> np.ndarray:
    """What the changes are predicted against (MW), shape (issues, outputs)."""
    return np.hstack([reference_load(view, kind, issues) for view in inputs.views])


def levels(inputs: Inputs, issues: np.ndarray) -> np.ndarray:
    """What the changes are relative to (MW, or 1 where they are not), shape (issues, outputs)."""
    levels = np.column_stack([view.level[issues] for view in inputs.views])
    return np.repeat(levels, inputs.horizon, axis=1)


def actuals(inputs: Inputs, issues: np.ndarray) -> np.ndarray:
    """What came (MW), shape (issues, outputs); NaN where unmeasured or yet to come."""
    return np.hstack([actual_load(view, issues) for view in inputs.views])


def prepare(
    inputs: Inputs,
    matrix: np.ndarray,
    train_rows: slice,
    issues: np.ndarray,
    hyperparameters: Hyperparameters,
) -> TrainingSet:
    """Scale a split's windows and targets by its own training rows, and fit the linear forecast.

    Args:
        inputs: the experiment's inputs.
        matrix: their `feature_matrix`.
        train_rows: the split's training rows.
        issues: the split's training issues.
        hyperparameters: what will be trained.

    Raises:
        ConfigError: the linear forecast is to read a column that the window does not have.
    """
    scaling = fit_scaling(matrix[train_rows], inputs.weather[issues])
    windows = scaled_windows(inputs, matrix, hyperparameters.time_steps, scaling)
    weights = _weights(issues, hyperparameters.half_life_days)
    change = actuals(inputs, issues) - references(inputs, hyperparameters.reference, issues)
    change = change / levels(inputs, issues)
    linear = None
    if hyperparameters.linear != "none":
        linear = fit_linear_path(
            windows,
            *linear_reads(inputs, hyperparameters),
            inputs.clock,
            issues,
            change,
            weights,
            hyperparameters.linear_penalty,
            shared=hyperparameters.linear == "shared",
        )
        change = change - linear.forecast(windows, inputs.clock, issues)
    scaling = fit_target_scaling(scaling, change)
    targets = np.zeros((inputs.rows + 1, change.shape[1]), np.float32)
    targets[issues] = (change - scaling.target_mean) / scaling.target_std
    row_weights = np.ones(inputs.rows + 1, np.float32)
    row_weights[issues] = weights
    return TrainingSet(
        inputs=inputs,
        windows=windows,
        scaling=scaling,
        linear=linear,
        issues=issues,
        targets=targets,
        weights=row_weights,
        floors=tuple(view.floor(train_rows) for view in inputs.views),
        hyperparameters=hyperparameters,
    )


def linear_columns(inputs: Inputs, hyperparameters: Hyperparameters) -> tuple[int, ...]:
    """Which measured columns the linear forecast reads.

    Raises:
        ConfigError: one of them is not among the inputs.
    """
    for name in hyperparameters.linear_past:
        if name not in inputs.past_names:
            raise ConfigError(
                f"model.linear_past names {name}, which the window does not have; it has "
                f"{', '.join(inputs.past_names)} (features.past)"
            )
    return tuple(inputs.past_names.index(name) for name in hyperparameters.linear_past)


def linear_reads(
    inputs: Inputs, hyperparameters: Hyperparameters
) -> tuple[tuple[int, ...], np.ndarray]:
    """Columns of the window's rows that linear forecasts read, and each series' terms of them.

    The load's reads `linear_past`, another series' its own column; both the calendar, their own
    lags and the weather forecasts of the target hour.

    Returns:
        The columns, and flags of shape (series, terms).
    """
    names, loads = inputs.past_names, linear_columns(inputs, hyperparameters)
    read = {
        column: loads
        if column == TARGET
        else tuple(n for n, name in enumerate(names) if name == column)
        for column in inputs.series
    }
    columns = tuple(dict.fromkeys(place for places in read.values() for place in places))
    flags = []
    for column, places in read.items():
        past = np.tile([place in places for place in columns], hyperparameters.time_steps)
        others = [other for other in inputs.series if other != column]
        ahead = [not any(is_lag(name, other) for other in others) for name in ahead_names(inputs)]
        flags.append(np.concatenate([past, np.array(ahead, bool)]))
    return columns, np.array(flags, bool)


def _weights(issues: np.ndarray, half_life_days: float | None) -> np.ndarray:
    """Weight of each issue, 1 in the mean: half as much for each half-life of age."""
    if half_life_days is None:
        return np.ones(len(issues))
    age_days = (issues[-1] - issues) / DAY
    weights = 0.5 ** (age_days / half_life_days)
    return np.asarray(weights / weights.mean())
