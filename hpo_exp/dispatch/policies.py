"""Policies: ways to decide the commitment before the hour comes."""

import numpy as np

from hpo_exp.config import DispatchConfig, ThresholdRule
from hpo_exp.dispatch.operation import Plan
from hpo_exp.dispatch.period import Period
from hpo_exp.dispatch.reserve import Forecast, hedge, share_of_load


def forecasting_plans(
    period: Period, forecasts: dict[str, Forecast], case: DispatchConfig
) -> dict[str, Plan]:
    """A plan a forecast, each with the reserve that its own interval is worth, or the share."""
    hedged = case.reserve is not None and case.reserve.hedge_days is not None
    return {
        name: Plan(
            foreseen=period.foreseen(forecast.load, forecast.supply),
            reserve=hedge(period, forecast, case)
            if hedged
            else share_of_load(forecast.load, case.reserve),
        )
        for name, forecast in forecasts.items()
    }


def unhedged_plans(
    period: Period, forecasts: dict[str, Forecast], case: DispatchConfig
) -> dict[str, Plan]:
    """The same with the fixed share, where the case hedges: what hedging is compared with."""
    if case.reserve is None or case.reserve.hedge_days is None:
        return {}
    return {
        name: Plan(
            foreseen=period.foreseen(forecast.load, forecast.supply),
            reserve=share_of_load(forecast.load, case.reserve),
        )
        for name, forecast in forecasts.items()
    }


def threshold_plan(period: Period, forecast: Forecast, case: DispatchConfig) -> Plan:
    """The notebook's rule decides hydro from a load forecast; the rest is committed around it."""
    return Plan(
        foreseen=period.foreseen(forecast.load, forecast.supply),
        reserve=share_of_load(forecast.load, case.reserve),
        hydro=follow_threshold(forecast.load, case.threshold_rule),
    )


def follow_threshold(load: np.ndarray, rule: ThresholdRule) -> np.ndarray:
    """The notebook's rule (MW): a step above the minimum when a high load is forecast."""
    high = min(rule.capacity_mw, rule.minimum_mw + rule.extra_mw)
    return np.where(load > rule.load_above_mw, high, rule.minimum_mw)
