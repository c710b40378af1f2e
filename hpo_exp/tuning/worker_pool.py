"""A pool of worker processes of one core each, which outlives the death of a worker.

The standard library's pool breaks every future when one worker dies; pebble's replaces the worker
and fails the one task it was running.
"""

import os
import signal
from concurrent.futures import Future
from multiprocessing import get_context

from pebble import ProcessPool

from hpo_exp.tuning.trial import FoldResult, FoldTask, run_fold
from hpo_exp.tuning.workspace import Workspace

_workspaces: list[Workspace] = []
"""This worker's workspace, handed over once, when it starts."""

ONE_CORE = {
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "OMP_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
}
"""An LSTM's steps are too small to share: two workers of one core beat one of two."""


class ProcessExecutor:
    """Runs tasks in worker processes that are started as they are needed."""

    def __init__(self, workspace: Workspace, workers: int) -> None:
        self.slots = workers
        self._pool = ProcessPool(
            max_workers=workers,
            initializer=_start_worker,
            initargs=(workspace,),
            # Forked copies of a process that runs TensorFlow or JAX threads hang.
            context=get_context("spawn"),
        )

    def submit(self, task: FoldTask) -> Future[FoldResult]:
        """Hand a task to the next free worker; its death is an exception of the future."""
        return self._pool.schedule(_run_task, args=(task,))

    def close(self) -> None:
        """End the workers, whatever they are at."""
        self._pool.stop()  # type: ignore[no-untyped-call]  # pebble's is untyped
        self._pool.join()


def _start_worker(workspace: Workspace) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the coordinator's to answer
    os.environ.update(ONE_CORE)
    _workspaces.append(workspace)


def _run_task(task: FoldTask) -> FoldResult:
    return run_fold(_workspaces[0], task)
