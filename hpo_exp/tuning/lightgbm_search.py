"""The search of LightGBM's parameters, on the folds that the network's trials are judged by."""

import importlib.util
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import optuna

from hpo_exp.config import LightGbmConfig
from hpo_exp.errors import ConfigError
from hpo_exp.models.lightgbm_steps import BoosterCurve, BoosterSettings
from hpo_exp.tuning.space import build_space, suggest

RunTasks = Callable[[Sequence[Any]], list[np.ndarray]]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Course:
    """What the trials of a search are run over.

    Attributes:
        folds: number of folds, which are the problems 0, 1, … of the tasks.
        horizon: number of steps.
        steps: indices of the steps that are tried, from 0, rising.
        judged: indices of those of them that a trial's value means.
    """

    folds: int
    horizon: int
    steps: Sequence[int]
    judged: Sequence[int]


@dataclass(frozen=True)
class TunedLightGbm:
    """What a search found.

    Attributes:
        settings: the best trial's, without its rounds.
        rounds: boosting rounds of each step's model, from step 1 to the horizon.
        value: mean RMSE of the best trial over the folds (MW).
        trials: how many there were.
        seconds: wall time of the search.
    """

    settings: BoosterSettings
    rounds: tuple[int, ...]
    value: float
    trials: int
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """The search as `metrics.json` tells it."""
        return {
            "trials": self.trials,
            "seconds": round(self.seconds, 1),
            "best_value": self.value,
            "best_params": self.settings.parameters
            | {"reference": self.settings.reference, "rounds": list(self.rounds)},
        }


def check_installed(config: LightGbmConfig | None) -> None:
    """Make sure that LightGBM is there before anything is searched.

    Raises:
        ConfigError: it is asked for and not installed.
    """
    if config is not None and importlib.util.find_spec("lightgbm") is None:
        raise ConfigError(
            'baselines.lightgbm needs LightGBM: pip install "hpo-exp[lightgbm]", or leave it out '
            "with baselines=default"
        )


def tune_lightgbm(
    config: LightGbmConfig, course: Course, seed: int, run: RunTasks, parallel: int
) -> TunedLightGbm:
    """Search the parameters with the smallest mean RMSE over the folds.

    The number of rounds is a parameter as well, but a step's own and found from its curves: that
    with the smallest mean over the folds. Between the steps that are tried it is interpolated.

    Args:
        config: the search.
        course: the folds and steps.
        seed: seed of the sampler.
        run: runs tasks and returns their results in order.
        parallel: trials at a time.
    """
    started = time.monotonic()
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    space = build_space({str(name): spec for name, spec in config.search.items()})
    scored = [place for place, step in enumerate(course.steps) if step in course.judged]
    best: tuple[float, BoosterSettings, np.ndarray] | None = None
    count = 0
    assert config.trials is not None  # filled in from study.trials
    while count < config.trials and not _over(config, started, count):
        asked = [study.ask() for _ in range(min(parallel, config.trials - count))]
        settings = [_settings(suggest(trial, space), config.rounds) for trial in asked]
        tasks = [
            BoosterCurve(fold, step, chosen)
            for chosen in settings
            for fold in range(course.folds)
            for step in course.steps
        ]
        shape = len(asked), course.folds, len(course.steps), config.rounds
        curves = np.array(run(tasks)).reshape(shape)
        errors = np.sqrt(curves).mean(axis=1)  # MW, of the folds: trials, steps, rounds
        for trial, chosen, error in zip(asked, settings, errors, strict=True):
            value = float(np.sqrt(np.mean(error[scored].min(axis=1) ** 2)))
            study.tell(trial, value)
            log.info("LightGBM trial %d: %.1f MW", trial.number, value)
            if best is None or value < best[0]:
                best = value, chosen, error.argmin(axis=1) + 1
        count += len(asked)
    assert best is not None  # there is at least one trial
    value, chosen, rounds = best
    every = np.interp(range(course.horizon), course.steps, rounds).round().astype(int).tolist()
    return TunedLightGbm(chosen, tuple(every), value, count, time.monotonic() - started)


def _over(config: LightGbmConfig, started: float, count: int) -> bool:
    """Whether the time is up; one trial there always is."""
    return bool(count and config.seconds and time.monotonic() - started > config.seconds)


def _settings(values: dict[str, Any], rounds: int) -> BoosterSettings:
    """A trial's settings from its parameters, of which the reference is ours."""
    own = dict(values)
    return BoosterSettings(
        parameters=own, reference=own.pop("reference", "last_hour"), rounds=rounds
    )
