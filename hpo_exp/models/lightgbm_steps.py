"""LightGBM as a baseline: one model a step, with parameters that a search found.

The package is optional and is imported where it is used. Each task runs on one core.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hpo_exp.features.windows import Reference
from hpo_exp.models.baselines import Problem, StepData, step_data, tree_features

if TYPE_CHECKING:
    from lightgbm import Booster

PATIENCE = 100
"""Rounds without a better validation error before a model of the search stops."""


@dataclass(frozen=True)
class BoosterSettings:
    """What a model is made with.

    Attributes:
        parameters: LightGBM's, by its names.
        reference: what the change is predicted against.
        rounds: boosting rounds; in a search, the most of them.
    """

    parameters: dict[str, Any]
    reference: Reference
    rounds: int


@dataclass(frozen=True)
class BoosterStep:
    """Forecast one step.

    Attributes:
        problem: which of the problems.
        step: index of the step, from 0.
        settings: what the model is made with.
    """

    problem: int
    step: int
    settings: BoosterSettings

    def run(self, problems: Sequence[Problem]) -> np.ndarray:
        """The load (MW) of the test issues, shape (issues,)."""
        data, seed = _asked(problems[self.problem], self.step, self.settings)
        booster, _ = _train(data, self.settings, seed, validated=False)
        return data.to_mw(np.asarray(booster.predict(data.test, num_threads=1)))


@dataclass(frozen=True)
class BoosterCurve:
    """Validate one step on what a fold scores; attributes as those of `BoosterStep`."""

    problem: int
    step: int
    settings: BoosterSettings

    def run(self, problems: Sequence[Problem]) -> np.ndarray:
        """Mean squared error (MW²) after each round, shape (rounds,); the last one repeats."""
        data, seed = _asked(problems[self.problem], self.step, self.settings)
        _, curve = _train(data, self.settings, seed, validated=True)
        return np.pad(curve, (0, self.settings.rounds - len(curve)), mode="edge")


def _asked(problem: Problem, step: int, settings: BoosterSettings) -> tuple[StepData, int]:
    """What a step's model reads, and its seed."""
    return step_data(problem, step, settings.reference, tree_features), problem.seed


def _train(
    data: StepData, settings: BoosterSettings, seed: int, *, validated: bool
) -> tuple["Booster", np.ndarray]:
    """Train a model; with its validation error after each round (MW²), where it is asked for."""
    import lightgbm

    parameters = {
        "objective": "regression",
        "metric": "l2" if validated else "none",
        "bagging_freq": 1,
        **settings.parameters,
        "seed": seed,
        "deterministic": True,
        "force_col_wise": True,  # else it times both ways, and may choose otherwise next time
        "num_threads": 1,
        "verbosity": -1,
    }
    train = lightgbm.Dataset(data.train, data.change)
    callbacks: list[Any] = []
    sets, to_square_mw = [], 1.0
    found: dict[str, dict[str, list[float]]] = {}
    if validated:
        counted = ~np.isnan(data.actual)
        level = data.level[counted]
        change = (data.actual - data.reference)[counted] / level
        sets = [train.create_valid(data.test[counted], change, weight=level**2)]
        to_square_mw = float(np.mean(level**2))  # the metric is a mean by weight
        callbacks += [
            lightgbm.early_stopping(PATIENCE, verbose=False),
            lightgbm.record_evaluation(found),
        ]
    booster = lightgbm.train(
        parameters, train, settings.rounds, valid_sets=sets, valid_names=["fold"] * len(sets),
        callbacks=callbacks,
    )  # fmt: skip
    return booster, to_square_mw * np.array(found["fold"]["l2"] if validated else [])
