"""Policies: ways to decide hydro's commitment before the hour comes."""

import numpy as np

from hpo_exp.config import DispatchConfig, ThresholdRule
from hpo_exp.dispatch.period import Period
from hpo_exp.dispatch.program import commit

MODEL, THRESHOLD, PERFECT, REALISED = "model", "threshold_rule", "perfect", "realised"


def commitments(
    period: Period, load_forecasts: dict[str, np.ndarray], config: DispatchConfig
) -> dict[str, np.ndarray]:
    """Hydro committed by each policy (MW), shape (hours,).

    Args:
        period: the hours to dispatch.
        load_forecasts: `model` and each baseline to its load forecast (MW), shape (hours,).
        config: the dispatch case.

    Returns:
        One policy a load forecast, the threshold rule on the model's, perfect foresight, and,
        where the data have it, what hydro really gave.
    """
    committed = {
        name: commit(period.foreseen_demand(load), period.limits).hydro
        for name, load in load_forecasts.items()
    }
    committed[THRESHOLD] = follow_threshold(load_forecasts[MODEL], config.threshold_rule)
    committed[PERFECT] = commit(period.demand, period.limits).hydro
    if period.realised_hydro is not None:
        committed[REALISED] = period.realised_hydro
    return committed


def follow_threshold(load: np.ndarray, rule: ThresholdRule) -> np.ndarray:
    """The notebook's rule (MW): a step above the minimum when a high load is forecast."""
    high = min(rule.capacity_mw, rule.minimum_mw + rule.extra_mw)
    return np.where(load > rule.load_above_mw, high, rule.minimum_mw)
