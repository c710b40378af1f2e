"""Everything `python -m hpo_exp.tune` reads, and what its parts have to agree on."""

from pathlib import Path
from typing import Any

from pydantic import Field, field_validator, model_validator

from hpo_exp.config.baselines import BaselinesConfig
from hpo_exp.config.dispatch import DispatchConfig
from hpo_exp.config.inputs import LOAD, DataConfig, FeaturesConfig
from hpo_exp.config.intervals import IntervalsConfig
from hpo_exp.config.search import (
    CvConfig,
    ExecutorConfig,
    FidelityConfig,
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
        description="hyperparameters to search, by the name they have in model, trainer or features"
    )
    variants: dict[str, dict[str, Any]] = Field(
        description="changes of the winner's hyperparameters that are refitted and scored beside it"
    )
    companions: dict[str, dict[str, Any]] = Field(
        description="changes of the winner's hyperparameters that are trained beside it; the model "
        "is the mean of them all"
    )
    baselines: BaselinesConfig
    intervals: IntervalsConfig
    cv: CvConfig
    fidelity: FidelityConfig
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
        for name, spec in self.search.items():
            for value in spec.extremes():
                check_hyperparameter(name, value, origin="search")
        self._check_changes()
        self._check_rungs()
        if LOAD not in self.features.past and "window" in self._values_of("level"):
            raise ValueError(f"model.level=window needs {LOAD} in features.past")
        self._check_objective()
        if self.cv.scored_target not in (LOAD, *self.features.targets):
            raise ValueError(
                f"cv.scored_target is {self.cv.scored_target}, which is not forecast: choose "
                f"{', '.join((LOAD, *self.features.targets))} (features.targets)"
            )
        first, last = self.scored_steps
        if not 1 <= first <= last <= self.features.horizon:
            raise ValueError(
                f"cv.scored_step {self.cv.scored_step!r} lies outside the steps 1 to "
                f"{self.features.horizon} (features.horizon)"
            )
        return self

    def _check_changes(self) -> None:
        """What is refitted beside the winner has hyperparameters in their ranges."""
        for origin, changes in (("variants", self.variants), ("companions", self.companions)):
            for changed, values in changes.items():
                for name, value in values.items():
                    check_hyperparameter(name, value, origin=f"{origin}.{changed}")
        for changed, values in self.companions.items():
            for name in ("time_steps", "reference"):
                if name in values:
                    raise ValueError(
                        f"companions.{changed} changes {name}: what is exported as one model reads "
                        "one window and predicts changes of one reference"
                    )

    def _values_of(self, name: str) -> list[object]:
        """Every value that a hyperparameter can take."""
        searched = self.search[name].extremes() if name in self.search else []
        changes = (*self.variants.values(), *self.companions.values())
        varied = [values[name] for values in changes if name in values]
        return [getattr(self.model, name), *searched, *varied]

    def _check_objective(self) -> None:
        """Dispatch needs a case of the same plants; not every sampler takes two objectives."""
        objective, case = self.study.objective, self.dispatch
        if case is not None and self.data.source == "ons":
            plants, load = case.subsystem, self.data.subsystem
            if plants not in (None, load):
                raise ValueError(
                    f"the case {case.case} has the plants of {plants}, the data are of {load}: "
                    "choose another dispatch, or dispatch.subsystem=null"
                )
        if objective != "rmse" and case is None:
            raise ValueError(f"study.objective={objective} needs a dispatch case: see dispatch")
        if objective == "both" and self.study.sampler == "cmaes":
            raise ValueError("study.sampler=cmaes takes one objective alone")
        if objective == "both" and self.fidelity.rungs:
            raise ValueError("study.objective=both stops no trial early: leave out fidelity.rungs")

    def _check_rungs(self) -> None:
        """A rung that is no cheaper than the next one proves nothing."""
        before = 0
        for number, rung in enumerate(self.fidelity.rungs or []):
            name = f"fidelity.rungs[{number}]"
            if (rung.folds or 1) > self.cv.folds:
                raise ValueError(
                    f"{name} asks for {rung.folds} folds of {self.cv.folds} (cv.folds)"
                )
            if (rung.epochs or 1) > self.trainer.epochs:
                raise ValueError(
                    f"{name} asks for {rung.epochs} epochs of {self.trainer.epochs} "
                    f"(trainer.epochs)"
                )
            percent = rung.percent(self.cv.folds, self.trainer.epochs)
            if not before < percent < 100:
                raise ValueError(
                    f"{name} is {percent} % of a whole trial: it should be more than the rung "
                    f"before it ({before} %) and less than the whole"
                )
            before = percent

    @property
    def scored_steps(self) -> tuple[int, int]:
        """First and last step that the score means, both included."""
        if self.cv.scored_step == "pooled":
            return 1, self.features.horizon
        first, _, last = self.cv.scored_step.partition("-")
        return int(first), int(last or first)
