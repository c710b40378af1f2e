"""How often a task is tried whose worker dies or hangs."""

import logging
from collections import Counter
from collections.abc import Hashable
from typing import Protocol

from hpo_exp.tuning.executors import WorkerLostError

log = logging.getLogger(__name__)


class NamedTask(Hashable, Protocol):
    """A task that the log can speak of."""

    @property
    def name(self) -> str:
        """What it is called."""


class Attempts:
    """Counts what was lost with its worker, and says when to give up."""

    def __init__(self, limit: int) -> None:
        """Allow `limit` tries a task (`study.tries`)."""
        self._limit = limit
        self._lost: Counter[NamedTask] = Counter()

    def may_retry(self, task: NamedTask, error: BaseException | None) -> bool:
        """Whether a task that failed so deserves another worker.

        What training itself raised it would raise again: only a lost worker is no verdict.
        """
        if not isinstance(error, WorkerLostError):
            return False
        self._lost[task] += 1
        again = self._lost[task] < self._limit
        log.warning(
            "%s: %s; %s", task.name, error,
            "it is tried again" if again else f"given up after {self._limit} tries (study.tries)",
        )  # fmt: skip
        return again
