"""How often a task is tried whose worker dies or hangs."""

import logging
from collections import Counter

from hpo_exp.tuning.executors import WorkerLostError
from hpo_exp.tuning.trial import FoldTask

log = logging.getLogger(__name__)


class Attempts:
    """Counts what was lost with its worker, and says when to give up."""

    def __init__(self, limit: int) -> None:
        """Allow `limit` tries a task (`study.tries`)."""
        self._limit = limit
        self._lost: Counter[tuple[int, int, str]] = Counter()

    def may_retry(self, task: FoldTask, error: BaseException | None) -> bool:
        """Whether a task that failed so deserves another worker.

        What training itself raised it would raise again: only a lost worker is no verdict.
        """
        if not isinstance(error, WorkerLostError):
            return False
        key = task.trial, task.repeat, task.key
        self._lost[key] += 1
        again = self._lost[key] < self._limit
        log.warning(
            "trial %d, fold %d: %s; %s", task.trial, task.fold + 1, error,
            "it is tried again" if again else f"given up after {self._limit} tries (study.tries)",
        )  # fmt: skip
        return again
