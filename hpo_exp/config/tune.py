"""Everything `python -m hpo_exp.tune` reads, and what its parts have to agree on."""

from pathlib import Path
from typing import Any

from pydantic import Field, field_validator, model_validator

from hpo_exp.config.dispatch import DispatchConfig
from hpo_exp.config.inputs import DataConfig, FeaturesConfig
from hpo_exp.config.search import (
    CvConfig,
    ExecutorConfig,
    ParameterSpec,
    StudyConfig,
    TrackingConfig,
)
from hpo_exp.config.section import Section
from hpo_exp.config.training import ModelConfig, TrainerConfig, check_hyperparameter


class TuneConfig(Section):
    """Everything `python -m hpo_exp.tune` reads."""

    data: DataConfig
    features: FeaturesConfig
    model: ModelConfig
    trainer: TrainerConfig
    search: dict[str, ParameterSpec] = Field(
        description="hyperparameters to search, by the name they have in model or trainer"
    )
    variants: dict[str, dict[str, Any]] = Field(
        description="changes of the winner's hyperparameters that are refitted and scored beside it"
    )
    cv: CvConfig
    study: StudyConfig
    executor: ExecutorConfig
    dispatch: DispatchConfig | None = Field(description="the dispatch case, or null for none")
    tracking: TrackingConfig
    outputs: Path = Field(description="root of everything a run leaves")

    @field_validator("outputs", mode="before")
    @classmethod
    def _name_outputs(cls, value: object) -> object:
        if not str(value):
            raise ValueError("it should name a folder")
        return value

    @model_validator(mode="after")
    def _check(self) -> "TuneConfig":
        if self.data.subsystem not in self.data.subsystems:
            raise ValueError(
                f"data.subsystem is {self.data.subsystem!r}: choose "
                f"{', '.join(self.data.subsystems)}"
            )
        for name, spec in self.search.items():
            for value in spec.extremes():
                check_hyperparameter(name, value, origin="search")
        for variant, values in self.variants.items():
            for name, value in values.items():
                check_hyperparameter(name, value, origin=f"variants.{variant}")
        first, last = self.scored_steps
        if not 1 <= first <= last <= self.features.horizon:
            raise ValueError(
                f"cv.scored_step {self.cv.scored_step!r} lies outside the steps 1 to "
                f"{self.features.horizon} (features.horizon)"
            )
        return self

    @property
    def scored_steps(self) -> tuple[int, int]:
        """First and last step that the score means, both included."""
        if self.cv.scored_step == "pooled":
            return 1, self.features.horizon
        first, _, last = self.cv.scored_step.partition("-")
        return int(first), int(last or first)
