"""Settings of the dispatch."""

from typing import Literal

from pydantic import Field, model_validator

from hpo_exp.config.section import Section


class HydroConfig(Section):
    """Limits of hydro generation."""

    minimum_mw: float = Field(ge=0, description="least hydro, every hour (MW)")
    restricted_minimum_mw: float = Field(
        ge=0, description="least hydro in hours with restricao_vazao, the river's minimum flow (MW)"
    )
    maximum_mw: float = Field(gt=0, description="most hydro (MW)")
    realised: str | None = Field(description="column of what hydro really gave (MW), or null")

    @model_validator(mode="after")
    def _check(self) -> "HydroConfig":
        for name in ("minimum_mw", "restricted_minimum_mw"):
            if getattr(self, name) > self.maximum_mw:
                raise ValueError(
                    f"{name} {getattr(self, name):g} is above maximum_mw {self.maximum_mw:g}"
                )
        return self


class ThresholdRule(Section):
    """The notebook's rule of thumb."""

    load_above_mw: float = Field(description="forecast load from which hydro is raised (MW)")
    minimum_mw: float = Field(ge=0, description="hydro below that (MW)")
    extra_mw: float = Field(ge=0, description="what is added to it above (MW)")
    capacity_mw: float = Field(ge=0, description="most it can come to (MW)")


class DispatchConfig(Section):
    """How the forecasts are dispatched."""

    case: str = Field(description="name of the case")
    unit: Literal["MWh"] = Field(description="unit of cost and regret: absolute deviation")
    supply: dict[str, Literal[-1, 1]] = Field(
        description="columns that hydro does not have to give: 1 where they serve the load, -1 "
        "where they take from it (the balance's interchange counts exports)"
    )
    hydro: HydroConfig
    hydro_range: dict[str, dict[str, float]] = Field(
        description="what hydro is seen to give, by subsystem (MW): a table for hydro's limits"
    )
    threshold_rule: ThresholdRule
