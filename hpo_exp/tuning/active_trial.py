"""A trial under way: where it stands on its ladder."""

from dataclasses import dataclass, field
from typing import Any, Self

import optuna
from optuna.trial import FrozenTrial

from hpo_exp.models.hyperparameters import Hyperparameters
from hpo_exp.tuning.fidelity import Ladder, Rung
from hpo_exp.tuning.objective import Objective
from hpo_exp.tuning.record import fold_results
from hpo_exp.tuning.trial import FoldTask


@dataclass
class ActiveTrial:
    """A trial, and what it has behind it.

    Attributes:
        trial: Optuna's hold on it.
        hyperparameters: what it trains.
        ladder: the rungs it has to climb.
        objective: what it is judged by.
        results: the folds it has trained, as `fold_results` has them, by the task's key.
        reported: steps whose rungs the pruner has seen.
        under_way: keys of the tasks that an executor has.
        closed: whether it is told; what comes from its other folds is of no use then.
    """

    trial: optuna.Trial
    hyperparameters: Hyperparameters
    ladder: Ladder
    objective: Objective
    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    reported: set[int] = field(default_factory=set)
    under_way: set[str] = field(default_factory=set)
    closed: bool = False

    @property
    def number(self) -> int:
        """The trial's number."""
        return self.trial.number

    def with_past(self, stored: FrozenTrial) -> Self:
        """Take over what a stopped coordinator had stored of it."""
        self.results = fold_results(stored)
        self.reported = set(stored.intermediate_values)
        return self

    def tasks(self, rung: Rung) -> list[FoldTask]:
        """Everything a rung wants trained."""
        return [
            FoldTask(self.number, fold, 0, self.hyperparameters, rung.fidelity)
            for fold in range(rung.folds)
        ]

    def next_task(self) -> FoldTask | None:
        """The next task of the rung it stands on, or None while all of them are under way."""
        rung = next(rung for rung in self.ladder.rungs if not self._is_passed(rung))
        for task in self.tasks(rung):
            if task.key not in self.results and task.key not in self.under_way:
                return task
        return None

    def last_passed(self) -> Rung | None:
        """The highest rung that is trained whole."""
        passed = None
        for rung in self.ladder.rungs:
            if not self._is_passed(rung):
                break
            passed = rung
        return passed

    def _is_passed(self, rung: Rung) -> bool:
        return all(task.key in self.results for task in self.tasks(rung))

    def waits_on(self, rung: Rung) -> bool:
        """Whether nothing above a rung was begun, so that the pruner has yet to speak."""
        return self.results.keys() <= {task.key for task in [*self._below(rung), *self.tasks(rung)]}

    def rung_value(self, rung: Rung) -> float:
        """What the pruner compares: the (first) objective's mean over the folds a rung adds."""
        known = {task.key for task in self._below(rung)}
        added = (task.key for task in self.tasks(rung) if task.key not in known)
        return self.objective.values(self.results[key] for key in added)[0]

    def values(self) -> tuple[float, ...]:
        """The trial's values: means of each objective over all folds, trained whole."""
        tasks = self.tasks(self.ladder.whole)
        return self.objective.values(self.results[task.key] for task in tasks)

    def _below(self, rung: Rung) -> list[FoldTask]:
        return [
            task for each in self.ladder.rungs if each.step < rung.step for task in self.tasks(each)
        ]
