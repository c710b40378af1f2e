"""A worker process's side of the pool: what it does from its first line to its last.

Its interpreter imports this module to find `work`, and anything heavy only when `work` loads what
it was handed. So the environment is set by then. Nothing here may import numpy, Keras or JAX.
"""

import os
import pickle
import signal
import threading
import traceback
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from typing import Any

from hpo_exp.tuning.shared_memory import SharedObject

ONE_CORE = {
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "OMP_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
}
"""An LSTM's steps are too small to share: two workers of one core beat one of two."""

READY = b"ready"
"""A worker's first message: it has imported everything, and waits for a task."""

TAKEN = b"taken"
"""Its message when it has a task: until then another worker can have the task instead."""


@dataclass(frozen=True)
class Answer:
    """What a task came to: a value or an exception.

    Attributes:
        value: what the function returned.
        error: what it raised, or None.
        exhausted: the worker ran out of memory: a new one should take its place.
    """

    value: Any = None
    error: Exception | None = None
    exhausted: bool = False


def work(connection: Connection, contents: SharedObject) -> None:
    """Answer tasks until the coordinator hangs up.

    Args:
        connection: tasks come, answers go.
        contents: the function that runs tasks, and its first argument.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the coordinator's to answer
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ.update(ONE_CORE)
    with suppress(EOFError, ConnectionError):  # the coordinator hung up
        try:
            run, shared = contents.load()
        except Exception as error:  # noqa: BLE001 - handed on, not swallowed
            connection.send_bytes(pickle.dumps(_failed(error)))
            return
        connection.send_bytes(READY)
        while True:
            message = connection.recv_bytes()
            connection.send_bytes(TAKEN)
            try:
                answer = pickle.dumps(Answer(run(shared, pickle.loads(message))))  # noqa: S301
            except Exception as error:  # noqa: BLE001 - handed on, not swallowed
                answer = pickle.dumps(_failed(error))
            connection.send_bytes(answer)


def _end_with_parent() -> None:
    """End this process in the middle of its work when the coordinator is no more."""
    parent = parent_process()
    assert parent
    # The parent's end of a pipe closes with it; a fork of the parent would keep it open, though.
    while not wait([parent.sentinel], timeout=1) and os.getppid() == parent.pid:
        pass
    os._exit(1)


def _failed(error: Exception) -> Answer:
    told = _portable(error)
    told.add_note("In the worker:\n" + "".join(traceback.format_exception(error)))
    return Answer(error=told, exhausted=isinstance(error, MemoryError))


def _portable(error: Exception) -> Exception:
    """The exception, or one that says the same where it does not survive pickling."""
    with suppress(Exception):
        if type(pickle.loads(pickle.dumps(error))) is type(error):  # noqa: S301 - just dumped
            return error
    return RuntimeError(f"{type(error).__name__}: {error}")
