"""Scaling of features and target, fitted on training rows alone."""

from dataclasses import dataclass

import numpy as np

CONSTANT = 1e-9
"""A spread below this share of a column's size is rounding: the column is constant."""


@dataclass(frozen=True)
class Scaling:
    """Means and standard deviations that bring features and target to order 1.

    Attributes:
        mean, std: of each feature, shape (features,).
        target_mean, target_std: of the target (MW), a change or the load itself.
    """

    mean: np.ndarray
    std: np.ndarray
    target_mean: float
    target_std: float


def fit_scaling(features: np.ndarray, targets: np.ndarray) -> Scaling:
    """Fit the scaling to training rows; missing values do not count.

    Args:
        features: training rows of the feature matrix, shape (rows, features).
        targets: training targets (MW), any shape.

    Returns:
        A scaling under which a constant column becomes 0 rather than a division by 0.
    """
    mean, std = _moments(features)
    target_mean, target_std = _moments(targets.reshape(-1, 1))
    return Scaling(mean, std, float(target_mean[0]), float(target_std[0]))


def _moments(columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mean, std = np.nanmean(columns, axis=0), np.nanstd(columns, axis=0)
    return mean, np.where(std > CONSTANT * np.maximum(1.0, np.abs(mean)), std, 1.0)
