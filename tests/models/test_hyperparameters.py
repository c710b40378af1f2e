from typing import Any

import pytest

from hpo_exp.errors import ConfigError
from hpo_exp.models.hyperparameters import Hyperparameters
from tests.builders import make_config


@pytest.fixture(scope="module")
def fixed() -> Hyperparameters:
    return Hyperparameters.from_config(make_config("trainer.batch_size=16", "model.units=7"))


def test_from_config__gathers_every_section(fixed: Hyperparameters) -> None:
    assert fixed.as_dict() == {
        "time_steps": 24,
        "units": 7,
        "layers": 1,
        "dense_units": 32,
        "dropout": 0.0,
        "level": "none",
        "linear": "none",
        "linear_past": ["carga_mw_subsistema"],
        "linear_penalty": 1.0,
        "learning_rate": 0.001,
        "batch_size": 16,
        "schedule": "cosine",
        "loss": "squared",
        "quantile": 0.5,
        "half_life_days": None,
        "reference": "last_hour",
    }


def test_with_values__replaces_these_and_keeps_the_rest(fixed: Hyperparameters) -> None:
    changed = fixed.with_values({"units": 64, "reference": "none"}, "search")
    assert changed.as_dict() == fixed.as_dict() | {"units": 64, "reference": "none"}
    assert fixed.units == 7


@pytest.mark.parametrize("name", ["unit", "epochs", "horizon", "seed"])
def test_with_values__refuses_what_is_no_hyperparameter(fixed: Hyperparameters, name: str) -> None:
    with pytest.raises(ConfigError, match=rf"variants\.wide\W+{name}\b.*time_steps, units"):
        fixed.with_values({name: 1}, "variants.wide")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("time_steps", 0),
        ("time_steps", 24 * 14 + 1),
        ("units", 0),
        ("units", 4097),
        ("units", 32.5),
        ("units", None),
        ("units", [32]),
        ("layers", 5),
        ("dense_units", -1),
        ("dropout", 1),
        ("dropout", -0.1),
        ("learning_rate", 0),
        ("learning_rate", 1.1),
        ("learning_rate", float("nan")),
        ("batch_size", 0),
        ("reference", "month"),
        ("reference", None),
    ],
)
def test_with_values__refuses_a_value_out_of_range(
    fixed: Hyperparameters, name: str, value: Any
) -> None:
    with pytest.raises(ConfigError, match=rf"^search\.{name}="):
        fixed.with_values({name: value}, "search")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("time_steps", 24 * 14),
        ("units", 4096),
        ("dense_units", 0),
        ("dropout", 0),
        ("learning_rate", 1),
        ("batch_size", 1),
        ("reference", "week"),
    ],
)
def test_with_values__takes_the_ends_of_a_range(
    fixed: Hyperparameters, name: str, value: Any
) -> None:
    assert fixed.with_values({name: value}, "search").as_dict()[name] == value


@pytest.mark.parametrize(
    ("name", "value"), [("units", "64"), ("units", 64.0), ("layers", True), ("dropout", "0.1")]
)
def test_with_values__keeps_no_value_of_another_type(
    fixed: Hyperparameters, name: str, value: Any
) -> None:
    # Whether it is refused or converted: Keras must not be the one to notice.
    expected = type(fixed.as_dict()[name])
    try:
        changed = fixed.with_values({name: value}, "search")
    except ConfigError:
        return
    assert type(changed.as_dict()[name]) is expected
