"""Settings of promotion: what a model has to pass before it serves."""

from typing import Annotated

from pydantic import Field

from hpo_exp.config.section import Finite, Hours, Section

Positive = Annotated[float, Field(gt=0)]


class DataGate(Section):
    """What the recent hours have to be like."""

    freshness_hours: Positive | None = Field(
        description="longest time since the end of the newest hour, or null for data of the past"
    )
    missing_share: Annotated[float, Field(ge=0, le=1)] = Field(
        description="largest share of recent hours in which a column that is read has no value"
    )
    ranges: dict[str, tuple[Finite, Finite]] = Field(
        description="least and most a column can be, both included, in its unit"
    )
    simulated: bool = Field(description="whether a model of simulated data may be promoted")


class ErrorGate(Section):
    """How well the load has to be forecast."""

    recent_hours: Annotated[int, Field(ge=1)] = Field(
        description="target hours, the newest, on which models and baselines are compared"
    )
    least_hours: Annotated[int, Field(ge=1)] = Field(
        description="of them, those that neither model was trained on and that are measured"
    )
    limit_mw: Positive | None = Field(description="largest RMSE (MW), or null for none")
    beat_baselines: bool = Field(
        description="whether the RMSE has to be below every baseline's on the same hours"
    )
    significance: Annotated[float, Field(gt=0, lt=1)] = Field(
        description="p-value of a paired test below which a larger error than the champion's is "
        "no accident"
    )


class DispatchGate(Section):
    """What the forecasts may do to the dispatch of the run's test period."""

    violations: Hours = Field(description="most hours in which a limit is broken")
    regret_an_hour: Positive | None = Field(
        description="largest regret an hour, in the case's unit, or null for none"
    )
    beat_baselines: bool = Field(
        description="whether the regret has to be no more than the best baseline's"
    )
    tolerance_pct: Annotated[float, Field(ge=0)] = Field(
        description="percent by which it may still lie above that"
    )


class LatencyGate(Section):
    """How fast one forecast is answered."""

    calls: Annotated[int, Field(ge=10)] = Field(description="forecasts that are timed")
    limit_ms: Positive = Field(description="largest 99th percentile of their times (ms)")


class PromotionConfig(Section):
    """The gates."""

    data: DataGate
    error: ErrorGate
    dispatch: DispatchGate
    latency: LatencyGate
    agreement: Positive = Field(
        description="largest relative difference between the SavedModel and model.keras"
    )
