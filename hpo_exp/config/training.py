"""Settings of a network and its training, and which of them a search may vary."""

import difflib
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from hpo_exp.config.inputs import FeaturesConfig
from hpo_exp.config.section import Section


class ModelConfig(Section):
    """The network's shape; anything named in `search` overrides it trial by trial."""

    time_steps: int = Field(ge=1, le=24 * 14, description="hours the LSTM reads")
    units: int = Field(ge=1, le=4096, description="LSTM units a layer")
    layers: int = Field(ge=1, le=4, description="LSTM layers")
    dense_units: int = Field(ge=0, le=4096, description="width of the dense layer, 0 for none")
    dropout: float = Field(
        ge=0, lt=1, description="dropout rate after each LSTM layer, and after the dense one"
    )
    level: Literal["none", "window"] = Field(
        description="level that the network's loads are read against: none, or the window's mean, "
        "so that a load that has grown looks like those it learnt from"
    )
    linear: Literal["none", "hourly", "shared"] = Field(
        description="a linear forecast beside the network, which then learns what it leaves: "
        "none, a ridge regression for each step and hour of day, or one that all hours of a step "
        "share and for each hour another of what that leaves"
    )
    linear_past: list[str] = Field(description="columns of the window that the linear one reads")
    linear_penalty: float = Field(
        ge=0, description="ridge penalty of the linear one, on standardised inputs"
    )


class TrainerConfig(Section):
    """How one network is trained."""

    backend: Literal["jax", "tensorflow"] = Field(description="Keras backend that trains")
    epochs: int = Field(ge=1, description="most epochs a fit may take")
    batch_size: int = Field(ge=1, description="windows a training step")
    learning_rate: float = Field(gt=0, le=1, description="Adam's initial learning rate")
    schedule: Literal["constant", "cosine"] = Field(
        description="learning rate over the epochs: constant, or falling to 0 along a cosine"
    )
    loss: Literal["squared", "huber", "quantile"] = Field(
        description="training loss, in standard deviations of the target: squared error, the same "
        "up to 1 and linear beyond, or that of `quantile`"
    )
    quantile: float = Field(
        gt=0,
        lt=1,
        description="which quantile of what may come `loss=quantile` forecasts: 0.5, the median, "
        "is the absolute error; above it more is committed",
    )
    half_life_days: float | None = Field(
        gt=0,
        description="age at which a window counts half as much in training, or null for all alike",
    )
    patience: int = Field(
        ge=0, description="epochs without a better tail before a fit stops, 0 for never"
    )
    tail: float = Field(
        ge=0,
        lt=0.5,
        description="last share of a fold's training part that early stopping reads; 0 trains on "
        "everything, for all epochs",
    )
    compilation_cache: Path | None = Field(
        description="folder where JAX keeps compiled programs for the next process, or null"
    )


HYPERPARAMETERS: dict[str, type[Section]] = {
    "time_steps": ModelConfig,
    "units": ModelConfig,
    "layers": ModelConfig,
    "dense_units": ModelConfig,
    "dropout": ModelConfig,
    "level": ModelConfig,
    "linear": ModelConfig,
    "linear_penalty": ModelConfig,
    "learning_rate": TrainerConfig,
    "schedule": TrainerConfig,
    "batch_size": TrainerConfig,
    "loss": TrainerConfig,
    "quantile": TrainerConfig,
    "half_life_days": TrainerConfig,
    "reference": FeaturesConfig,
}
"""What `search`, `variants` and `companions` may vary, and the section of the fixed value."""


def check_hyperparameter(name: str, value: object, origin: str) -> None:
    """Check a value that `search`, `variants` or `companions` would give a hyperparameter.

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
