"""What trials are judged by: the error of their forecasts, the dispatch they lead to, or both."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from optuna.trial import FrozenTrial

from hpo_exp.config import DispatchConfig, TuneConfig

RMSE, COST = "rmse_mw", "dispatch_cost"
METRICS: dict[str, tuple[str, ...]] = {
    "rmse": (RMSE,),
    "dispatch_cost": (COST,),
    "both": (RMSE, COST),
}
"""What is minimised, by `study.objective`; the names that Optuna and MLflow show."""

_KEYS = {RMSE: "rmse", COST: "cost"}
"""Where a stored fold has each."""


@dataclass(frozen=True)
class FoldDispatch:
    """What a fold's forecasts did to the dispatch of its hours.

    Attributes:
        cost: cost of a mean hour, in the case's unit.
        deficit: share of the load that was not served.
        violations: share of the hours in which a rule was broken.
    """

    cost: float
    deficit: float
    violations: float


@dataclass(frozen=True)
class Objective:
    """What a study minimises.

    Attributes:
        metrics: names, in order.
        units: unit of each.
        slack: how much larger than the smallest an RMSE may be, where there are two.
    """

    metrics: tuple[str, ...]
    units: tuple[str, ...]
    slack: float

    @property
    def dispatches(self) -> bool:
        """Whether folds are dispatched."""
        return COST in self.metrics

    def values(self, folds: Iterable[Mapping[str, Any]]) -> tuple[float, ...]:
        """Means over folds as `fold_results` has them, one a metric."""
        known = list(folds)
        return tuple(fmean(fold[_KEYS[metric]] for fold in known) for metric in self.metrics)

    def order(self, candidates: Sequence[Sequence[float]]) -> list[int]:
        """Candidates from best to worst, by their values.

        With two metrics the best is the cheapest dispatch among those whose RMSE is at most
        `slack` above the smallest one; the others follow by their RMSE.
        """
        if len(self.metrics) == 1:
            return sorted(range(len(candidates)), key=lambda place: candidates[place][0])
        most = (1 + self.slack) * min(values[0] for values in candidates)

        def rank(place: int) -> tuple[bool, float]:
            rmse, cost = candidates[place]
            return (True, rmse) if rmse > most else (False, cost)

        return sorted(range(len(candidates)), key=rank)

    def describe(self, values: Sequence[float]) -> str:
        """Values with their units."""
        pairs = zip(values, self.units, strict=True)
        return ", ".join(f"{value:,.1f} {unit}" for value, unit in pairs)


def first_value(trial: FrozenTrial) -> float:
    """The first of a complete trial's values: its only one, or its RMSE."""
    return float(trial.values[0])


def build_objective(config: TuneConfig) -> Objective:
    """The objective that `study.objective` names."""
    metrics = METRICS[config.study.objective]
    unit = "" if config.dispatch is None else f"{config.dispatch.unit}/h"
    units = {RMSE: "MW", COST: unit}
    return Objective(metrics, tuple(units[name] for name in metrics), config.study.rmse_slack)


def constraints(folds: Iterable[Mapping[str, Any]], case: DispatchConfig) -> dict[str, float]:
    """Optuna's constraints on a trial, by name: at most 0 where it keeps them.

    Args:
        folds: its folds, as `fold_results` has them.
        case: the dispatch case, which says what is tolerated.
    """
    known = [fold for fold in folds if "cost" in fold]
    limits = {"deficit": case.tolerated_deficit, "violations": case.tolerated_violations}
    return {
        name: fmean(fold[name] for fold in known) - limit
        for name, limit in limits.items()
        if known and limit is not None
    }
