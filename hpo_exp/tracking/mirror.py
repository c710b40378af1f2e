"""MLflow follows a sweep from a thread of its own, so that the sweep never waits for it.

What is to be shown comes as pictures of whole trials, so that a later one stands for those
before it: however far behind the thread is, a trial costs it at most a few requests.
"""

import logging
import threading
import time
from typing import Protocol

from hpo_exp.tracking.mlflow_store import STORE_ERRORS, is_refusal, one_line
from hpo_exp.tracking.snapshot import TrialSnapshot

LONGEST_PAUSE = 30.0
"""Most seconds between two attempts at a store that is away."""
LIVE_PAUSE = 9.0
"""Pause after a running trial was shown, in multiples of the time it took: at most a tenth of
one core goes into what will be shown again anyway."""
AWAY = 2
"""Failures in a row that say so: one may be a connection that was closed for its age."""
CLOSING_SECONDS = 10.0
"""Time that a stopped sweep gives its last words."""

log = logging.getLogger(__name__)


class Shows(Protocol):
    """What brings a run up to a snapshot, whatever it shows already."""

    def show(self, snapshot: TrialSnapshot) -> None:
        """Bring a trial's run up to its snapshot."""

    def load(self) -> None:
        """Find the runs that are there, and leave one of each trial."""


class Mirror:
    """A queue of the latest snapshot of each trial, and the thread that shows them."""

    def __init__(self, runs: Shows) -> None:
        self._runs = runs
        self._pending: dict[int, TrialSnapshot] = {}
        self._changed = threading.Condition()
        self._failures = 0
        self._pause_until = self._live_from = 0.0
        self._waiting = 0
        self._showing = self._stopping = self._doubtful = False
        self.reason = ""
        self._thread = threading.Thread(target=self._follow, name="mlflow", daemon=True)
        self._thread.start()

    def put(self, snapshot: TrialSnapshot) -> None:
        """Have a trial shown; returns at once."""
        with self._changed:
            self._pending[snapshot.number] = snapshot
            self._changed.notify_all()

    def flush(self, timeout_seconds: float) -> bool:
        """Wait until all is shown; False where it is not by then."""
        with self._changed:
            self._waiting += 1
            self._pause_until = 0.0
            self._changed.notify_all()
            try:
                return self._changed.wait_for(self._is_done, timeout_seconds)
            finally:
                self._waiting -= 1

    def close(self) -> None:
        """Show what is left, unless the store is away, and end the thread."""
        if self._failures < AWAY:
            self.flush(CLOSING_SECONDS)
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._thread.join(CLOSING_SECONDS)

    def _is_done(self) -> bool:
        return not (self._pending or self._showing or self._doubtful)

    def _follow(self) -> None:
        """The thread: show one trial after another until the end."""
        while self._await_work():
            snapshot = self._take()
            started = time.monotonic()
            try:
                if snapshot is None:
                    self._runs.load()
                else:
                    self._runs.show(snapshot)
            except STORE_ERRORS as error:
                self._failed(snapshot, error)
            except Exception:
                # Whatever it is, the thread has to live: the trials behind it are innocent.
                log.exception("trial %s cannot be shown in MLflow", snapshot and snapshot.number)
                self._succeeded(snapshot, started)
            else:
                self._succeeded(snapshot, started)

    def _await_work(self) -> bool:
        """Wait until there is something to do now; False at the end."""
        with self._changed:
            while not self._stopping:
                pause = self._pause()
                if pause is not None and pause <= 0:
                    return True
                self._changed.wait(pause)
            return False

    def _pause(self) -> float | None:
        """Seconds until there is something to do, or None for as long as nothing comes."""
        now = time.monotonic()
        if self._pending:
            ended = any(snapshot.ended_in for snapshot in self._pending.values())
            start = 0.0 if ended or self._waiting else self._live_from
            return max(start, self._pause_until) - now
        return self._pause_until - now if self._doubtful and self._waiting else None

    def _take(self) -> TrialSnapshot | None:
        """The next trial, those that ended first; None for another look at all runs."""
        with self._changed:
            self._showing = True
            ended = (number for number, snapshot in self._pending.items() if snapshot.ended_in)
            number = next(ended, next(iter(self._pending), None))
            return None if number is None else self._pending.pop(number)

    def _succeeded(self, snapshot: TrialSnapshot | None, started: float) -> None:
        with self._changed:
            self._showing = False
            if snapshot is None:
                self._doubtful = False
            elif snapshot.ended_in is None:
                now = time.monotonic()
                self._live_from = now + LIVE_PAUSE * (now - started)
            if self._failures >= AWAY:
                log.info("MLflow is back, and is sent what it missed")
            self._failures, self.reason = 0, ""
            self._changed.notify_all()

    def _failed(self, snapshot: TrialSnapshot | None, error: Exception) -> None:
        with self._changed:
            self._showing = False
            if snapshot is not None and is_refusal(error):
                log.warning(
                    "trial %d cannot be shown in MLflow: %s", snapshot.number, one_line(error)
                )
                self._changed.notify_all()
                return
            if snapshot is not None:  # unless a later picture has come meanwhile
                self._pending.setdefault(snapshot.number, snapshot)
            # A request that got no answer may be carried out late, beside its repetition.
            self._doubtful, self.reason = True, one_line(error)
            self._failures += 1
            self._pause_until = time.monotonic() + min(2.0 ** (self._failures - 1), LONGEST_PAUSE)
            if self._failures == AWAY:
                log.warning(
                    "MLflow cannot be written (%s): the sweep goes on, and what is missing is "
                    "sent when it is back", self.reason,
                )  # fmt: skip
            self._changed.notify_all()
