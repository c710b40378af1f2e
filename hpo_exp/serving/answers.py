"""Answers as the service gives them."""

import numpy as np

from hpo_exp.export.forecast import Forecast
from hpo_exp.export.hydro_plan import HydroPlan
from hpo_exp.export.recent_hours import known_columns
from hpo_exp.serving.champion import Champion
from hpo_exp.serving.messages import (
    DispatchAnswer,
    ForecastAnswer,
    ForecastStep,
    HydroHour,
    ModelAnswer,
    ModelName,
    PlanAnswer,
    PlannedStep,
)


def model_name(champion: Champion) -> ModelName:
    """Which model answers."""
    return ModelName(name=champion.name, version=champion.version)


def describe_model(champion: Champion) -> ModelAnswer:
    """What the model reads and forecasts."""
    manifest = champion.manifest
    needed = [manifest.names[name] for name in manifest.columns]
    return ModelAnswer(
        model=model_name(champion),
        columns=needed,
        optional_columns=[name for name in known_columns(manifest) if name not in needed],
        history_hours=manifest.history_hours,
        horizon=manifest.horizon,
        utc_offset_hours=manifest.utc_offset_hours,
        bounds=list(manifest.intervals.levels if manifest.intervals else ()),
        further=list(manifest.further_targets),
        case=manifest.dispatch.case if manifest.dispatch else None,
        simulated=manifest.simulated,
    )


def forecast_answer(champion: Champion, forecast: Forecast) -> ForecastAnswer:
    """A forecast."""
    steps = [ForecastStep(**values) for values in _forecast_steps(forecast)]
    return ForecastAnswer(model=model_name(champion), issue_time=forecast.issue.item(), steps=steps)


def dispatch_answer(champion: Champion, case: str, plan: HydroPlan) -> DispatchAnswer:
    """A dispatch."""
    hours = [HydroHour(**values) for values in _hydro_hours(plan)]
    return DispatchAnswer(model=model_name(champion), case=case, hours=hours)


def plan_answer(champion: Champion, case: str, forecast: Forecast, plan: HydroPlan) -> PlanAnswer:
    """A forecast, and the dispatch on it."""
    both = zip(_forecast_steps(forecast), _hydro_hours(plan), strict=True)
    return PlanAnswer(
        model=model_name(champion),
        case=case,
        issue_time=forecast.issue.item(),
        steps=[PlannedStep(**step, **hour) for step, hour in both],
    )


def _forecast_steps(forecast: Forecast) -> list[dict[str, object]]:
    levels = [f"{level:g}" for level in forecast.levels]
    return [
        {
            "step": step + 1,
            "target_time": target,
            "forecast_mw": load,
            "bounds_mw": dict(zip(levels, bounds, strict=True)),
            "further": {name: float(values[step]) for name, values in forecast.further.items()},
        }
        for step, (target, load, bounds) in enumerate(
            zip(
                forecast.targets.astype("datetime64[s]").tolist(),
                forecast.load_mw.tolist(),
                forecast.bounds_mw.tolist(),
                strict=True,
            )
        )
    ]


def _hydro_hours(plan: HydroPlan) -> list[dict[str, float]]:
    columns = {
        "demand_mw": plan.demand_mw,
        "hydro_mw": plan.hydro_mw,
        "deviation_mwh": plan.deviation_mwh,
        "minimum_mw": plan.minimum_mw,
        "maximum_mw": plan.maximum_mw,
    }
    rows = np.column_stack(list(columns.values())).tolist()
    return [dict(zip(columns, row, strict=True)) for row in rows]
