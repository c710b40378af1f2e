"""What a dispatch came to, for the files of a run: `metrics.json` and `dispatch.parquet`."""

from typing import Any

import numpy as np
import pandas as pd

from hpo_exp.config import DispatchConfig
from hpo_exp.dispatch.costs import hydro_changes
from hpo_exp.dispatch.evaluation import Dispatch, Outcome
from hpo_exp.dispatch.operation import joined
from hpo_exp.dispatch.period import Period
from hpo_exp.dispatch.policy_names import MODEL, PERFECT
from hpo_exp.dispatch.regret import bootstrap_regret

TINY_MWH = 1e-6
THERMAL, INTERCHANGE = "geracao_termica_mw", "intercambio_mw"


def summarise(dispatch: Dispatch, case: DispatchConfig) -> dict[str, Any]:
    """The `dispatch` part of `metrics.json`."""
    period = dispatch.period
    best = dispatch.outcomes[PERFECT].cost
    hedging = {
        name: {
            "cost_with_share": float(outcome.cost.sum()),
            "saved": float(outcome.cost.sum() - dispatch.outcomes[name].cost.sum()),
        }
        for name, outcome in dispatch.unhedged.items()
    }
    return {
        "case": case.case,
        "unit": case.unit,
        "hours": len(period.times),
        "program_hours": dispatch.program_hours,
        "hydro": case.hydro.model_dump(mode="json"),
        "prices": case.prices.model_dump(mode="json"),
        "supply_forecast": _supply_forecast(dispatch, case),
        "supply_filled_hours": period.filled_hours,
        "clipped_hours": _clipped_hours(period, case),
        "hedging": hedging,
        "policies": {
            name: _policy(outcome, best, period) for name, outcome in dispatch.outcomes.items()
        },
    }


def _supply_forecast(dispatch: Dispatch, case: DispatchConfig) -> str:
    forecast, steps = sorted(dispatch.forecasts[MODEL].supply), case.supply_trend_steps
    near = dispatch.period.steps <= steps
    rules = []
    if near.any():
        rules.append(f"last value known, moved as a day before, up to step {steps}")
    if not near.all():
        rules.append("same hour of the last day known")
    rest = "; then ".join(rules)
    return rest if not forecast else f"{', '.join(forecast)} forecast; others: {rest}"


def _policy(outcome: Outcome, best: np.ndarray, period: Period) -> dict[str, Any]:
    cost, least = float(outcome.cost.sum()), float(best.sum())
    interval, percent = bootstrap_regret(outcome.cost, best, period.times)
    operation, settled = outcome.operation, outcome.operation.settled
    change = hydro_changes(settled["hydro"], joined(period.times))
    return {
        "cost": cost,
        "deficit_mwh": _total(settled, "deficit"),
        "surplus_mwh": _total(settled, "surplus"),
        "violated_hours": int(outcome.violated().sum()),
        "other_violated_hours": int(outcome.violated("below_minimum").sum()),
        "violations": {kind: int((depth > 0).sum()) for kind, depth in outcome.violations.items()},
        "violation_mwh": {kind: float(depth.sum()) for kind, depth in outcome.violations.items()},
        "violation_most_mw": {
            kind: float(depth.max(initial=0.0)) for kind, depth in outcome.violations.items()
        },
        "regret": cost - least,
        "regret_pct": 100 * (cost - least) / least if least > 0 else None,
        "regret_interval": list(interval),
        "regret_pct_interval": None if percent is None else list(percent),
        "cost_parts": {part: float(values.sum()) for part, values in outcome.parts.items()},
        "balancing_up_mwh": _total(settled, "hydro_up", "thermal_up"),
        "balancing_down_mwh": _total(settled, "hydro_down", "thermal_down"),
        "curtailment_mwh": _total(settled, "curtailment"),
        "reserve_mean_mw": float((operation.kept("up") + operation.kept("down")).mean()),
        "ramps": {
            "mean_mw": float(np.abs(change).mean()),
            "most_up_mw": float(change.max(initial=0.0)),
            "most_down_mw": float(-change.min(initial=0.0)),
        },
    }


