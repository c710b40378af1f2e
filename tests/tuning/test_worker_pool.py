"""Real worker processes, and what may happen to them."""

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, wait
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from hpo_exp.config import ExecutorConfig
from hpo_exp.tuning.executors import WorkerLostError
from hpo_exp.tuning.worker_pool import WorkerPool
from tests.tuning import chores

pytestmark = pytest.mark.timeout(60)

MakePool = Callable[..., WorkerPool[Any, Any, Any]]


@pytest.fixture
def make_pool() -> Iterator[MakePool]:
    pools = []

    def make(shared: Any = None, **settings: Any) -> WorkerPool[Any, Any, Any]:
        given = {"workers": 1, "fold_seconds": None, "recycle_folds": 300} | settings
        pools.append(WorkerPool(chores.call, shared, ExecutorConfig(kind="processes", **given)))
        return pools[-1]

    yield make
    for pool in pools:
        pool.close()


def until(condition: Callable[[], Any], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def written(path: Path) -> int:
    """The process id that a worker writes."""
    until(lambda: path.exists() and path.read_text())
    return int(path.read_text())


def alive(pid: int) -> bool:
    """Whether it runs; an orphan that nobody buries does not."""
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.strip()
    return bool(state) and not state.startswith("Z")


def workers_now() -> list[int]:
    """Process ids of the pools' workers."""
    found = []
    for child in multiprocessing.active_children():
        with suppress(ValueError):  # it ended meanwhile, and its object was closed
            found.append(child.pid)
    return [pid for pid in found if pid]


def lost(future: Future[Any]) -> str:
    """How a worker was lost."""
    error = future.exception(timeout=30)
    assert isinstance(error, WorkerLostError)
    return str(error)


def test_pool__runs_more_tasks_than_it_has_workers(make_pool: MakePool) -> None:
    pool = make_pool(workers=2)
    futures = [pool.submit(partial(chores.double, number=number)) for number in range(20)]
    assert [future.result() for future in futures] == [2 * number for number in range(20)]
    assert len(workers_now()) == 2


def test_pool__starts_no_more_workers_than_there_is_work_for(make_pool: MakePool) -> None:
    pool = make_pool(workers=8)
    for _ in range(3):
        pool.submit(chores.pid).result()
        until(lambda: pool._idle == 1)
    assert len(workers_now()) == 1


def test_pool__has_a_slot_for_each_core_by_default(make_pool: MakePool) -> None:
    assert make_pool(workers=None).slots == os.cpu_count()
    assert make_pool(workers=3).slots == 3


def test_pool__loses_one_task_with_a_worker_killed_at_it(
    make_pool: MakePool, tmp_path: Path
) -> None:
    pool = make_pool()
    dying = pool.submit(partial(chores.sleep, seconds=60, started=tmp_path / "pid"))
    waiting = pool.submit(chores.pid)
    worker = written(tmp_path / "pid")
    assert dying.running()
    assert not waiting.running()
    os.kill(worker, signal.SIGKILL)
    assert lost(dying) == f"worker {worker} was killed by signal 9"
    assert waiting.result() != worker


def test_pool__loses_no_task_with_a_worker_killed_between_tasks(make_pool: MakePool) -> None:
    pool = make_pool()
    for _ in range(4):
        worker = pool.submit(chores.pid).result()
        os.kill(worker, signal.SIGKILL)
        assert pool.submit(chores.pid).result() != worker


def test_pool__loses_no_task_with_a_worker_killed_while_it_starts(
    make_pool: MakePool, tmp_path: Path
) -> None:
    pool = make_pool(chores.OnLoad(chores.block_once, (tmp_path / "pid",)))
    future = pool.submit(chores.given)
    os.kill(written(tmp_path / "pid"), signal.SIGKILL)
    assert future.result() == "second"


@pytest.mark.parametrize("delay", [0.0, 0.01, 0.02, 0.05, 0.1])
def test_pool__loses_no_task_with_a_worker_killed_as_it_is_born(
    make_pool: MakePool, delay: float
) -> None:
    future = make_pool(chores.OnLoad(time.sleep, (0.3,))).submit(chores.pid)
    until(workers_now)
    (worker,) = workers_now()
    time.sleep(delay)
    os.kill(worker, signal.SIGKILL)
    assert future.result() != worker


def test_pool__gives_up_a_task_when_no_worker_starts(make_pool: MakePool) -> None:
    pool = make_pool(chores.OnLoad(os._exit, (7,)))
    for _ in range(2):
        message = lost(pool.submit(chores.pid))
        assert message.startswith("3 workers in a row ended before they had taken a task: worker ")
        assert message.endswith("ended with exit status 7")


def test_pool__says_why_no_worker_starts(make_pool: MakePool) -> None:
    pool = make_pool(chores.OnLoad(chores.fail_to_start))
    message = lost(pool.submit(chores.pid))
    assert message.endswith("could not start: ImportError: no module named keras")


@pytest.mark.parametrize("sent", [b"", chores.PART_OF_AN_ANSWER])
def test_pool__notices_a_worker_that_dies_with_half_an_answer(
    make_pool: MakePool, sent: bytes
) -> None:
    pool = make_pool()
    assert lost(pool.submit(partial(chores.die, sent=sent))).endswith("was killed by signal 9")
    assert pool.submit(partial(chores.double, number=4)).result() == 8


def test_pool__notices_a_worker_that_leaves_by_itself(make_pool: MakePool) -> None:
    assert lost(make_pool().submit(chores.leave)).endswith("ended with exit status 3")


def test_pool__ends_a_task_that_takes_too_long(make_pool: MakePool, tmp_path: Path) -> None:
    pool = make_pool(fold_seconds=0.5)
    slow = pool.submit(partial(chores.sleep, seconds=60, started=tmp_path / "pid"))
    assert lost(slow) == "fold took longer than executor.fold_seconds=0.5"
    assert not alive(written(tmp_path / "pid"))
    assert pool.submit(partial(chores.double, number=4)).result() == 8


def test_pool__does_not_count_a_workers_start_as_the_folds_time(make_pool: MakePool) -> None:
    pool = make_pool(chores.OnLoad(time.sleep, (1.0,)), fold_seconds=0.5)
    assert pool.submit(partial(chores.double, number=4)).result() == 8


def test_pool__ends_a_task_whose_worker_was_stopped(make_pool: MakePool, tmp_path: Path) -> None:
    pool = make_pool(fold_seconds=1)
    stopped = pool.submit(partial(chores.sleep, seconds=0.5, started=tmp_path / "pid"))
    os.kill(written(tmp_path / "pid"), signal.SIGSTOP)
    assert "fold_seconds" in lost(stopped)


def test_pool__replaces_a_worker_after_so_many_tasks(make_pool: MakePool) -> None:
    pool = make_pool(recycle_folds=2)
    workers = [pool.submit(chores.pid).result() for _ in range(6)]
    assert workers[0::2] == workers[1::2]
    assert len(set(workers)) == 3
    assert not any(alive(worker) for worker in workers)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux's /proc")
def test_pool__keeps_nothing_of_workers_that_are_gone(make_pool: MakePool) -> None:
    def held() -> int:
        until(lambda: pool._idle == 1)
        return len(list(Path("/proc/self/fd").iterdir()))

    pool = make_pool(recycle_folds=1)
    pool.submit(chores.pid).result()
    before = held()
    for _ in range(5):
        pool.submit(chores.pid).result()
    assert held() == before


def test_pool__hands_on_an_exception_and_keeps_the_worker(make_pool: MakePool) -> None:
    pool = make_pool()
    worker = pool.submit(chores.pid).result()
    error = pool.submit(chores.raise_value_error).exception()
    assert isinstance(error, ValueError)
    assert str(error) == "the loss is nan"
    assert "in raise_value_error" in "".join(error.__notes__)
    assert pool.submit(chores.pid).result() == worker


def test_pool__tells_of_an_exception_that_cannot_be_pickled(make_pool: MakePool) -> None:
    error = make_pool().submit(chores.raise_sealed_error).exception()
    assert isinstance(error, RuntimeError)
    assert str(error) == "SealedError: no way out"


def test_pool__tells_of_a_result_or_task_that_cannot_be_pickled(make_pool: MakePool) -> None:
    pool = make_pool()
    worker = pool.submit(chores.pid).result()
    assert "lambda" in str(pool.submit(chores.return_lambda).exception())
    assert "lambda" in str(pool.submit(lambda _: 0).exception())
    assert pool.submit(chores.pid).result() == worker


def test_pool__replaces_a_worker_that_ran_out_of_memory(make_pool: MakePool) -> None:
    pool = make_pool()
    worker = pool.submit(chores.pid).result()
    error = pool.submit(chores.raise_memory_error).exception()
    assert isinstance(error, MemoryError)
    assert str(error) == "nothing left"
    assert pool.submit(chores.pid).result() != worker


def test_pool__skips_a_cancelled_task(make_pool: MakePool, tmp_path: Path) -> None:
    pool = make_pool()
    first = pool.submit(partial(chores.sleep, seconds=0.3))
    cancelled = pool.submit(partial(chores.sleep, seconds=0, started=tmp_path / "pid"))
    assert cancelled.cancel()
    assert not wait([first, cancelled], timeout=10).not_done
    assert pool.submit(partial(chores.double, number=4)).result() == 8
    assert not (tmp_path / "pid").exists()


def test_pool__leaves_interrupts_to_the_coordinator(make_pool: MakePool) -> None:
    future = make_pool().submit(partial(chores.sleep, seconds=0.3))
    until(workers_now)
    (worker,) = workers_now()
    while not future.done():  # while it is born, starts and works
        os.kill(worker, signal.SIGINT)
        time.sleep(0.01)
    assert future.result() == worker


def test_pool__sets_the_environment_before_a_worker_imports_numpy(make_pool: MakePool) -> None:
    pool = make_pool(chores.OnLoad(chores.world_at_load))
    assert pool.submit(chores.given).result() == (False, "1")


def test_close__ends_workers_in_the_middle_of_a_task(make_pool: MakePool, tmp_path: Path) -> None:
    pool = make_pool(workers=2)
    paths = [tmp_path / "one", tmp_path / "two"]
    running = [pool.submit(partial(chores.sleep, seconds=60, started=path)) for path in paths]
    waiting = pool.submit(chores.pid)
    workers = [written(path) for path in paths]
    started = time.monotonic()
    pool.close()
    assert time.monotonic() - started < 1
    assert not any(alive(worker) for worker in workers)
    assert workers_now() == []
    for future in running:
        assert lost(future) == "the pool was closed before the task was done"
    with pytest.raises(CancelledError):
        waiting.result()
    pool.close()
    with pytest.raises(RuntimeError, match="closed"):
        pool.submit(chores.pid)


def test_close__ends_workers_that_start_or_wait(make_pool: MakePool, tmp_path: Path) -> None:
    waiting = make_pool()
    waiting.submit(chores.pid).result()
    starting = make_pool(chores.OnLoad(chores.block_once, (tmp_path / "pid",)))
    future = starting.submit(chores.pid)
    written(tmp_path / "pid")
    for pool in (starting, waiting, make_pool()):
        pool.close()
    assert workers_now() == []
    assert "closed" in lost(future)


ORPHANS = """
import sys, time
from functools import partial
from pathlib import Path
from hpo_exp.config import ExecutorConfig
from hpo_exp.tuning.worker_pool import WorkerPool
from tests.tuning import chores

config = ExecutorConfig(kind="processes", workers=2, fold_seconds=None, recycle_folds=300)
pool = WorkerPool(chores.call, chores.OnLoad({load}), config)
for name in ("one", "two"):
    pool.submit(partial(chores.sleep, seconds=60, started=Path(sys.argv[1], name)))
time.sleep(60)
"""


@pytest.mark.parametrize(
    ("load", "names"),
    [
        pytest.param("dict", ["one", "two"], id="working"),
        pytest.param("chores.block_once, (Path(sys.argv[1], 'start'),)", ["start"], id="starting"),
    ],
)
def test_workers__end_with_the_coordinator(load: str, names: list[str], tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    coordinator = subprocess.Popen(
        [sys.executable, "-c", ORPHANS.format(load=load), str(tmp_path)], cwd=root
    )
    try:
        workers = [written(tmp_path / name) for name in names]
    finally:
        coordinator.kill()
        coordinator.wait()
    until(lambda: not any(alive(worker) for worker in workers), seconds=3)


@pytest.mark.slow
def test_pool__answers_every_task_whatever_is_killed_when(make_pool: MakePool) -> None:
    pool = make_pool(workers=3, recycle_folds=40)
    dice = random.Random(7)  # noqa: S311 - no secret
    done, kills = threading.Event(), 0
    futures = [pool.submit(partial(chores.double, number=number)) for number in range(200)]

    def kill_some() -> None:
        nonlocal kills
        while not done.wait(dice.uniform(0.0, 0.2)):
            workers = workers_now()
            with suppress(ProcessLookupError):
                if workers:
                    os.kill(dice.choice(workers), signal.SIGKILL)
                    kills += 1

    killer = threading.Thread(target=kill_some)
    killer.start()
    try:
        assert not wait(futures, timeout=40).not_done
    finally:
        done.set()
        killer.join()
    assert kills > 5
    errors = [future.exception() for future in futures]
    assert all(error is None or isinstance(error, WorkerLostError) for error in errors)
    assert sum(error is not None for error in errors) <= kills
    for number, (future, error) in enumerate(zip(futures, errors, strict=True)):
        assert error or future.result() == 2 * number
