"""How a worker grows: its resident size after 10 and after 100 trials, never recycled."""

import random
import tempfile
from contextlib import closing
from dataclasses import replace
from multiprocessing import active_children
from pathlib import Path
from typing import Any

from settings import configured

from hpo_exp.data.load import load_table
from hpo_exp.tuning.fidelity import Fidelity
from hpo_exp.tuning.trial import FoldTask
from hpo_exp.tuning.worker_pool import ProcessExecutor
from hpo_exp.tuning.workspace import build_workspace

TRIALS, COUNTED = 100, (10, 100)


def measure_memory(data: Path) -> dict[str, Any]:
    """MiB of one worker that runs trials of the default search, one after another."""
    sizes = {}
    with tempfile.TemporaryDirectory() as folder:
        config = configured(
            "data=ons", "data.subsystem=SE", f"data.root={data}", f"outputs={folder}",
            "study.name=memory", "executor.workers=1", "executor.recycle_folds=100000",
        )  # fmt: skip
        workspace = build_workspace(load_table(config.data), config)
        draw = random.Random(0)  # noqa: S311 - no secret
        with closing(ProcessExecutor(workspace, config.executor)) as executor:
            for trial in range(TRIALS):
                parameters = replace(
                    workspace.fixed,
                    time_steps=draw.choice([24, 48]),
                    units=draw.choice([32, 50, 64, 100, 128]),
                    learning_rate=10 ** draw.uniform(-4, -2),
                )
                for fold in range(config.cv.folds):
                    task = FoldTask(trial, fold, 0, parameters, Fidelity(epochs=1, history=0.2))
                    executor.submit(task).result()
                if trial + 1 in COUNTED:
                    sizes[f"worker_mib_after_{trial + 1}"] = _resident_mib()
    return sizes


def _resident_mib() -> float:
    """MiB that the one worker holds."""
    (pid,) = {child.pid for child in active_children()}
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024
