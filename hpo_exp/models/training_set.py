"""A split's training part, scaled by its own rows and ready for a network."""

from dataclasses import dataclass

import numpy as np

from hpo_exp.features.inputs import Inputs
from hpo_exp.features.scaling import Scaling, fit_scaling
from hpo_exp.features.windows import Windows, actual_load, reference_load, scaled_windows
from hpo_exp.models.hyperparameters import Hyperparameters


@dataclass(frozen=True)
class TrainingSet:
    """A split's training windows, ready for any network of these hyperparameters.

    Attributes:
        inputs: the experiment's inputs.
        windows: scaled windows.
        scaling: the scaling, fitted on the split's training rows.
        issues: issue rows to train on, shape (windows,).
        targets: scaled target of each issue row, float32, shape (rows + 1, horizon); 0 for the
            rows that are not trained on.
        hyperparameters: what will be trained.
    """

    inputs: Inputs
    windows: Windows
    scaling: Scaling
    issues: np.ndarray
    targets: np.ndarray
    hyperparameters: Hyperparameters

    def to_mw(self, scaled: np.ndarray, issues: np.ndarray) -> np.ndarray:
        """A network's answer as load (MW); both shapes are (issues, horizon)."""
        reference = reference_load(self.inputs, self.hyperparameters.reference, issues)
        return scaled * self.scaling.target_std + self.scaling.target_mean + reference


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
    targets = np.zeros((inputs.rows + 1, inputs.horizon), np.float32)
    targets[issues] = (change - scaling.target_mean) / scaling.target_std
    return TrainingSet(
        inputs=inputs,
        windows=scaled_windows(inputs, matrix, hyperparameters.time_steps, scaling),
        scaling=scaling,
        issues=issues,
        targets=targets,
        hyperparameters=hyperparameters,
    )
