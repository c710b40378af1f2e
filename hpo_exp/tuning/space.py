"""The search space: Optuna distributions from the configuration, and parameters from Optuna."""

from typing import Any

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from hpo_exp.config import ParameterSpec, TuneConfig
from hpo_exp.models.hyperparameters import Hyperparameters

Space = dict[str, BaseDistribution]


def build_space(search: dict[str, ParameterSpec]) -> Space:
    """Turn the configuration's search into distributions."""
    return {name: _distribution(spec) for name, spec in search.items()}


def candidates(config: TuneConfig, fixed: Hyperparameters, name: str) -> list[Any]:
    """Values between which a hyperparameter lies: searched or fixed, and in what is refitted."""
    search, changes = config.search, (*config.variants.values(), *config.companions.values())
    values = search[name].extremes() if name in search else [getattr(fixed, name)]
    return values + [values_of[name] for values_of in changes if name in values_of]


def first_parameters(space: Space, fixed: Hyperparameters) -> dict[str, Any] | None:
    """The fixed values as parameters of the first trial, or None where the space excludes one."""
    values = {name: getattr(fixed, name) for name in space}
    return values if inside(space, values) == values else None


def inside(space: Space, values: dict[str, Any]) -> dict[str, Any]:
    """Those of some values that the search can propose.

    Optuna accepts enqueued values outside their distribution, so they are checked here.
    """
    return {
        name: values[name]
        for name, distribution in space.items()
        if name in values and _contains(distribution, values[name])
    }


def _contains(distribution: BaseDistribution, value: Any) -> bool:  # noqa: ANN401 - a choice may be anything
    if isinstance(distribution, CategoricalDistribution):
        return value in distribution.choices
    if isinstance(value, str | bool | None):
        return False
    return bool(distribution._contains(distribution.to_internal_repr(value)))  # noqa: SLF001 - Optuna offers no public check


def suggest(trial: optuna.Trial, space: Space) -> dict[str, Any]:
    """Ask the sampler for each parameter; what a stopped run had been given stays as it was."""
    return {name: _suggest(trial, name, distribution) for name, distribution in space.items()}


def _suggest(trial: optuna.Trial, name: str, distribution: BaseDistribution) -> Any:  # noqa: ANN401 - a choice may be anything
    if isinstance(distribution, CategoricalDistribution):
        return trial.suggest_categorical(name, distribution.choices)
    if isinstance(distribution, IntDistribution):
        limits = distribution.low, distribution.high
        return trial.suggest_int(name, *limits, step=distribution.step, log=distribution.log)
    assert isinstance(distribution, FloatDistribution)
    bounds = distribution.low, distribution.high
    return trial.suggest_float(name, *bounds, step=distribution.step, log=distribution.log)


def _distribution(spec: ParameterSpec) -> BaseDistribution:
    if spec.type == "categorical":
        return CategoricalDistribution(spec.choices or [])
    assert spec.low is not None  # held by ParameterSpec
    assert spec.high is not None
    if spec.type == "float":
        return FloatDistribution(spec.low, spec.high, log=spec.log, step=spec.step)
    return IntDistribution(int(spec.low), int(spec.high), log=spec.log, step=int(spec.step or 1))
