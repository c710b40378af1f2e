"""Pruners: when a trial is not worth its next rung."""

from collections.abc import Callable
from statistics import fmean

import numpy as np
import optuna
from optuna.pruners import BasePruner
from optuna.trial import FrozenTrial

from hpo_exp.config import StudyConfig
from hpo_exp.errors import ConfigError
from hpo_exp.tuning.fidelity import WHOLE, Ladder


class PercentilePruner(BasePruner):
    """Prunes a trial that is worse than most others were after the same folds.

    Optuna's own pruner of this name compares a trial's best value so far with the others' value
    at the step. Folds are not equally hard: one easy fold would excuse a bad trial, one hard
    fold condemn a good one. Here means over the same folds, trained as thoroughly, are compared.
    """

    def __init__(
        self,
        ladder: Ladder,
        percentile: float,
        n_startup_trials: int = 4,
        n_warmup_steps: int = 0,
    ) -> None:
        """Set the rule.

        Args:
            ladder: the rungs of the study's trials.
            percentile: share of the others (0 to 100) that a trial has to be among.
            n_startup_trials: others that have to be known before any is pruned.
            n_warmup_steps: percent of a whole trial up to which none is pruned.
        """
        if not 0 <= percentile <= 100:
            raise ValueError(f"percentile is {percentile}: it should be between 0 and 100")
        self._ladder, self._percentile = ladder, percentile
        self._n_startup_trials, self._n_warmup_steps = n_startup_trials, n_warmup_steps

    def prune(self, study: optuna.Study, trial: FrozenTrial) -> bool:
        """Whether to stop the trial after its last reported rung."""
        step = trial.last_step
        if step is None or step <= self._n_warmup_steps:
            return False
        steps = self._ladder.comparable_steps(step)
        others = [
            fmean(other.intermediate_values[each] for each in steps)
            for other in study.get_trials(deepcopy=False)
            if other.number != trial.number and other.intermediate_values.keys() >= set(steps)
        ]
        if len(others) < max(1, self._n_startup_trials):
            return False
        own = fmean(trial.intermediate_values[each] for each in steps)
        return bool(own > np.percentile(others, self._percentile))


def _median(ladder: Ladder, **options: int) -> BasePruner:
    return PercentilePruner(ladder, 50.0, **options)


def _percentile(ladder: Ladder, percentile: float = 25.0, **options: int) -> BasePruner:
    return PercentilePruner(ladder, percentile, **options)


def _successive_halving(ladder: Ladder, **options: int) -> BasePruner:
    """ASHA; its resource is the step, percent of a whole trial, from the first rung on."""
    return optuna.pruners.SuccessiveHalvingPruner(
        **{"min_resource": ladder.rungs[0].step, "reduction_factor": 2, **options}
    )


def _hyperband(ladder: Ladder, **options: int) -> BasePruner:
    """Hyperband over the same resource."""
    first = ladder.rungs[0].step
    defaults = {"min_resource": first, "max_resource": WHOLE, "reduction_factor": 2}
    return optuna.pruners.HyperbandPruner(**{**defaults, **options})


PRUNERS: dict[str, Callable[..., BasePruner]] = {
    "none": lambda _ladder: optuna.pruners.NopPruner(),
    "median": _median,
    "percentile": _percentile,
    "wilcoxon": lambda _ladder, **options: optuna.pruners.WilcoxonPruner(**options),
    "successive_halving": _successive_halving,
    "hyperband": _hyperband,
    "threshold": lambda _ladder, **options: optuna.pruners.ThresholdPruner(**options),
}


def make_pruner(config: StudyConfig, ladder: Ladder) -> BasePruner:
    """The configured pruner.

    Raises:
        ConfigError: `study.pruner_options` do not fit the pruner.
    """
    try:
        return PRUNERS[config.pruner](ladder, **config.pruner_options)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"study.pruner_options do not fit {config.pruner}: {error}") from error
