"""Settings of the dispatch."""

from typing import Literal, Self

from pydantic import Field, model_validator

from hpo_exp.config.section import Section
from hpo_exp.spans import DAY

MAX_PROGRAM_HOURS = 48


class BudgetConfig(Section):
    """Water to be used in a window of hours."""

    mwh: float = Field(gt=0, description="most energy of hydro in a window (MWh)")
    hours: Literal[24, 168] = Field(description="length of a window, which begin at midnight")
    price: float | None = Field(
        default=None, gt=0, description="cost of a MWh beyond it; null where there is none to have"
    )


class ReservoirConfig(Section):
    """A reservoir whose water is counted in the energy it gives."""

    start_mwh: float = Field(ge=0, description="stored before the first hour (MWh)")
    maximum_mwh: float = Field(gt=0, description="most that can be stored (MWh)")
    inflow_mw: float = Field(ge=0, description="inflow (MW)")
    end_mwh: float = Field(ge=0, description="to be stored at the end of each program (MWh)")
    end_price: float | None = Field(
        default=None, gt=0, description="cost of a MWh less than that; null: it must be there"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name in ("start_mwh", "end_mwh"):
            if getattr(self, name) > self.maximum_mwh:
                raise ValueError(
                    f"{name} {getattr(self, name):g} is above maximum_mwh {self.maximum_mwh:g}"
                )
        return self


class HydroConfig(Section):
    """Hydro generation: its limits, its water and what that is worth."""

    minimum_mw: float = Field(ge=0, description="least hydro, every hour (MW)")
    restricted_minimum_mw: float = Field(
        ge=0, description="least hydro in hours with restricao_vazao, the river's minimum flow (MW)"
    )
    maximum_mw: float = Field(gt=0, description="most hydro (MW)")
    realised: str | None = Field(description="column of what hydro really gave (MW), or null")
    ramp_up_mw: float | None = Field(
        default=None, gt=0, description="most it rises from an hour to the next (MW), or null"
    )
    ramp_down_mw: float | None = Field(
        default=None, gt=0, description="most it falls from an hour to the next (MW), or null"
    )
    price: float = Field(default=0.0, ge=0, description="value of its water (cost a MWh)")
    budget: BudgetConfig | None = Field(default=None, description="water of a day or week, or null")
    reservoir: ReservoirConfig | None = Field(default=None, description="reservoir, or null")

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name in ("minimum_mw", "restricted_minimum_mw"):
            if getattr(self, name) > self.maximum_mw:
                raise ValueError(
                    f"{name} {getattr(self, name):g} is above maximum_mw {self.maximum_mw:g}"
                )
        return self


class ThermalBlock(Section):
    """Thermal plants of one cost."""

    minimum_mw: float = Field(default=0.0, ge=0, description="least generation (MW)")
    maximum_mw: float = Field(gt=0, description="most generation (MW)")
    price: float = Field(ge=0, description="cost a MWh")
    ramp_mw: float | None = Field(
        default=None, gt=0, description="most it changes from an hour to the next (MW), or null"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.minimum_mw > self.maximum_mw:
            raise ValueError(
                f"minimum_mw {self.minimum_mw:g} is above maximum_mw {self.maximum_mw:g}"
            )
        return self


class InterchangeConfig(Section):
    """Energy scheduled from and to the neighbours."""

    import_mw: float = Field(ge=0, description="most import (MW)")
    export_mw: float = Field(ge=0, description="most export (MW)")
    import_price: float = Field(ge=0, description="cost of a MWh imported")
    export_price: float = Field(ge=0, description="earned by a MWh exported")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.export_price >= self.import_price:
            raise ValueError("export_price should be below import_price: else buying to sell pays")
        return self


class ReserveConfig(Section):
    """Capacity kept ready, upward and downward, for what the forecast misses."""

    share: float = Field(
        ge=0, lt=1, description="of the forecast load, where nothing else is known"
    )
    price: float = Field(ge=0, description="cost of a MW kept ready for an hour, either way")
    hedge_days: int | None = Field(
        ge=14, description="size it by the forecast's own interval instead, from the errors of so "
        "many past days where it comes without quantiles; null: always the share"
    )  # fmt: skip

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.hedge_days is not None and self.price == 0:
            raise ValueError("hedge_days weighs reserve.price against balancing: price is 0")
        return self


class PricesConfig(Section):
    """What is paid for an hour that does not go as committed, a MWh, beside the energy itself."""

    deficit: float = Field(gt=0, description="of load that is not served")
    surplus: float = Field(gt=0, description="of generation that nobody asked for")
    curtailment: float = Field(default=0.0, ge=0, description="of wind and sun turned off")
    balancing_up: float | None = Field(
        default=None, gt=0, description="of generation above the commitment, its band and reserve; "
        "null: there is none to have"
    )  # fmt: skip
    balancing_down: float | None = Field(
        default=None, gt=0, description="the same below the commitment"
    )
    violation: float | None = Field(
        default=None, gt=0, description="of hydro outside its limits and ramps, and of binding "
        "reserve that is not there; null: no program goes there"
    )  # fmt: skip


class ThresholdRule(Section):
    """The notebook's rule of thumb."""

    load_above_mw: float = Field(description="forecast load from which hydro is raised (MW)")
    minimum_mw: float = Field(ge=0, description="hydro below that (MW)")
    extra_mw: float = Field(ge=0, description="what is added to it above (MW)")
    capacity_mw: float = Field(ge=0, description="most it can come to (MW)")


class DispatchConfig(Section):
    """How the forecasts are dispatched."""

    case: str = Field(description="name of the case")
    subsystem: str | None = Field(
        default=None, description="ONS subsystem whose plants these are; null for any"
    )
    unit: Literal["MWh", "R$"] = Field(
        description="unit of cost and regret: absolute deviation, or money"
    )
    program_hours: int | None = Field(
        default=None, ge=1, le=MAX_PROGRAM_HOURS, description="hours committed at once; null for "
        "a calendar day, or the largest part of one that is foreseen when it begins"
    )  # fmt: skip
    supply: dict[str, Literal[-1, 1]] = Field(
        description="columns that come whatever is dispatched: 1 where they serve the load, -1 "
        "where they take from it (the balance's interchange counts exports)"
    )
    curtailable: list[str] = Field(
        default_factory=list, description="those of them that can be turned off: wind and sun"
    )
    supply_trend_steps: int = Field(
        default=0, ge=0, le=DAY, description="steps up to which such a column, where it has no "
        "forecast, is foreseen to move from its last known value as it moved a day before; beyond "
        "them it is foreseen by the same hour of the last day known"
    )  # fmt: skip
    hydro: HydroConfig
    thermal: list[ThermalBlock] = Field(
        default_factory=list, description="thermal plants to dispatch, cheapest block first"
    )
    interchange: InterchangeConfig | None = Field(default=None, description="neighbours, or null")
    reserve: ReserveConfig | None = Field(default=None, description="reserve, or null")
    regulation_mw: float = Field(
        default=0.0, ge=0, description="what hydro may leave its commitment by for nothing (MW)"
    )
    prices: PricesConfig
    hydro_range: dict[str, dict[str, float]] = Field(
        default_factory=dict,
        description="what hydro is seen to give, by subsystem (MW): a table for hydro's limits",
    )
    threshold_rule: ThresholdRule
    tolerated_deficit: float | None = Field(
        default=None, ge=0, description="share of the load that a trial's dispatch may leave "
        "unserved before the sampler counts it as infeasible, or null"
    )  # fmt: skip
    tolerated_violations: float | None = Field(
        default=None, ge=0, description="the same of hours in which a rule is broken"
    )
    solver_seconds: float = Field(
        default=60.0, gt=0, description="time a program may take before the run ends in an error"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name in self.curtailable:
            if self.supply.get(name) != 1:
                raise ValueError(f"curtailable names {name}, which supply does not have as 1")
        if self.unit == "MWh" and (self.prices.deficit, self.prices.surplus) != (1, 1):
            raise ValueError("unit MWh means that deficit and surplus cost 1: see dispatch.prices")
        budget, hours = self.hydro.budget, self.program_hours
        if budget is not None and hours is not None and budget.hours % hours:
            raise ValueError(
                f"program_hours {hours} does not divide hydro.budget.hours {budget.hours}"
            )
        return self
