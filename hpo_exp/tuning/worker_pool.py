"""A pool of worker processes of one core each, which outlives the death of any of them.

Each worker has a connection of its own, and a thread here that waits for it: there is nothing
shared, such as the lock of a queue, that a worker could take with it when it is killed. So its
death costs the task that it had begun, and no other.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from hpo_exp.config import ExecutorConfig
from hpo_exp.tuning.executors import run_task
from hpo_exp.tuning.shared_memory import SharedObject
from hpo_exp.tuning.worker_slot import WorkerSlot

if TYPE_CHECKING:  # it imports Keras, which is for the workers to do
    from hpo_exp.tuning.workspace import Workspace

Shared = TypeVar("Shared")
Task = TypeVar("Task")
Result = TypeVar("Result")


class WorkerPool(Generic[Shared, Task, Result]):
    """Runs a function on tasks, in processes that are started as they are needed.

    Attributes:
        slots: tasks it runs at a time.
    """

    def __init__(
        self, run: Callable[[Shared, Task], Result], shared: Shared, config: ExecutorConfig
    ) -> None:
        """Make the pool; the first task starts the first worker.

        Args:
            run: what to do with `shared` and a task; a function that workers can import.
            shared: first argument of each call, mapped into the workers and not copied.
            config: how many workers, and how long they live.
        """
        self.slots = config.slots
        self._config = config
        self._contents = SharedObject((run, shared))
        self._changed = threading.Condition()
        self._waiting: deque[tuple[Task, Future[Result]]] = deque()
        self._slots: list[WorkerSlot] = []
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self._closed = False

    def start(self) -> None:
        """Start all workers now: they import what they need before there is a task for them."""
        with self._changed:
            while len(self._slots) < self.slots and not self._closed:
                self._open_slot()

    def submit(self, task: Task) -> Future[Result]:
        """Hand a task to the next free worker.

        The future's exception is what the function raised, or `WorkerLostError`.

        Raises:
            RuntimeError: the pool is closed.
        """
        future: Future[Result] = Future()
        with self._changed:
            if self._closed:
                raise RuntimeError("the pool of workers is closed")
            self._waiting.append((task, future))
            if len(self._waiting) > self._idle and len(self._slots) < self.slots:
                self._open_slot()
            self._changed.notify()
        return future

    def _open_slot(self) -> None:
        slot = WorkerSlot(self._contents, self._config)
        thread = threading.Thread(target=self._serve, args=(slot,), daemon=True)
        self._slots.append(slot)
        self._threads.append(thread)
        thread.start()

    def _serve(self, slot: WorkerSlot) -> None:
        """Pass tasks on to a slot's worker, one after another."""
        slot.prepare()
        while (job := self._next()) is not None:
            task, future = job
            if not future.set_running_or_notify_cancel():
                continue
            try:
                value = slot.run(task)
            except Exception as error:  # noqa: BLE001 - handed on, not swallowed
                future.set_exception(error)
            else:
                future.set_result(value)
            slot.prepare()
        slot.retire()

    def _next(self) -> tuple[Task, Future[Result]] | None:
        """The next task, or None when the pool is closed."""
        with self._changed:
            self._idle += 1
            self._changed.wait_for(lambda: self._closed or self._waiting)
            self._idle -= 1
            return None if self._closed else self._waiting.popleft()

    def close(self) -> None:
        """Kill the workers, whatever they are at; tasks that wait are cancelled."""
        with self._changed:
            self._closed = True
            unbegun = list(self._waiting)
            self._waiting.clear()
            self._changed.notify_all()
        for _, future in unbegun:
            future.cancel()
            future.set_running_or_notify_cancel()  # wakes those who wait for it
        for slot in self._slots:
            slot.interrupt()
        for thread in self._threads:
            thread.join()
        self._contents.close()


class ProcessExecutor(WorkerPool["Workspace", Any, Any]):
    """Runs an experiment's tasks in worker processes."""

    def __init__(
        self,
        workspace: Workspace,
        config: ExecutorConfig,
        run: Callable[[Workspace, Any], Any] = run_task,
    ) -> None:
        """Make the pool; the first task starts the first worker.

        Args:
            workspace: what all tasks share.
            config: how many workers, and how long they live.
            run: what to do with a task.
        """
        super().__init__(run, workspace, config)
