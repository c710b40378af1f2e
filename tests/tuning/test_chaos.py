"""Coordinators and workers are killed at random moments of one study."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest
from optuna.trial import TrialState

from tests.tuning.bench import Analytic, Bench, facts

pytestmark = pytest.mark.slow
Build = Callable[..., Bench]

KILLS, TRIALS = 20, 24
FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)


def start(mine: Bench, workers: int) -> subprocess.Popen[bytes]:
    root = mine.config.outputs
    overrides = (
        "data=seed", "cv.folds=3", f"outputs={root}", f"study.trials={TRIALS}",
        f"executor.workers={workers}", "study.tries=50",
    )  # fmt: skip
    with (root / "chaos.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.tuning.chaos_sweep", *overrides],
            stdout=log,
            stderr=log,
        )


def workers_of(coordinator: subprocess.Popen[bytes]) -> list[int]:
    listed = subprocess.run(
        ["pgrep", "-P", str(coordinator.pid), "-f", "spawn_main"],
        capture_output=True,
        text=True,
        check=False,
    )
    return [int(line) for line in listed.stdout.split()]


def is_alive(coordinator: subprocess.Popen[bytes], seconds: float) -> bool:
    """Whether it is, after so long."""
    with suppress(subprocess.TimeoutExpired):
        coordinator.wait(seconds)
        return False
    return True


def kill_one(draw: random.Random, coordinator: subprocess.Popen[bytes]) -> str:
    """Kill a worker or the coordinator, some time from now; '' where the study ended before."""
    if draw.random() < 0.6:
        while not (children := workers_of(coordinator)):
            if not is_alive(coordinator, 0.1):
                return ""
        if not is_alive(coordinator, draw.uniform(0, 2)):
            return ""
        with suppress(ProcessLookupError):
            os.kill(draw.choice(children), signal.SIGKILL)
        return "worker"
    if not is_alive(coordinator, draw.uniform(0, 9)):  # starting takes about half of it
        return ""
    coordinator.kill()
    return "coordinator"


def run_through_kills(mine: Bench, workers: int, seed: int) -> Counter[str]:
    """Run a study to its end, whatever is killed meanwhile; counts what was."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    killed: Counter[str] = Counter()
    coordinator = start(mine, workers)
    try:
        while True:
            victim = kill_one(draw, coordinator) if killed.total() < KILLS else ""
            killed.update([victim] if victim else [])
            if victim == "worker":
                continue
            code = coordinator.wait(timeout=300)
            if code == 0:
                return killed
            assert code == -signal.SIGKILL, (mine.config.outputs / "chaos.log").read_text()
            coordinator = start(mine, workers)
    finally:
        coordinator.kill()


def assert_sound(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("workers", [1, 3])
def test_study__survives_twenty_kills(workers: int, bench: Build, tmp_path: Path) -> None:
    mine = bench(f"study.trials={TRIALS}", root=tmp_path / "disturbed")
    killed = run_through_kills(mine, workers, seed=workers)
    assert killed.total() == KILLS, killed
    assert min(killed["worker"], killed["coordinator"]) >= 4, killed
    trials = mine.study().get_trials(deepcopy=False)
    assert [trial.state in FINISHED for trial in trials] == [True] * TRIALS
    children = mine.children()
    assert [run.data.tags["hpo_exp.trial"] for run in children] == [str(n) for n in range(TRIALS)]
    assert {run.info.status for run in children} <= {"FINISHED", "KILLED"}
    assert len(mine.runs()) == TRIALS + 1
    assert_sound(mine.config.outputs / "optuna.db")
    assert_sound(mine.config.outputs / "mlflow.db")
    if workers == 1:
        undisturbed = bench(f"study.trials={TRIALS}", root=tmp_path / "undisturbed")
        undisturbed.sweep(Analytic())
        assert facts(mine.study()) == facts(undisturbed.study())
