"""What the service is asked and what it answers, as JSON."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, NaiveDatetime

MOST_HOURS, MOST_STEPS, MOST_COLUMNS = 5000, 48, 64

Number = Annotated[float, Field(allow_inf_nan=False)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Steps = Annotated[list[Number], Field(min_length=1, max_length=MOST_STEPS)]
Flags = Annotated[list[bool], Field(min_length=1, max_length=MOST_STEPS)]
SupplyMw = Annotated[dict[Name, Steps], Field(max_length=MOST_COLUMNS)]


class Question(BaseModel):
    """What is asked: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class HoursQuestion(Question):
    """The last hours, newest last, in the columns that `GET /v1/model` names."""

    timestamp: list[NaiveDatetime] = Field(
        min_length=1,
        max_length=MOST_HOURS,
        description="label of each hour, its start, local and without a time zone",
    )
    columns: dict[Name, list[Number | None]] = Field(
        min_length=1,
        max_length=MOST_COLUMNS,
        description="values of each hour by column; null where a column is published late",
    )


class PlanQuestion(HoursQuestion):
    """The last hours, and what is known of the hours to come."""

    supply_mw: SupplyMw | None = Field(
        default=None,
        description="what other sources will give at each step (MW), by column; without it, what "
        "they gave at the same hour of the last day",
    )
    restricted: Flags | None = Field(
        default=None, description="steps in which the river asks for its minimum flow"
    )


class DispatchQuestion(Question):
    """A load, and what other sources give of it."""

    load_mw: Steps = Field(description="load forecast of each hour (MW)")
    supply_mw: SupplyMw = Field(description="what other sources give in each hour (MW), by column")
    restricted: Flags | None = Field(
        default=None, description="hours in which the river asks for its minimum flow"
    )


class ModelName(BaseModel):
    """Which model answered."""

    name: str
    version: int


class ForecastStep(BaseModel):
    """One step of a forecast."""

    step: int
    target_time: datetime = Field(description="the hour forecast, by its start")
    forecast_mw: float = Field(description="load (MW)")
    bounds_mw: dict[str, float] = Field(
        description="bounds of the load (MW) by the probability that it lies below"
    )
    further: dict[str, float] = Field(description="further columns forecast, in their units")


class HydroHour(BaseModel):
    """Hydro committed to one hour."""

    demand_mw: float = Field(description="what the other sources leave of the load (MW)")
    hydro_mw: float = Field(description="hydro committed (MW)")
    deviation_mwh: float = Field(description="demand that it misses (MWh)")
    minimum_mw: float = Field(description="hydro's least (MW)")
    maximum_mw: float = Field(description="hydro's most (MW)")


class ForecastAnswer(BaseModel):
    """A forecast."""

    model: ModelName
    issue_time: datetime
    steps: list[ForecastStep]


class DispatchAnswer(BaseModel):
    """A dispatch."""

    model: ModelName
    case: str
    hours: list[HydroHour]


class PlannedStep(ForecastStep, HydroHour):
    """One step of a forecast, and the dispatch on it."""


class PlanAnswer(BaseModel):
    """A forecast, and the dispatch on it."""

    model: ModelName
    case: str
    issue_time: datetime
    steps: list[PlannedStep]


class ModelAnswer(BaseModel):
    """What the model reads and forecasts."""

    model: ModelName
    columns: list[str] = Field(description="columns that a table needs")
    optional_columns: list[str] = Field(description="columns that the dispatch reads beside them")
    history_hours: int = Field(description="last hours that a table needs")
    horizon: int = Field(description="steps forecast, an hour each")
    utc_offset_hours: int = Field(description="offset of all hours from UTC")
    bounds: list[float] = Field(description="probabilities of the bounds")
    further: list[str] = Field(description="further columns forecast")
    case: str | None = Field(description="the dispatch case")
    simulated: bool = Field(description="whether the model was trained on simulated data")


class Health(BaseModel):
    """Whether the service is alive, or ready."""

    status: str


class Problem(BaseModel):
    """What is wrong with a request, in a sentence."""

    detail: str
