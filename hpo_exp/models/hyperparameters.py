"""What defines one network and its training: the values that a search may vary."""

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from hpo_exp.config import FeaturesConfig, ModelConfig, TrainerConfig, TuneConfig
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
    learning_rate: float
    batch_size: int
    reference: Reference

    @classmethod
    def from_config(cls, config: TuneConfig) -> "Hyperparameters":
        """The values that `model`, `trainer` and `features` give."""
        sections = config.model, config.trainer, config.features
        given = {name: value for section in sections for name, value in section}
        return cls(**{field.name: given[field.name] for field in fields(cls)})

    def with_values(self, values: dict[str, Any], origin: str) -> "Hyperparameters":
        """These hyperparameters with some replaced.

        Args:
            values: name to value.
            origin: the setting the values come from, for the error message.

        Raises:
            ConfigError: a name is no hyperparameter, or a value is not in its field's range.
        """
        for name, value in values.items():
            _check(name, value, origin)
        return replace(self, **values)

    def as_dict(self) -> dict[str, Any]:
        """Name to value, in order."""
        return asdict(self)


NAMES = tuple(field.name for field in fields(Hyperparameters))
"""Names that `search` and `variants` may use."""


def _check(name: str, value: object, origin: str) -> None:
    if name not in NAMES:
        raise ConfigError(
            f"{origin}: {name!r} is no hyperparameter; choose from {', '.join(NAMES)}"
        )
    section = next(
        s for s in (ModelConfig, TrainerConfig, FeaturesConfig) if name in s.model_fields
    )
    field = section.model_fields[name]
    adapter: TypeAdapter[Any] = TypeAdapter(field.rebuild_annotation())
    try:
        adapter.validate_python(value, strict=True)
    except ValidationError as error:
        reason = error.errors()[0]["msg"]
        raise ConfigError(f"{origin}.{name}={value!r}: {reason}") from None
