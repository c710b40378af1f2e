"""Scaling of features and targets, fitted on training rows alone."""

from dataclasses import dataclass, replace

import numpy as np

CONSTANT = 1e-9
"""A spread below this share of a column's size is rounding: the column is constant."""


@dataclass(frozen=True)
class Scaling:
    """Means and standard deviations that bring features and targets to order 1.

    Attributes:
        mean, std: of each feature, shape (features,): of those that a row has, then of weather
            forecasts.
        target_mean, target_std: of each output (MW), shape (outputs,), which are the steps of
            one series after another: a load, a change, or what a linear forecast leaves of it.
    """

    mean: np.ndarray
    std: np.ndarray
    target_mean: np.ndarray
    target_std: np.ndarray


def fit_scaling(features: np.ndarray, weather: np.ndarray) -> Scaling:
    """Fit the scaling of features to training rows; missing values do not count.

    Args:
        features: training rows of the feature matrix, shape (rows, features).
        weather: weather forecasts of the training issues, shape (issues, horizon, names); all
            steps share a scale, as degrees do.

    Returns:
        A scaling under which a constant column becomes 0 rather than a division by 0, and which
        leaves targets as they are.
    """
    of_rows = _moments(features)
    _, _, names = weather.shape
    of_weather = _moments(weather.reshape(weather.size // max(names, 1), names).astype(np.float64))
    mean, std = (np.concatenate(pair) for pair in zip(of_rows, of_weather, strict=True))
    return Scaling(mean, std, np.zeros(1), np.ones(1))


def fit_target_scaling(scaling: Scaling, targets: np.ndarray) -> Scaling:
    """The same scaling, fitted to training targets (MW) of shape (issues, outputs) as well.

    Each step has a scale of its own, or late steps, whose errors are large, would leave little
    for early ones to learn from.
    """
    mean, std = _moments(targets)
    return replace(scaling, target_mean=mean, target_std=std)


def _moments(columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mean, std = np.nanmean(columns, axis=0), np.nanstd(columns, axis=0)
    return mean, np.where(std > CONSTANT * np.maximum(1.0, np.abs(mean)), std, 1.0)
