"""The evaluation of a case: every policy settled on the same hours, and its regret."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from hpo_exp.config import DispatchConfig
from hpo_exp.dispatch.period import Period
from hpo_exp.dispatch.policies import PERFECT, commitments
from hpo_exp.dispatch.settlement import Settlement, settle


@dataclass(frozen=True)
class Dispatch:
    """What the policies came to.

    Attributes:
        period: the hours.
        load_forecasts: the load (MW) each forecasting policy went by, shape (hours,).
        settlements: policy to its hours.
    """

    period: Period
    load_forecasts: dict[str, np.ndarray]
    settlements: dict[str, Settlement]


def evaluate_dispatch(
    period: Period, load_forecasts: dict[str, np.ndarray], config: DispatchConfig
) -> Dispatch:
    """Commit every policy and settle it on the hours that came."""
    demand = period.demand
    settlements = {
        name: settle(hydro, demand, period.limits)
        for name, hydro in commitments(period, load_forecasts, config).items()
    }
    return Dispatch(period, load_forecasts, settlements)


def summarise(dispatch: Dispatch, config: DispatchConfig) -> dict[str, Any]:
    """The `dispatch` part of `metrics.json`."""
    period = dispatch.period
    best = float(np.nansum(dispatch.settlements[PERFECT].cost))
    return {
        "case": config.case,
        "unit": config.unit,
        "hours": len(period.times),
        "hydro": config.hydro.model_dump(mode="json"),
        "supply_forecast": "same hour of the last day known",
        "supply_filled_hours": period.filled_hours,
        "clipped_hours": _clipped_hours(period),
        "policies": {
            name: _policy_summary(settlement, best)
            for name, settlement in dispatch.settlements.items()
        },
    }


def _policy_summary(settlement: Settlement, best: float) -> dict[str, Any]:
    cost = float(np.nansum(settlement.cost))
    return {
        "cost": cost,
        "deficit_mwh": float(np.nansum(settlement.deficit)),
        "surplus_mwh": float(np.nansum(settlement.surplus)),
        "violations": {
            "below_minimum": int(settlement.below_minimum.sum()),
            "above_maximum": int(settlement.above_maximum.sum()),
        },
        "regret": cost - best,
        "regret_pct": 100 * (cost - best) / best if best > 0 else None,
    }


def _clipped_hours(period: Period) -> dict[str, int]:
    """Hours in which no forecast matters, because the demand lies outside hydro's limits."""
    demand, limits = period.demand, period.limits
    return {
        "below_minimum": int((demand < limits.minimum).sum()),
        "above_maximum": int((demand > limits.maximum).sum()),
    }


def dispatch_frame(dispatch: Dispatch) -> pd.DataFrame:
    """`dispatch.parquet`: one row a policy and hour.

    Columns: time, policy, load_forecast_mw (NaN where a policy has none), load_mw,
    committed_ and settled_ MW by source (hydro as `hidraulica`), hydro's demand and limits
    (MW), deficit_mwh, surplus_mwh and cost.
    """
    period = dispatch.period
    unknown = np.full(len(period.times), np.nan)
    frames = []
    for name, settlement in dispatch.settlements.items():
        columns = {
            "time": period.times,
            "policy": name,
            "load_forecast_mw": dispatch.load_forecasts.get(name, unknown),
            "load_mw": period.load,
            "committed_geracao_hidraulica_mw": settlement.hydro,
            "settled_geracao_hidraulica_mw": settlement.hydro,
            **{f"committed_{source}": mw for source, mw in period.supply_forecast.items()},
            **{f"settled_{source}": mw for source, mw in period.supply.items()},
            "hydro_demand_mw": period.demand,
            "hydro_minimum_mw": period.limits.minimum,
            "hydro_maximum_mw": period.limits.maximum,
            "deficit_mwh": settlement.deficit,
            "surplus_mwh": settlement.surplus,
            "cost": settlement.cost,
        }
        frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)
