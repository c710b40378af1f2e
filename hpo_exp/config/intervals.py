"""Settings of the intervals around forecasts."""

from typing import Annotated

from pydantic import Field, model_validator

from hpo_exp.config.section import Section


class IntervalsConfig(Section):
    """Conformal intervals, from the errors of the last days known."""

    levels: list[Annotated[float, Field(gt=0, lt=1)]] = Field(
        min_length=2, description="probabilities of the quantiles, rising"
    )
    days: int = Field(
        ge=7, le=400, description="days whose errors count, at each step and hour of day"
    )

    @model_validator(mode="after")
    def _check(self) -> "IntervalsConfig":
        if sorted(set(self.levels)) != self.levels:
            raise ValueError(f"levels {self.levels} do not rise")
        return self
