"""Promotions that are killed at random moments: `python -m tests.lifecycle.chaos_promotion`.

    python -m tests.lifecycle.chaos_promotion OUTPUTS RUN KILLS SEED

One process imports everything; a child of it promotes a bundle that is new each time, and is
killed; then another child of it clears up. What is left is held against the log.
"""

import json
import os
import random
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"

from hpo_exp.errors import UserError
from hpo_exp.lifecycle.promotion import only_promotion
from hpo_exp.lifecycle.session import run_promotion
from tests.promoting import Plant


def in_child(work: Callable[[], None], may_die: Callable[[], bool]) -> bool:
    """Run something in a child of this process, and kill it once it may die; whether it ended."""
    child = os.fork()
    if child == 0:
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
        status = 1
        try:
            work()
            status = 0
        except UserError:
            status = 2
        finally:
            os._exit(status)
    while not may_die():
        if os.waitpid(child, os.WNOHANG)[0]:
            return True
        time.sleep(0.002)
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


def some_moment(plant: Plant, draw: random.Random, whole: float) -> Callable[[], bool]:
    """When to kill: at any time, or, every second time, just after a step of the log is written.

    A promotion spends nearly all of its time at the gates; the steps that follow take
    milliseconds, and no time drawn at random would ever meet them.
    """
    if draw.random() < 0.5:
        end = time.monotonic() + draw.uniform(0, whole)
        return lambda: time.monotonic() > end
    step, database = draw.choice((1, 2, 3)), plant.outputs / "mlflow.db"
    wanted = _params(database) + step
    pause = draw.uniform(0, 0.08)

    def is_written() -> bool:
        if _params(database) < wanted:
            return False
        time.sleep(pause)
        return True

    return is_written


def _params(database: Path) -> int:
    """Rows of MLflow's parameters: one more for each entry of the log."""
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("SELECT count(*) FROM params").fetchone()[0])


def main(outputs: Path, run: Path, kills: int, seed: int) -> None:
    """Kill so many promotions, and print what became of them."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    plant = Plant(outputs, run)
    started = time.monotonic()
    assert in_child(lambda: run_promotion(plant.config()), lambda: False)
    whole = time.monotonic() - started
    outcomes: Counter[str] = Counter()
    attempt = 0
    while sum(outcomes.values()) < kills:
        attempt += 1
        before = plant.aliases
        candidate = plant.variant(f"candidate_{attempt}")
        work = lambda: run_promotion(plant.config(f"run={candidate}"))  # noqa: B023, E731
        if in_child(work, some_moment(plant, draw, whole)):
            continue  # it was faster than its killer
        with only_promotion(plant.config(), plant.registry, "promote") as promotions:
            entries = promotions.entries()
            assert promotions.open_attempts() == []
            assert promotions.aliases() == plant.aliases, (promotions.aliases(), plant.aliases)
            ended = [entry for entry in entries if entry.state == "done"]
            assert plant.aliases["champion"] == ended[-1].to_version
            assert set(plant.aliases.values()) <= set(plant.registry.versions())
        moved = plant.aliases != before
        state = entries[-1].state
        outcomes["finished" if moved else "undone" if state == "undone" else "not begun"] += 1
        assert moved == (state == "done" and entries[-1].to_version != before.get("champion"))
    print(json.dumps({"kills": sum(outcomes.values()), **outcomes, "seconds_whole": whole}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