def _total(settled: dict[str, np.ndarray], *kinds: str) -> float:
    """Energy of some kinds (MWh); a solver's dust is nothing."""
    total = float(sum(settled[kind].sum() for kind in kinds if kind in settled))
    return total if total > TINY_MWH else 0.0


def _clipped_hours(period: Period, case: DispatchConfig) -> dict[str, int]:
    """Hours in which no forecast matters: the demand lies beyond all that can be dispatched."""
    need, lines = period.need, case.interchange
    least = need.minimum + sum(block.minimum_mw for block in case.thermal)
    least = least - need.curtailable - (lines.export_mw if lines else 0.0)
    most = need.maximum + sum(block.maximum_mw for block in case.thermal)
    most = most + (lines.import_mw if lines else 0.0)
    return {
        "below_minimum": int((need.demand < least).sum()),
        "above_maximum": int((need.demand > most).sum()),
    }


def dispatch_frame(dispatch: Dispatch, case: DispatchConfig) -> pd.DataFrame:
    """`dispatch.parquet`: one row a policy and hour.

    Columns: time, policy, load_forecast_mw (NaN where a policy has none), load_mw, committed_ and
    settled_ MW by source (hydro as `geracao_hidraulica_mw`; interchange counts exports, as the
    balance does), demand foreseen and come (the load less what comes whatever is dispatched), what
    was asked of hydro and its limits (MW), reserve kept ready, balancing,
    curtailment, deficit and surplus (MWh), each part of the cost as `cost_…`, and the cost.
    """
    return pd.concat(
        [_policy_frame(dispatch, case, name) for name in dispatch.outcomes], ignore_index=True
    )


def _policy_frame(dispatch: Dispatch, case: DispatchConfig, name: str) -> pd.DataFrame:
    period, outcome = dispatch.period, dispatch.outcomes[name]
    operation, forecast = outcome.operation, dispatch.forecasts.get(name)
    settled, nothing = operation.settled, np.zeros(len(period.times))

    def energy(*kinds: str) -> np.ndarray:
        return sum((settled.get(kind, nothing) for kind in kinds), start=nothing)

    foreseen = {**period.supply_forecast, **(forecast.supply if forecast else {})}
    columns: dict[str, Any] = {
        "time": period.times,
        "policy": name,
        "load_forecast_mw": forecast.load if forecast else np.full(len(period.times), np.nan),
        "load_mw": period.load,
    }
    for stage, values, supply in (
        ("committed", operation.committed, foreseen),
        ("settled", settled, period.supply),
    ):
        columns[f"{stage}_geracao_hidraulica_mw"] = values["hydro"]
        columns |= {f"{stage}_{source}": mw for source, mw in supply.items()}
        if case.thermal:
            blocks = [column for kind, column in values.items() if _is_block(kind)]
            columns[f"{stage}_{THERMAL}"] = np.sum(blocks, axis=0)
        if case.interchange is not None:
            columns[f"{stage}_{INTERCHANGE}"] = values["export"] - values["import"]
    return pd.DataFrame(
        columns
        | {
            "demand_forecast_mw": period.left_over(columns["load_forecast_mw"], foreseen),
            "demand_mw": period.demand,
            "hydro_demand_mw": energy("hydro", "deficit") - energy("surplus"),
            "hydro_minimum_mw": period.limits.minimum,
            "hydro_maximum_mw": period.limits.maximum,
            "reserve_up_mw": operation.kept("up"),
            "reserve_down_mw": operation.kept("down"),
            "balancing_up_mwh": energy("hydro_up", "thermal_up"),
            "balancing_down_mwh": energy("hydro_down", "thermal_down"),
            "curtailment_mwh": energy("curtailment"),
            "deficit_mwh": energy("deficit"),
            "surplus_mwh": energy("surplus"),
            **{f"cost_{part}": values for part, values in outcome.parts.items()},
            "cost": outcome.cost,
        }
    )


def _is_block(kind: str) -> bool:
    """Whether a kind of column is the generation of a thermal block."""
    return kind.removeprefix("thermal_").isdigit()
