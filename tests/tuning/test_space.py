from typing import Any

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from hpo_exp.config import ParameterSpec, check_hyperparameter
from hpo_exp.models.hyperparameters import Hyperparameters
from hpo_exp.tuning.space import Space, build_space, candidates, first_parameters, suggest
from tests.tuning.composing import configured

FIXED = Hyperparameters(
    time_steps=24,
    units=50,
    layers=1,
    dense_units=32,
    dropout=0.1,
    learning_rate=1e-3,
    batch_size=64,
    reference="last_hour",
    level="none",
    linear="none",
    linear_past=(),
    linear_penalty=1.0,
    schedule="constant",
    loss="squared",
    quantile=0.5,
    half_life_days=None,
)


def space(**search: dict[str, Any]) -> Space:
    return build_space({name: ParameterSpec(**spec) for name, spec in search.items()})


@pytest.mark.parametrize(
    ("name", "spec", "distribution"),
    [
        (
            "reference",
            {"type": "categorical", "choices": ["none", "day"]},
            CategoricalDistribution(["none", "day"]),
        ),
        ("units", {"type": "int", "low": 8, "high": 64}, IntDistribution(8, 64)),
        (
            "units",
            {"type": "int", "low": 8, "high": 64, "step": 8},
            IntDistribution(8, 64, step=8),
        ),
        (
            "units",
            {"type": "int", "low": 8, "high": 64, "log": True},
            IntDistribution(8, 64, log=True),
        ),
        ("dropout", {"type": "float", "low": 0, "high": 0.5}, FloatDistribution(0, 0.5)),
        (
            "dropout",
            {"type": "float", "low": 0, "high": 0.5, "step": 0.25},
            FloatDistribution(0, 0.5, step=0.25),
        ),
        (
            "learning_rate",
            {"type": "float", "low": 1e-4, "high": 1e-2, "log": True},
            FloatDistribution(1e-4, 1e-2, log=True),
        ),
    ],
)
def test_build_space__takes_any_distribution(
    name: str, spec: dict[str, Any], distribution: optuna.distributions.BaseDistribution
) -> None:
    built = space(**{name: spec})
    assert built == {name: distribution}
    trial = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0)).ask()
    value = suggest(trial, built)[name]
    assert distribution._contains(distribution.to_internal_repr(value))
    assert trial.distributions == {name: distribution}


@pytest.mark.parametrize(
    ("name", "spec", "said"),
    [
        ("unitz", {"type": "int", "low": 1, "high": 2}, "unitz is no hyperparameter"),
        ("epochs", {"type": "int", "low": 1, "high": 2}, "epochs is no hyperparameter"),
        ("units", {"type": "int", "low": 0, "high": 2}, "units=0"),
        ("units", {"type": "int", "low": 1.5, "high": 2}, "whole numbers"),
        ("units", {"type": "int", "low": 1, "high": 9, "step": 0.5}, "whole numbers"),
        ("units", {"type": "categorical", "choices": [8, "many"]}, "units='many'"),
        ("dropout", {"type": "float", "low": 0, "high": 1}, "dropout=1.0"),
        ("reference", {"type": "categorical", "choices": ["none", "month"]}, "reference='month'"),
        # A network has a whole number of units, although both ends of the range are whole.
        ("units", {"type": "float", "low": 8, "high": 64}, "units"),
        ("units", {"type": "categorical", "choices": ["50"]}, "units='50'"),
    ],
)
def test_search__refuses(name: str, spec: dict[str, Any], said: str) -> None:
    def check() -> None:
        for value in ParameterSpec(**spec).extremes():
            check_hyperparameter(name, value, origin="search")

    with pytest.raises(ValueError, match=said):
        check()


@pytest.mark.parametrize(
    ("name", "spec", "values"),
    [
        ("time_steps", {"type": "categorical", "choices": [24, 48]}, [24, 48]),
        ("time_steps", {"type": "int", "low": 12, "high": 72}, [12, 72]),
        ("time_steps", {"type": "int", "low": 24, "high": 50, "step": 24}, [24, 48]),
        ("units", {"type": "int", "low": 1, "high": 2}, [24]),
    ],
)
@pytest.mark.filterwarnings("ignore:The distribution is specified")
def test_candidates__are_the_extremes_or_the_fixed_value(
    name: str, spec: dict[str, Any], values: list[int]
) -> None:
    config = configured().model_copy(update={"search": {name: ParameterSpec(**spec)}})
    assert candidates(config, FIXED, "time_steps") == values


def test_first_parameters__are_the_configured_values() -> None:
    built = space(
        units={"type": "int", "low": 10, "high": 90, "step": 20},
        learning_rate={"type": "float", "low": 1e-3, "high": 1e-2, "log": True},
        reference={"type": "categorical", "choices": ["none", "last_hour"]},
    )
    assert first_parameters(built, FIXED) == {
        "units": 50,
        "learning_rate": 1e-3,
        "reference": "last_hour",
    }


@pytest.mark.parametrize(
    ("name", "spec"),
    [
        ("units", {"type": "int", "low": 51, "high": 90}),
        ("units", {"type": "int", "low": 8, "high": 48}),
        ("units", {"type": "int", "low": 8, "high": 56, "step": 8}),  # 48, 56: no 50
        ("units", {"type": "categorical", "choices": [32, 64]}),
        ("dropout", {"type": "float", "low": 0, "high": 0.5, "step": 0.25}),
        ("learning_rate", {"type": "float", "low": 2e-3, "high": 1e-2, "log": True}),
        ("reference", {"type": "categorical", "choices": ["none", "week"]}),
    ],
)
def test_first_parameters__notice_a_value_outside_the_search(
    name: str, spec: dict[str, Any]
) -> None:
    assert first_parameters(space(**{name: spec}), FIXED) is None


def test_first_parameters__are_empty_where_nothing_varies() -> None:
    assert first_parameters({}, FIXED) == {}
