"""The search of LightGBM's parameters, on the folds that the network's trials are judged by."""

import importlib.util
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
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
class TunedLightGbm:
    """What a search found.

    Attributes:
        settings: the best trial's.
        value: mean RMSE of the best trial over the folds (MW).
        trials: how many there were.
        seconds: wall time of the search.
    """

    settings: BoosterSettings
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
            | {"reference": self.settings.reference, "rounds": self.settings.rounds},
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
        steps: indices of the steps that a trial is judged by, from 0.
        seed: seed of the sampler.
        run: runs tasks and returns their results in order.
        parallel: trials at a time.
    """
    started = time.monotonic()
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    space = build_space({str(name): spec for name, spec in config.search.items()})
    best: tuple[float, BoosterSettings] | None = None
    count = 0
    assert config.trials is not None  # filled in from study.trials
    while count < config.trials and not _over(config, started, count):
        asked = [study.ask() for _ in range(min(parallel, config.trials - count))]
        settings = [_settings(suggest(trial, space), config.rounds) for trial in asked]
        tasks = [
            BoosterCurve(fold, step, chosen)
            for chosen in settings
            for fold in range(folds)
            for step in steps
        ]
        curves = np.array(run(tasks)).reshape(len(asked), folds, len(steps), config.rounds)
        means = np.sqrt(curves.mean(axis=2)).mean(axis=1)  # RMSE over the steps, then the folds
        for trial, chosen, mean in zip(asked, settings, means, strict=True):
            rounds, value = int(mean.argmin()) + 1, float(mean.min())
            study.tell(trial, value)
            log.info("LightGBM trial %d: %.1f MW after %d rounds", trial.number, value, rounds)
            if best is None or value < best[0]:
                best = value, replace(chosen, rounds=rounds)
        count += len(asked)
    assert best is not None  # there is at least one trial
    return TunedLightGbm(best[1], best[0], count, time.monotonic() - started)


def _over(config: LightGbmConfig, started: float, count: int) -> bool:
    """Whether the time is up; one trial there always is."""
    return bool(count and config.seconds and time.monotonic() - started > config.seconds)


def _settings(values: dict[str, Any], rounds: int) -> BoosterSettings:
    """A trial's settings from its parameters, of which the reference is ours."""
    own = dict(values)
    return BoosterSettings(
        parameters=own, reference=own.pop("reference", "last_hour"), rounds=rounds
    )
