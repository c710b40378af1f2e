"""The typed schema of `conf/`: every setting's type, range and meaning, in one place.

Values live in `conf/*.yaml`, meanings live here. Importing this module is cheap: neither
TensorFlow, JAX, Optuna nor MLflow is loaded, so a wrong setting is reported at once.
"""

import difflib
import math
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NaiveDatetime,
    TypeAdapter,
    ValidationError,
    model_validator,
)

MAX_HORIZON = 48
Hours = Annotated[int, Field(ge=0)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class Section(BaseModel):
    """A part of the configuration: unknown keys are refused, values are fixed once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class Subsystem(Section):
    """What the project knows about one of the grid's subsystems."""

    station: str | None = Field(description="INMET station that stands for its weather, or null")
    states: list[str] = Field(description="states whose holidays move its load (two letters)")


class DataConfig(Section):
    """Where the hourly table comes from."""

    source: Literal["demo", "ons", "csv", "seed"] = Field(description="kind of source")
    root: Path | None = Field(description="folder of the publishers' raw files")
    path: Path | None = Field(default=None, description="csv: the file to read (or a .parquet)")
    columns: dict[str, str] = Field(
        default={},
        description="csv: role to the file's column (`load: carga_mw_subsistema`); a role left "
        "at its default may be absent from the file",
    )
    simulated: bool = Field(
        default=False, description="csv: whether the file's values are made up, which it cannot say"
    )
    subsystem: str = Field(description="subsystem of the grid")
    subsystems: dict[str, Subsystem] = Field(description="the subsystems to choose from")
    station: str | None = Field(description="INMET weather station, or null for no weather")
    states: list[str] = Field(description="states whose holidays are features (two letters)")
    start: NaiveDatetime | None = Field(description="first hour to read, or null for all there is")
    end: NaiveDatetime | None = Field(description="last hour to read, or null for all there is")
    fill: Literal["last", "day"] = Field(
        description="rule for missing inputs, past values only: the last known value, or the "
        "same hour a day before"
    )
    fill_hours: Hours = Field(
        description="longest gap, in hours, filled for training; windows that touch a longer "
        "one are dropped (in the test period every gap is filled and counted)"
    )

    @model_validator(mode="after")
    def _check(self) -> "DataConfig":
        if self.start and self.end and self.start >= self.end:
            raise ValueError(f"start {self.start} is not before end {self.end}")
        return self


class FeaturesConfig(Section):
    """What a forecast sees, how far it looks, and when it is issued."""

    past: list[str] = Field(min_length=1, description="columns read over the last time_steps")
    optional: list[str] = Field(description="more of them, used where the table has them")
    past_lags: list[Annotated[int, Field(ge=1)]] = Field(
        description="hours by which the load is shifted to make further past columns"
    )
    calendar: list[Literal["hour", "weekday", "week_hour", "holiday", "season"]] = Field(
        description="calendar of the target hour, known ahead"
    )
    ahead_lags: list[Annotated[int, Field(ge=1)]] = Field(
        description="load this many hours before the target hour (the nearest multiple that is "
        "known when the forecast is issued)"
    )
    publication_delay: dict[str, Hours] = Field(
        description="hours by which a column is published late"
    )
    reference: Literal["none", "last_hour", "day", "week"] = Field(
        description="what the model predicts a change against: nothing, the last known hour, "
        "or the same hour a day or a week before"
    )
    horizon: int = Field(ge=1, le=MAX_HORIZON, description="number of steps (hours) forecast")
    issue: Literal["hourly"] | Annotated[int, Field(ge=0, le=23)] = Field(
        description="forecasts are issued hourly, or once a day at this hour"
    )


class ModelConfig(Section):
    """The network's shape; anything named in `search` overrides it trial by trial."""

    time_steps: int = Field(ge=1, le=24 * 14, description="hours the LSTM reads")
    units: int = Field(ge=1, le=4096, description="LSTM units a layer")
    layers: int = Field(ge=1, le=4, description="LSTM layers")
    dense_units: int = Field(ge=0, le=4096, description="width of the dense layer, 0 for none")
    dropout: float = Field(ge=0, lt=1, description="dropout rate after each LSTM layer")


class TrainerConfig(Section):
    """How one network is trained."""

    backend: Literal["jax", "tensorflow"] = Field(description="Keras backend that trains")
    epochs: int = Field(ge=1, description="most epochs a fit may take")
    batch_size: int = Field(ge=1, description="windows a training step")
    learning_rate: float = Field(gt=0, le=1, description="Adam's initial learning rate")
    schedule: Literal["constant", "cosine"] = Field(
        description="learning rate over the epochs: constant, or falling to 0 along a cosine"
    )
    patience: int = Field(
        ge=0, description="epochs without a better tail before a fit stops, 0 for never"
    )
    tail: float = Field(
        gt=0, lt=0.5, description="last share of a fold's training part that early stopping reads"
    )
    compilation_cache: Path | None = Field(
        description="folder where JAX keeps compiled programs for the next process, or null"
    )


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


HYPERPARAMETERS: dict[str, type[Section]] = {
    "time_steps": ModelConfig,
    "units": ModelConfig,
    "layers": ModelConfig,
    "dense_units": ModelConfig,
    "dropout": ModelConfig,
    "learning_rate": TrainerConfig,
    "batch_size": TrainerConfig,
    "reference": FeaturesConfig,
}
"""What `search` and `variants` may vary, and the section that gives the fixed value."""


def check_hyperparameter(name: str, value: object, origin: str) -> None:
    """Check a value that `search` or `variants` would give a hyperparameter.

    Raises:
        ValueError: the name is no hyperparameter, or the value is not in its field's range.
    """
    if name not in HYPERPARAMETERS:
        nearest = difflib.get_close_matches(name, HYPERPARAMETERS, n=1)
        hint = f"did you mean {nearest[0]}? " if nearest else ""
        raise ValueError(
            f"{origin}.{name} is no hyperparameter: {hint}choose {', '.join(HYPERPARAMETERS)}"
        )
    field = HYPERPARAMETERS[name].model_fields[name]
    try:
        TypeAdapter[Any](field.rebuild_annotation()).validate_python(value, strict=True)
    except ValidationError as error:
        raise ValueError(f"{origin}.{name}={value!r}: {error.errors()[0]['msg']}") from None


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

    @model_validator(mode="after")
    def _check(self) -> "CvConfig":
        if self.test_start > self.test_end:
            raise ValueError(f"test_start {self.test_start} is after test_end {self.test_end}")
        return self


class StudyConfig(Section):
    """The search itself."""

    name: str = Field(pattern=r"^[\w.,=+-]+$", description="name of the study and its folder")
    trials: int = Field(ge=1, description="finished (complete or pruned) trials in all")
    seed: int = Field(ge=0, description="seed of everything random")
    storage: str = Field(description="Optuna storage URL")
    sampler: Literal["tpe", "random", "gp", "cmaes", "qmc", "nsgaii"] = Field(
        description="Optuna sampler"
    )
    sampler_options: dict[str, Any] = Field(description="its constructor's arguments")
    pruner: Literal[
        "none", "median", "percentile", "wilcoxon", "successive_halving", "hyperband", "threshold"
    ] = Field(description="Optuna pruner, asked after each fold")
    pruner_options: dict[str, Any] = Field(description="its constructor's arguments")
    finalists: int = Field(ge=1, description="best trials evaluated again before one is chosen")
    finalist_seeds: int = Field(ge=1, description="seeds a finalist is evaluated over")
    max_failures: int = Field(ge=1, description="failed trials in a row that end the sweep")


class ExecutorConfig(Section):
    """Where trials run."""

    kind: Literal["serial", "processes"] = Field(
        description="in this process one after another, or in a pool of worker processes"
    )
    workers: int | None = Field(
        ge=1, description="worker processes of one core each, or null for one a core"
    )


class TrackingConfig(Section):
    """Where MLflow remembers."""

    uri: str = Field(description="MLflow tracking store")
    artifacts: str = Field(description="folder or URL of the artifacts of new experiments")
    experiment: str = Field(description="MLflow experiment")
    ui: str = Field(description="address of MLflow's pages, for links from the Optuna dashboard")


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
