"""A trial under way: where it stands on its ladder."""

from dataclasses import dataclass, field
from statistics import fmean
from typing import Self

import optuna
from optuna.trial import FrozenTrial

from hpo_exp.models.hyperparameters import Hyperparameters
from hpo_exp.tuning.fidelity import Ladder, Rung
from hpo_exp.tuning.record import fold_results
from hpo_exp.tuning.trial import FoldTask


@dataclass
class ActiveTrial:
    """A trial, and what it has behind it.

    Attributes:
        trial: Optuna's hold on it.
        hyperparameters: what it trains.
        ladder: the rungs it has to climb.
        results: RMSE (MW) of the folds it has trained, by the task's key.
        reported: steps whose rungs the pruner has seen.
    """

    trial: optuna.Trial
    hyperparameters: Hyperparameters
    ladder: Ladder
    results: dict[str, float] = field(default_factory=dict)
    reported: set[int] = field(default_factory=set)

    @property
    def number(self) -> int:
        """The trial's number."""
        return self.trial.number

    def with_past(self, stored: FrozenTrial) -> Self:
        """Take over what a stopped coordinator had stored of it."""
        self.results = {key: fold["rmse"] for key, fold in fold_results(stored).items()}
        self.reported = set(stored.intermediate_values)
        return self

    def tasks(self, rung: Rung) -> list[FoldTask]:
        """Everything a rung wants trained."""
        return [
            FoldTask(self.number, fold, 0, self.hyperparameters, rung.fidelity)
            for fold in range(rung.folds)
        ]

    def next_task(self) -> FoldTask:
        """The first task of the ladder that has no result yet."""
        return next(
            task
            for rung in self.ladder.rungs
            for task in self.tasks(rung)
            if task.key not in self.results
        )

    def last_passed(self) -> Rung | None:
        """The highest rung that is trained whole."""
        passed = None
        for rung in self.ladder.rungs:
            if not all(task.key in self.results for task in self.tasks(rung)):
                break
            passed = rung
        return passed

    def waits_on(self, rung: Rung) -> bool:
        """Whether nothing above a rung was begun, so that the pruner has yet to speak."""
        return self.results.keys() <= {task.key for task in [*self._below(rung), *self.tasks(rung)]}

    def rung_value(self, rung: Rung) -> float:
        """What the pruner compares: mean RMSE (MW) of the folds that a rung adds."""
        known = {task.key for task in self._below(rung)}
        return fmean(self.results[task.key] for task in self.tasks(rung) if task.key not in known)

    def value(self) -> float:
        """The trial's value: mean RMSE (MW) over all folds, trained whole."""
        return fmean(self.results[task.key] for task in self.tasks(self.ladder.whole))

    def _below(self, rung: Rung) -> list[FoldTask]:
        return [
            task for each in self.ladder.rungs if each.step < rung.step for task in self.tasks(each)
        ]
