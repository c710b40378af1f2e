"""Where folds run. Executors hand out futures, so that the coordinator needs to know no more."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:  # they import Keras, which is for the workers to do
    from hpo_exp.tuning.trial import FoldResult
    from hpo_exp.tuning.workspace import Workspace


class WorkerLostError(Exception):
    """A worker died or had to be ended before its task was done: another one may manage it."""


def failure(future: Future[FoldResult]) -> str:
    """Why a fold failed, in one line; empty if it did not."""
    error = future.exception()
    if error is not None:
        return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
    value = future.result().rmse
    return "" if math.isfinite(value) else f"the fold's RMSE is {value}"


class Task(Protocol):
    """Work that needs nothing but the workspace."""

    def run(self, workspace: Workspace) -> Any:  # noqa: ANN401 - each kind has its own result
        """Do it."""


def run_task(workspace: Workspace, task: Task) -> Any:  # noqa: ANN401 - as above
    """Run a task where the workspace is."""
    return task.run(workspace)


class Executor(Protocol):
    """A place that runs tasks.

    Attributes:
        slots: tasks it runs at a time.
    """

    slots: int

    def submit(self, task: Any) -> Future[Any]:  # noqa: ANN401 - a `Task`, or a test's own
        """Run a task now or soon."""


class SerialExecutor:
    """Runs each task in this process, before `submit` returns."""

    slots = 1

    def __init__(self, run: Callable[[Any], Any]) -> None:
        self._run = run

    def submit(self, task: Any) -> Future[Any]:  # noqa: ANN401 - as above
        """Run a task; its exception, if any, is kept in the future. Ctrl-C goes through."""
        future: Future[Any] = Future()
        try:
            future.set_result(self._run(task))
        except Exception as error:  # noqa: BLE001 - handed on, not swallowed
            future.set_exception(error)
        return future
