"""What workers do in tests of the pool: light to import, so that they start at once."""

import gc
import os
import signal
import struct
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any


def call(shared: Any, task: Callable[[Any], Any]) -> Any:
    """The pool's function: tasks are functions themselves, of what is shared."""
    return task(shared)


def pid(_: Any) -> int:
    return os.getpid()


def given(shared: Any) -> Any:
    return shared


def double(_: Any, number: int) -> int:
    time.sleep(0.02)
    return 2 * number


def sleep(_: Any, seconds: float, started: Path | None = None) -> int:
    if started:
        started.write_text(str(os.getpid()))
    time.sleep(seconds)
    return os.getpid()


def die(_: Any, sent: bytes = b"") -> None:
    """Be killed, perhaps after a part of an answer was sent."""
    (connection,) = (thing for thing in gc.get_objects() if isinstance(thing, Connection))
    os.write(connection.fileno(), sent)
    os.kill(os.getpid(), signal.SIGKILL)


PART_OF_AN_ANSWER = struct.pack("!i", 1000) + b"only the beginning"


class SealedError(Exception):
    """Survives no pickling: its constructor wants more than its message."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


def raise_value_error(_: Any) -> None:
    raise ValueError("the loss is nan")


def raise_sealed_error(_: Any) -> None:
    raise SealedError("no way out", 7)


def raise_memory_error(_: Any) -> None:
    raise MemoryError("nothing left")


def return_lambda(_: Any) -> Any:
    return lambda: 0


def leave(_: Any) -> None:
    os._exit(3)


@dataclass
class OnLoad:
    """A shared object that becomes what a function returns, in each worker that loads it."""

    function: Callable[..., Any]
    args: tuple[Any, ...] = ()

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.function, self.args


def block_once(marker: Path) -> str:
    """Hang the first worker that starts."""
    if not marker.exists():
        marker.write_text(str(os.getpid()))
        time.sleep(60)
    return "second"


def fail_to_start() -> None:
    raise ImportError("no module named keras")


def world_at_load() -> tuple[bool, str | None]:
    return "numpy" in sys.modules, os.environ.get("OMP_NUM_THREADS")


def anonymous_bytes(shared: Any) -> tuple[float, int]:
    """Read everything that is shared, and say what this process has for itself (Linux)."""
    total = float(shared.sum())
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    (kilobytes,) = (line.split()[1] for line in lines if line.startswith("Anonymous:"))
    return total, int(kilobytes) * 1024
