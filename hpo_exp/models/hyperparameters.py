"""What defines one network and its training: the values that a search may vary."""

from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal

from hpo_exp.config import TuneConfig, check_hyperparameter
from hpo_exp.errors import ConfigError
from hpo_exp.features.windows import Reference


@dataclass(frozen=True)
class Hyperparameters:
    """One network and its training; the meaning of each field stands in `hpo_exp.config`."""

    time_steps: int
    units: int
    layers: int
    dense_units: int
    dropout: float
    level: Literal["none", "window"]
    linear: Literal["none", "hourly", "shared"]
    linear_past: tuple[str, ...]
    linear_penalty: float
    learning_rate: float
    schedule: Literal["constant", "cosine"]
    batch_size: int
    loss: Literal["squared", "huber", "quantile"]
    quantile: float
    half_life_days: float | None
    reference: Reference

    @classmethod
    def from_config(cls, config: TuneConfig) -> "Hyperparameters":
        """The values that `model`, `trainer` and `features` give."""
        sections = config.model, config.trainer, config.features
        given = {name: value for section in sections for name, value in section}
        values = {field.name: given[field.name] for field in fields(cls)}
        return cls(**{**values, "linear_past": tuple(given["linear_past"])})

    def with_values(self, values: dict[str, Any], origin: str) -> "Hyperparameters":
        """These hyperparameters with some replaced.

        Args:
            values: name to value.
            origin: the setting the values come from, for the error message.

        Raises:
            ConfigError: a name is no hyperparameter, or a value is not in its field's range.
        """
        for name, value in values.items():
            try:
                check_hyperparameter(name, value, origin)
            except ValueError as error:
                raise ConfigError(str(error)) from None
        return replace(self, **values)

    def as_dict(self) -> dict[str, Any]:
        """Name to value, in order, as JSON has them."""
        return {**asdict(self), "linear_past": list(self.linear_past)}
