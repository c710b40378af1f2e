"""A linear forecast beside the network: a ridge regression for each output and hour of day.

How a load goes on depends on the hour: what the last hour says of the next one is another thing
at six in the morning than at noon. One regression for all hours cannot say that, and a network
has to learn it from few thousand days. Fitted in closed form, it leaves to the network what is
not linear. (Regressions by hour: Ramanathan et al., Int. J. Forecasting 13, 1997.)

What the hours share can be fitted first, on all of them, and each hour's regression on what that
leaves: the wind goes on at noon much as at midnight, and a thousand days of one hour are few to
learn it from.

Outputs are the steps of one series after another. Each series has its own terms: what the others
did tells little of it, and is left to the network.
"""

from dataclasses import dataclass

import numpy as np

from hpo_exp.features.windows import Windows, target_rows
from hpo_exp.spans import DAY

LEAST_PENALTY = 1e-6
"""Keeps a column that is constant within an hour from making the equations singular."""


SHARED_PENALTY = 1.0
"""Of what all hours share, which has windows enough, and is what the hours are drawn towards."""


@dataclass(frozen=True)
class LinearPath:
    """Coefficients on scaled inputs.

    Attributes:
        columns: features of a window's rows that it reads.
        coefficients: MW a scaled unit, shape (outputs, 24, terms + 1): of the window's rows from
            the oldest, column by column; of what is known of the target hour; the constant.
    """

    columns: tuple[int, ...]
    coefficients: np.ndarray

    def forecast(self, windows: Windows, clock: np.ndarray, issues: np.ndarray) -> np.ndarray:
        """The linear forecast (MW) of a change, shape (issues, outputs).

        Args:
            windows: scaled as those it was fitted on.
            clock: hour of day of each row, shape (rows + horizon,).
            issues: issue rows, shape (issues,).
        """
        past, ahead = linear_terms(windows, self.columns, issues)
        hours = clock[target_rows(issues, windows.horizon)]
        answer = np.empty((len(issues), len(self.coefficients)))
        for output, coefficients in enumerate(self.coefficients):
            step = output % windows.horizon
            chosen = coefficients[hours[:, step]]
            answer[:, output] = (
                np.einsum("it,it->i", past, chosen[:, : past.shape[1]])
                + np.einsum("it,it->i", ahead[:, step], chosen[:, past.shape[1] : -1])
                + chosen[:, -1]
            )
        return answer


def linear_terms(
    windows: Windows, columns: tuple[int, ...], issues: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What the regressions read, float64.

    Returns:
        The window's chosen columns, shape (issues, time_steps · columns), and what is known of
        the target hours, shape (issues, horizon, known-ahead features).
    """
    past = windows.past(issues)[:, :, list(columns)].reshape(len(issues), -1)
    return past.astype(np.float64), windows.ahead(issues).astype(np.float64)


def fit_linear_path(  # noqa: PLR0913, PLR0917 - what it is fitted on, and how
    windows: Windows,
    columns: tuple[int, ...],
    reads: np.ndarray,
    clock: np.ndarray,
    issues: np.ndarray,
    change: np.ndarray,
    weights: np.ndarray,
    penalty: float,
    *,
    shared: bool,
) -> LinearPath:
    """Fit one ridge regression for each output and hour of day of the target.

    Args:
        windows: scaled windows.
        columns: features of a window's rows to read.
        reads: which of all terms each series has, flags of shape (series, terms).
        clock: hour of day of each row, shape (rows + horizon,).
        issues: issue rows to fit on, shape (issues,).
        change: what came (MW), shape (issues, outputs).
        weights: how much each issue counts, shape (issues,).
        penalty: ridge penalty of the hours' regressions, in windows of weight 1.
        shared: whether all hours of a step share a regression, which each hour then corrects.
    """
    past, ahead = linear_terms(windows, columns, issues)
    hours = clock[target_rows(issues, windows.horizon)]
    terms = past.shape[1] + ahead.shape[2]
    coefficients = np.zeros((change.shape[1], DAY, terms + 1))
    for output in range(change.shape[1]):
        series, step = divmod(output, windows.horizon)
        own = np.append(reads[series], True)
        features = np.column_stack([past, ahead[:, step]])[:, reads[series]]
        left = change[:, output]
        if shared:
            common = _ridge(features, left, weights, SHARED_PENALTY)
            coefficients[output][:, own] = common
            left = left - features @ common[:-1] - common[-1]
        for hour in range(DAY):
            chosen = np.flatnonzero(hours[:, step] == hour)
            if len(chosen):
                coefficients[output, hour, own] += _ridge(
                    features[chosen], left[chosen], weights[chosen], penalty
                )
    return LinearPath(columns, coefficients)


def _ridge(
    features: np.ndarray, targets: np.ndarray, weights: np.ndarray, penalty: float
) -> np.ndarray:
    """Weighted ridge regression with a free constant: coefficients, then the constant."""
    centre, level = (
        np.average(features, axis=0, weights=weights),
        np.average(targets, weights=weights),
    )
    centred = features - centre
    weighted = centred * weights[:, None]
    normal = weighted.T @ centred
    normal[np.diag_indices_from(normal)] += max(penalty, LEAST_PENALTY)
    slopes = np.linalg.solve(normal, weighted.T @ (targets - level))
    return np.append(slopes, level - centre @ slopes)
