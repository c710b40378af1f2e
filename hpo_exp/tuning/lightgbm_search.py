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
from hpo_exp.features.windows import Reference
from hpo_exp.models.lightgbm_steps import BoosterCurve, BoosterSettings
from hpo_exp.tuning.space import build_space, suggest

RACED_STEPS = 8
RACE = {"learning_rate": 0.1, "feature_fraction": 0.3}
RACE_ROUNDS = 150

RunTasks = Callable[[Sequence[Any]], list[np.ndarray]]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TunedLightGbm:
    """What a search found.

    Attributes:
        settings: what each step's model is made with, from step 1 to the horizon.
        value: mean RMSE of the best trial over the folds (MW).
        trials: how many there were.
        seconds: wall time of the search.
    """

    settings: tuple[BoosterSettings, ...]
    value: float
    trials: int
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """The search as `metrics.json` tells it."""
        first = self.settings[0]
        return {
            "trials": self.trials,
            "seconds": round(self.seconds, 1),
            "best_value": self.value,
            "best_params": first.parameters | {"rounds": first.rounds},
            "references": [settings.reference for settings in self.settings],
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
    config: LightGbmConfig,
    folds: int,
    horizon: int,
    steps: Sequence[int],
    seed: int,
    run: RunTasks,
    parallel: int,
) -> TunedLightGbm:
    """Search the parameters with the smallest mean RMSE over the folds.

    The number of rounds is a parameter like any other, but found from each model's curve: it is
    that with the smallest mean over the folds.

    Args:
        config: the search.
        folds: number of folds, which are the problems 0, 1, … of the tasks.
        horizon: number of steps.
        steps: indices of the steps that a trial is judged by, from 0.
        seed: seed of the sampler.
        run: runs tasks and returns their results in order.
        parallel: trials at a time.
    """
    started = time.monotonic()
    references = choose_references(config, folds, horizon, run)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    space = build_space({str(name): spec for name, spec in config.search.items()})
    best: tuple[float, dict[str, Any], int] | None = None
    count = 0
    assert config.trials is not None  # filled in from study.trials
    while count < config.trials and not _over(config, started, count):
        asked = [study.ask() for _ in range(min(parallel, config.trials - count))]
        chosen = [suggest(trial, space) for trial in asked]
        tasks = [
            BoosterCurve(fold, step, BoosterSettings(values, references[step], config.rounds))
            for values in chosen
            for fold in range(folds)
            for step in steps
        ]
        curves = np.array(run(tasks)).reshape(len(asked), folds, len(steps), config.rounds)
        means = np.sqrt(curves.mean(axis=2)).mean(axis=1)  # RMSE over the steps, then the folds
        for trial, values, mean in zip(asked, chosen, means, strict=True):
            rounds, value = int(mean.argmin()) + 1, float(mean.min())
            study.tell(trial, value)
            log.info("LightGBM trial %d: %.1f MW after %d rounds", trial.number, value, rounds)
            if best is None or value < best[0]:
                best = value, values, rounds
        count += len(asked)
    assert best is not None  # there is at least one trial
    value, values, rounds = best
    settings = tuple(BoosterSettings(values, reference, rounds) for reference in references)
    return TunedLightGbm(settings, value, count, time.monotonic() - started)


def choose_references(
    config: LightGbmConfig, folds: int, horizon: int, run: RunTasks
) -> list[Reference]:
    """What each step's change is predicted against, by a race of plain models on the folds.

    The next hour is told best from the last one, the hour after ten from the same of another
    day, so one reference for all would make the baseline weak. A few steps race for all.

    Returns:
        A reference a step, from step 1 to the horizon.
    """
    runners = sorted({round(step) for step in np.geomspace(1, horizon, RACED_STEPS).tolist()})
    tasks = [
        BoosterCurve(fold, step - 1, BoosterSettings(RACE, reference, RACE_ROUNDS))
        for step in runners
        for reference in config.references
        for fold in range(folds)
    ]
    shape = len(runners), len(config.references), folds, RACE_ROUNDS
    errors = np.sqrt(np.array(run(tasks)).reshape(shape).min(axis=3)).mean(axis=2)
    winners = [config.references[place] for place in errors.argmin(axis=1).tolist()]
    nearest = [
        int(np.abs(np.log(np.array(runners) / step)).argmin()) for step in range(1, horizon + 1)
    ]
    return [winners[place] for place in nearest]


def _over(config: LightGbmConfig, started: float, count: int) -> bool:
    """Whether the time is up; one trial there always is."""
    return bool(count and config.seconds and time.monotonic() - started > config.seconds)
