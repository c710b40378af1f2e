"""Settings of the search: distributions, folds, the study and where it runs."""

import math
import os
from typing import Any, Literal

from pydantic import Field, NaiveDatetime, model_validator

from hpo_exp.config.section import Finite, Hours, Section


class ParameterSpec(Section):
    """The values one hyperparameter may take: an Optuna distribution."""

    type: Literal["categorical", "int", "float"] = Field(description="kind of distribution")
    choices: list[Any] | None = Field(default=None, description="values of a categorical one")
    low: Finite | None = Field(default=None, description="smallest value")
    high: Finite | None = Field(default=None, description="largest value")
    step: Finite | None = Field(default=None, gt=0, description="spacing of the values")
    log: bool = Field(default=False, description="sample on a logarithmic scale")

    @model_validator(mode="after")
    def _check(self) -> "ParameterSpec":
        if self.type == "categorical":
            if not self.choices:
                raise ValueError("a categorical parameter needs choices")
            if (self.low, self.high, self.step, self.log) != (None, None, None, False):
                raise ValueError("a categorical parameter takes choices alone")
        elif self.choices is not None or self.low is None or self.high is None:
            raise ValueError(f"a parameter of type {self.type} takes low and high, not choices")
        elif self.low > self.high:
            raise ValueError(f"low {self.low:g} is above high {self.high:g}")
        elif self.log and (self.low <= 0 or self.step is not None):
            raise ValueError("a logarithmic parameter needs low above 0 and takes no step")
        elif self.type == "int" and any(value != int(value) for value in self._numbers()):
            raise ValueError("an int parameter takes whole numbers")
        return self

    def _numbers(self) -> list[float]:
        return [value for value in (self.low, self.high, self.step) if value is not None]

    def extremes(self) -> list[Any]:
        """The values between which all others lie: every choice, or both ends."""
        if self.type == "categorical":
            return list(self.choices or [])
        kind = int if self.type == "int" else float
        low, high = self.low or 0.0, self.high or 0.0
        if self.step is not None:  # Optuna's highest value is the last one of the grid
            high = low + math.floor((high - low) / self.step + 1e-9) * self.step
        return [kind(low), kind(high)]


class CvConfig(Section):
    """How the past is cut into folds, and which hours are kept for the final test."""

    folds: int = Field(ge=1, le=50, description="number of folds")
    scheme: Literal["expanding", "sliding"] = Field(
        description="training part of a fold: everything before it, or a window of fixed length"
    )
    gap: Hours = Field(description="hours left out between a fold's training and validation")
    validation_hours: int | None = Field(
        ge=1, description="hours validated a fold, or null for equal parts"
    )
    test_start: NaiveDatetime = Field(description="first target hour of the test period")
    test_end: NaiveDatetime = Field(description="last target hour of the test period")
    scored_step: str = Field(
        pattern=r"^(pooled|\d+|\d+-\d+)$",
        description="steps that rmse means: 'pooled' (all), one step, or a range as '15-38'",
    )
    scored_target: str = Field(
        description="column whose rmse is a trial's value: the load, or one of features.targets"
    )

    @model_validator(mode="after")
    def _check(self) -> "CvConfig":
        if self.test_start > self.test_end:
            raise ValueError(f"test_start {self.test_start} is after test_end {self.test_end}")
        return self


class WarmStartConfig(Section):
    """Another study, whose best parameters are tried first."""

    study: str = Field(description="name of the other study")
    storage: str = Field(description="Optuna storage URL it lies in")
    trials: int = Field(default=3, ge=1, description="how many of its best trials")


class StudyConfig(Section):
    """The search itself."""

    name: str = Field(pattern=r"^[\w.,=+-]+$", description="name of the study and its folder")
    trials: int = Field(ge=1, description="finished (complete or pruned) trials in all")
    seed: int = Field(ge=0, description="seed of everything random")
    storage: str = Field(description="Optuna storage URL")
    objective: Literal["rmse", "dispatch_cost", "both"] = Field(
        description="what trials are judged by: RMSE, what their folds' dispatch costs, or both"
    )
    rmse_slack: float = Field(
        ge=0, description="with both: the winner is the cheapest dispatch among trials whose RMSE "
        "is at most so much (of 1) above the smallest"
    )  # fmt: skip
    sampler: Literal["tpe", "random", "gp", "cmaes", "qmc", "nsgaii"] = Field(
        description="Optuna sampler"
    )
    sampler_options: dict[str, Any] = Field(description="its constructor's arguments")
    pruner: Literal[
        "none", "median", "percentile", "wilcoxon", "successive_halving", "hyperband", "threshold"
    ] = Field(description="pruner, asked after each rung of the ladder (see fidelity)")
    pruner_options: dict[str, Any] = Field(description="its constructor's arguments")
    finalists: int = Field(ge=1, description="best trials evaluated again before one is chosen")
    finalist_seeds: int = Field(ge=1, description="seeds a finalist is evaluated over")
    ensemble: int = Field(
        ge=1, le=50, description="networks, of as many seeds, that make up the exported model"
    )
    max_failures: int = Field(ge=1, description="failed trials in a row that end the sweep")
    tries: int = Field(
        ge=1, description="times a fold is tried whose worker dies or hangs, before its trial fails"
    )
    warm_start: WarmStartConfig | None = Field(
        description="another study whose best parameters are tried first, or null"
    )


class RungConfig(Section):
    """A cheaper form of a trial, which it has to pass before the next one."""

    folds: int | None = Field(default=None, ge=1, description="folds trained, or null for all")
    epochs: int | None = Field(default=None, ge=1, description="most epochs, or null for all")
    history: float = Field(
        default=1.0, gt=0, le=1, description="share of each fold's training part, the newest"
    )

    def percent(self, folds: int, epochs: int) -> int:
        """Work of this rung in percent of a whole trial of so many folds and epochs."""
        share = (self.folds or folds) / folds * (self.epochs or epochs) / epochs * self.history
        return max(1, round(100 * share))


class FidelityConfig(Section):
    """How a trial proves itself before it is trained whole."""

    rungs: list[RungConfig] | None = Field(
        description="rungs below the whole trial, cheapest first; null for one more fold each"
    )


class ExecutorConfig(Section):
    """Where trials run."""

    kind: Literal["serial", "processes"] = Field(
        description="in this process one after another, or in a pool of worker processes"
    )
    workers: int | None = Field(
        ge=1, description="worker processes of one core each, or null for one a core"
    )
    fold_seconds: float | None = Field(
        gt=0, description="longest time a fold may take before its worker is ended, or null"
    )
    recycle_folds: int = Field(
        ge=1, description="folds after which a worker is replaced, before its memory grows"
    )

    @property
    def slots(self) -> int:
        """Tasks at a time."""
        return 1 if self.kind == "serial" else self.workers or os.cpu_count() or 1


class TrackingConfig(Section):
    """Where MLflow remembers."""

    uri: str = Field(description="MLflow tracking store")
    artifacts: str = Field(description="folder or URL of the artifacts of new experiments")
    experiment: str = Field(description="MLflow experiment")
    ui: str = Field(description="address of MLflow's pages, for links from the Optuna dashboard")
