"""Settings of the checks that the hourly table goes through, and of what is mended."""

from typing import Annotated, Literal

from pydantic import Field, NaiveDatetime, model_validator

from hpo_exp.config.section import Finite, Hours, Section

_LOAD = "carga_mw_subsistema"


class BreakConfig(Section):
    """A day on which a publisher changed what a column means."""

    date: NaiveDatetime = Field(description="first hour of the new definition")
    columns: list[str] = Field(min_length=1, description="columns it changes")
    what: str = Field(description="what changed, in a few words")


class RepairConfig(Section):
    """What is done about a finding; `keep` leaves the values and reports them alone."""

    ranges: Literal["keep", "empty"] = Field(description="values outside their range")
    frozen: Literal["keep", "empty"] = Field(description="values of a sensor that stood still")
    spikes: Literal["keep", "empty"] = Field(description="single values far from both neighbours")
    night_radiation: Literal["keep", "zero"] = Field(
        description="radiation that is not published while the sun is down, where it is 0"
    )
    gaps: Literal["keep", "day", "week"] = Field(
        description="missing values: taken from the same hour a day or a week before, never from "
        "later hours, which a forecast would not know"
    )
    gap_hours: Hours = Field(description="longest gap, in hours, that is filled so")
    gap_columns: list[str] = Field(description="columns that are filled so; never the load")

    @model_validator(mode="after")
    def _check(self) -> "RepairConfig":
        if _LOAD in self.gap_columns:
            raise ValueError(
                f"gap_columns names {_LOAD}: the load is what forecasts are scored by, so it is "
                "never imputed; leave it out"
            )
        return self


class QualityConfig(Section):
    """Checks of the hourly table; a column without an entry is not checked for it."""

    ranges: dict[str, tuple[Finite, Finite]] = Field(
        description="least and most a column can be, both included, in its unit"
    )
    frozen_hours: dict[str, Annotated[int, Field(ge=2)]] = Field(
        description="hours of one and the same value from which a sensor counts as frozen"
    )
    frozen_at_zero: list[str] = Field(description="columns that can be frozen at 0 as well")
    spikes: dict[str, Annotated[float, Field(gt=0)]] = Field(
        description="distance from the mean of both neighbours from which a value is a spike, in "
        "standard deviations (robust) of that distance at its hour of the day"
    )
    unit_jumps: dict[str, Annotated[float, Field(gt=1)]] = Field(
        description="ratio of one week's median to the last one's that no season explains"
    )
    censored: dict[str, Finite] = Field(
        description="value above which a sensor publishes nothing, in the column's unit"
    )
    agreement_mw: Annotated[float, Field(gt=0)] = Field(
        description="difference of load curve and balance that is reported (MW)"
    )
    identity_mw: Annotated[float, Field(gt=0)] = Field(
        description="difference of generation from load plus interchange that is reported (MW)"
    )
    breaks: list[BreakConfig] = Field(description="known changes of definition")
    repairs: RepairConfig

    @model_validator(mode="after")
    def _check(self) -> "QualityConfig":
        for name, (low, high) in self.ranges.items():
            if low >= high:
                raise ValueError(f"ranges.{name} goes from {low:g} to {high:g}: swap them")
        return self
