"""Whether one forecast beats another, or was lucky: a test, and a bootstrap as its check.

Both read the loss difference of an issue time, the squared error of one forecast less that of the
other, averaged over the scored steps. Its mean is the difference of the two mean squared errors.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

__all__ = ["Comparison", "RmseDifference", "diebold_mariano", "rmse_difference_interval"]

LAG_FACTOR = 1.3
"""Lags over the root of the issue times: Lazarus, Lewis, Stock and Watson (2018)."""

LEAST_ISSUES = 8
"""Issue times below which there is no variance to speak of."""

RESAMPLES = 2000


@dataclass(frozen=True)
class Comparison:
    """Forecast A against forecast B.

    Attributes:
        statistic: below 0 where A's squared errors are smaller; NaN of too few issue times.
        p_value: of a difference this large either way, were the two equally good.
        p_value_one_sided: of A this much better, were it no better.
        lags: autocovariances in the variance, in issue times.
        issues: issue times that were compared.
    """

    statistic: float
    p_value: float
    p_value_one_sided: float
    lags: int
    issues: int


@dataclass(frozen=True)
class RmseDifference:
    """RMSE of A less that of B, and how far it could have come out otherwise.

    Attributes:
        difference_mw: MW, below 0 where A is better.
        interval_mw: ends of the interval (MW).
        p_value: share of resamples (twice the smaller side) that do not agree on who is better.
    """

    difference_mw: float
    interval_mw: tuple[float, float]
    p_value: float


def diebold_mariano(errors_a: np.ndarray, errors_b: np.ndarray, horizon: int = 1) -> Comparison:
    """Test whether two forecasts are equally good (Diebold and Mariano 1995), by squared error.

    The errors of hourly forecasts hang together well beyond the `horizon` - 1 issue times that
    theory allows them: a cold week is one. The long-run variance is therefore that of Newey and
    West (1987), which cannot be negative, with 1.3 times the root of the issue times as lags
    (Lazarus et al. 2018: five days of a year of hours) and never less than `horizon` - 1. The
    correction of Harvey, Leybourne and Newbold (1997) is taken for as many lags, and the
    statistic held against Student's t.

    Args:
        errors_a: forecast less actual (MW) in the order of issue, shape (issues,) or (issues,
            steps); NaN where a forecast does not count.
        errors_b: the same of the other forecast.
        horizon: issue times that lie between a forecast and its last target hour, counting it.
    """
    difference = _mean_by_issue(errors_a**2 - errors_b**2)
    issues = int(np.isfinite(difference).sum())
    if issues < LEAST_ISSUES:
        return Comparison(math.nan, math.nan, math.nan, 0, issues)
    lags = min(max(horizon - 1, math.ceil(LAG_FACTOR * math.sqrt(issues))), issues // 2 - 1)
    mean = float(np.nanmean(difference))
    variance = _long_run_variance(difference, lags) / issues
    terms = lags + 1
    correction = (issues + 1 - 2 * terms + terms * lags / issues) / issues
    statistic = _ratio(mean, math.sqrt(variance)) * math.sqrt(correction)
    below = float(stats.t.cdf(statistic, df=issues - 1))
    two_sided = float(2 * stats.t.sf(abs(statistic), df=issues - 1))
    return Comparison(statistic, two_sided, below, lags, issues)


def rmse_difference_interval(
    errors_a: np.ndarray,
    errors_b: np.ndarray,
    block: int,
    seed: int,
    level: float = 0.95,
) -> RmseDifference:
    """Resample blocks of issue times, the same for both forecasts, for the RMSE's difference.

    The circular block bootstrap (Politis and Romano 1992): blocks keep what hangs together.

    Args:
        errors_a: forecast less actual (MW) in the order of issue, shape (issues,) or (issues,
            steps); NaN where a forecast does not count.
        errors_b: the same of the other forecast.
        block: issue times a block, as many as a week has.
        seed: seed of the resamples.
        level: probability inside the interval.
    """
    squared = np.stack([_mean_by_issue(errors_a**2), _mean_by_issue(errors_b**2)])
    squared = squared[:, np.isfinite(squared).all(axis=0)]
    issues = squared.shape[1]
    if issues == 0:
        return RmseDifference(math.nan, (math.nan, math.nan), math.nan)
    block = min(block, issues)
    sums = np.cumsum(
        np.concatenate([np.zeros((2, 1)), squared, squared[:, :block]], axis=1), axis=1
    )
    blocks = sums[:, block : block + issues] - sums[:, :issues]
    starts = np.random.default_rng(seed).integers(0, issues, (RESAMPLES, math.ceil(issues / block)))
    roots = np.sqrt(blocks[:, starts].mean(axis=2) / block)
    resampled = roots[0] - roots[1]
    roots_found = np.sqrt(squared.mean(axis=1))
    low, high = np.quantile(resampled, [(1 - level) / 2, (1 + level) / 2])
    sides = min(np.mean(resampled <= 0), np.mean(resampled >= 0))
    return RmseDifference(
        difference_mw=float(roots_found[0] - roots_found[1]),
        interval_mw=(float(low), float(high)),
        p_value=float(min(1.0, 2 * max(sides, 1 / RESAMPLES))),
    )


def _mean_by_issue(losses: np.ndarray) -> np.ndarray:
    """Losses of an issue time as one, shape (issues,), so that their mean is that of all losses.

    An issue time at the edge of the test period has fewer scored steps, and counts for less.
    """
    if losses.ndim == 1:
        return losses
    counted = np.isfinite(losses)
    some = counted.any(axis=1)
    usual = counted.sum() / max(1, some.sum())
    return np.where(some, np.where(counted, losses, 0).sum(axis=1) / max(usual, 1e-300), np.nan)


def _long_run_variance(series: np.ndarray, lags: int) -> float:
    """Newey and West's; a missing value is one at the mean, so that lags keep their length."""
    centred = np.nan_to_num(series - np.nanmean(series))
    issues = np.isfinite(series).sum()
    weights = 1 - np.arange(1, lags + 1) / (lags + 1)
    products = [centred[lag:] @ centred[:-lag] for lag in range(1, lags + 1)]
    # Never below zero but by rounding.
    return max(0.0, float(centred @ centred + 2 * weights @ np.array(products)) / issues)


def _ratio(mean: float, deviation: float) -> float:
    """How many standard deviations; two forecasts that always differ alike leave no doubt."""
    if deviation <= 1e-12 * abs(mean):
        return 0.0 if mean == 0 else math.copysign(math.inf, mean)
    return mean / deviation
