"""A worker process as the coordinator sees it: started, handed tasks, found dead, ended."""

import pickle
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import wait

from hpo_exp.tuning.shared_memory import SharedObject
from hpo_exp.tuning.worker import READY, TAKEN, Answer, work

CONTEXT = get_context("spawn")
"""Forked copies of a process that runs TensorFlow or JAX threads hang."""

START_SECONDS = 600.0
"""Longest time a worker may take to import everything, on a machine that is busy otherwise."""

TAKE_SECONDS = 60.0
"""Longest time a waiting worker may take to say that it has a task."""

DYING_SECONDS = 2.0
"""Time between the end of a worker's connection and its own, if it dies by itself."""

DAY = 86_400.0
"""Seconds to wait at once: the system's calls take no more than 24 days."""


class WorkerGoneError(Exception):
    """The worker is dead, by itself or because it had to be ended: the message says how."""


class WorkerProcess:
    """One worker process.

    One thread uses it; `kill` alone may be called by others, too.

    Attributes:
        pid: its process id.
        tasks: how many tasks it has taken.
    """

    def __init__(self, contents: SharedObject) -> None:
        """Start the process; it will be ready when it has imported what it needs.

        Raises:
            OSError: the system cannot start another process.
        """
        self._connection, theirs = CONTEXT.Pipe()
        with theirs:  # the worker's end is open in the worker alone: it closes when it dies
            self._process = CONTEXT.Process(target=work, args=(theirs, contents), daemon=True)
            with _interrupts_blocked():
                self._process.start()
        self.pid = self._process.pid
        self.tasks = 0
        self._ready, self._ended = False, False
        self._ending = threading.Lock()  # a process that is no more cannot be killed

    def hand_over(self, task: bytes) -> None:
        """Give it a pickled task, as soon as it is ready, and see that it has it.

        Raises:
            WorkerGoneError: it died first, or could not start: the task was not begun.
        """
        if not self._ready:
            self._expect_ready()
        try:
            self._connection.send_bytes(task)
        except OSError:
            raise WorkerGoneError(self.end()) from None
        taken = self._receive(TAKE_SECONDS, f"worker {self.pid} did not take a task")
        assert taken == TAKEN
        self.tasks += 1

    def _expect_ready(self) -> None:
        late = f"worker {self.pid} was not ready after {START_SECONDS:g} s"
        message = self._receive(START_SECONDS, late)
        if message != READY:
            error = _read(message).error
            self.end()
            raise WorkerGoneError(
                f"worker {self.pid} could not start: {type(error).__name__}: {error}"
            )
        self._ready = True

    def answer(self, seconds: float | None, late: str) -> Answer:
        """What the task that was handed over comes to.

        Args:
            seconds: how long to wait, or None for ever; then the worker is ended.
            late: what to say then.

        Raises:
            WorkerGoneError: it died first, or was late.
        """
        return _read(self._receive(seconds, late))

    def _receive(self, seconds: float | None, late: str) -> bytes:
        """Its next message."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while True:
            left = DAY if deadline is None else max(0.0, deadline - time.monotonic())
            ready = wait([self._connection, self._process.sentinel], min(left, DAY))
            if ready:
                break
            if left == 0:
                self.kill()
                self.end()
                raise WorkerGoneError(late)
        try:
            if self._connection in ready or self._connection.poll():
                return self._connection.recv_bytes()
        except (EOFError, OSError):  # the latter in the middle of a message
            pass
        raise WorkerGoneError(self.end())

    def kill(self) -> None:
        """Kill it, whatever it is at."""
        with self._ending:
            if not self._ended:
                self._process.kill()

    def end(self) -> str:
        """See that nothing is left of the process, and say how it ended."""
        self._process.join(DYING_SECONDS)
        self.kill()
        self._connection.close()
        code = self._exit_code()
        with self._ending:
            self._ended = True
            if code is not None:
                self._process.close()
        if code is None:
            return f"worker {self.pid} has ended"
        if code < 0:
            return f"worker {self.pid} was killed by signal {-code}"
        return f"worker {self.pid} ended with exit status {code}"

    def _exit_code(self) -> int | None:
        """Its exit status, negative for a signal.

        None if it cannot be known: this process may have been told to ignore its children's ends.
        """
        self._process.join()
        for _ in range(1000):  # a thread that starts a process may be asking for ours right now
            if self._process.exitcode is not None:
                break
            time.sleep(0.001)
        return self._process.exitcode


def _read(message: bytes) -> Answer:
    """An answer; one that cannot be read here is a failure of its task."""
    try:
        answer: Answer = pickle.loads(message)  # noqa: S301 - a worker of ours wrote it
    except Exception as error:  # noqa: BLE001 - handed on, not swallowed
        return Answer(error=RuntimeError(f"a worker's answer cannot be read: {error}"))
    return answer


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Let a process that is started inside begin with Ctrl-C blocked, until it can ignore it."""
    resource_tracker.ensure_running()  # its own start would end the block
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
