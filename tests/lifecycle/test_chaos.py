"""Real processes: promotions that are killed, and two of them at once."""

import json
import os
import subprocess
import sys

import pytest

from tests.promoting import NAME, ROOT, Plant

pytestmark = pytest.mark.slow

KILLS = 1


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env={**os.environ, "KERAS_BACKEND": "tensorflow"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_promotions__killed_at_random_leave_no_half_state(plant: Plant) -> None:
    """`tests/lifecycle/chaos_promotion.py` says how; it was run with 20 kills, see docs."""
    chaos = start(
        "tests.lifecycle.chaos_promotion", str(plant.outputs), str(plant.run), str(KILLS), "3"
    )
    said, complaints = chaos.communicate(timeout=300)
    assert chaos.returncode == 0, complaints
    assert json.loads(said)["kills"] == KILLS


def test_promotions__of_two_processes_at_once_agree_with_their_log(plant: Plant) -> None:
    command = [
        "hpo_exp.promote", "data=seed", f"outputs={plant.outputs}", f"name={NAME}",
    ]  # fmt: skip
    runs = [plant.run, plant.variant("second")]
    both = [start(*command, f"run={run}", f"who=process{n}") for n, run in enumerate(runs)]
    ended = [process.communicate(timeout=120) for process in both]
    statuses = [process.returncode for process in both]
    assert sorted(statuses) in ([0, 0], [0, 1]), ended
    log = plant.log()
    for number, status in enumerate(statuses):
        states = [entry.state for entry in log if entry.who == f"process{number}"]
        assert states == (["begun", "decided", "done"] if status == 0 else ["busy"])
    done = [entry for entry in log if entry.state == "done"]
    assert plant.aliases == dict(done[-1].aliases)
