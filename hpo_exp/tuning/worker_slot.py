"""A place for one worker process: it is never empty for long, whatever its workers die of."""

import pickle
import threading
from contextlib import suppress
from typing import Any

from hpo_exp.config import ExecutorConfig
from hpo_exp.tuning.executors import WorkerLostError
from hpo_exp.tuning.shared_memory import SharedObject
from hpo_exp.tuning.worker_process import WorkerGoneError, WorkerProcess

STARTS = 3
"""Workers in a row that may die before they have taken a task; then the task fails."""

CLOSED = "the pool was closed before the task was done"


class WorkerSlot:
    """A place for one worker, and for the next one when it is gone.

    One thread uses it; `interrupt` alone may be called by others, too.
    """

    def __init__(self, contents: SharedObject, config: ExecutorConfig) -> None:
        self._contents, self._config = contents, config
        self._lock = threading.Lock()  # between this slot's thread and the one that closes
        self._worker: WorkerProcess | None = None
        self._interrupted = False

    def run(self, task: object) -> Any:  # noqa: ANN401 - what the pool's function returns
        """Run a task.

        Raises:
            WorkerLostError: its worker died or was late, or none could start.
            Exception: what the task raised.
        """
        worker = self._hand_over(pickle.dumps(task))
        seconds = self._config.fold_seconds
        try:
            answer = worker.answer(
                seconds, f"fold took longer than executor.fold_seconds={seconds}"
            )
        except WorkerGoneError as gone:
            self._worker = None
            raise WorkerLostError(CLOSED if self._interrupted else str(gone)) from None
        if answer.exhausted or worker.tasks >= self._config.recycle_folds:
            self.retire()
        if answer.error is not None:
            raise answer.error
        return answer.value

    def _hand_over(self, task: bytes) -> WorkerProcess:
        """Find a worker that has taken the task."""
        stillborn = 0
        while True:
            worker: WorkerProcess | None = None
            try:
                worker = self._occupant()
                worker.hand_over(task)
            except WorkerGoneError as gone:  # the task was not begun: the next worker can have it
                self._worker = None
                stillborn += worker is None or worker.tasks == 0
                if stillborn == STARTS:
                    raise WorkerLostError(
                        f"{STARTS} workers in a row ended before they had taken a task: {gone}"
                    ) from None
            else:
                return worker

    def _occupant(self) -> WorkerProcess:
        """The worker in this place, started if there is none.

        Raises:
            WorkerGoneError: none can be started.
            WorkerLostError: the pool is closed.
        """
        with self._lock:
            if self._interrupted:
                raise WorkerLostError(CLOSED)
            if self._worker is None:
                try:
                    self._worker = WorkerProcess(self._contents)
                except Exception as error:  # whatever it is, the pool lives on
                    raise WorkerGoneError(
                        f"no process could be started: {type(error).__name__}: {error}"
                    ) from error
            return self._worker

    def prepare(self) -> None:
        """Start the next worker, if there is none, before there is a task for it."""
        with suppress(WorkerGoneError, WorkerLostError):  # the next task will hear of it
            self._occupant()

    def retire(self) -> None:
        """End the worker."""
        worker, self._worker = self._worker, None
        if worker:
            worker.kill()
            worker.end()

    def interrupt(self) -> None:
        """Kill the worker in the middle of its work, from any thread; it has no successor."""
        with self._lock:
            self._interrupted = True
            if self._worker:
                self._worker.kill()
