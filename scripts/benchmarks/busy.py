"""How busy one coordinator keeps its workers, with TPE, SQLite and MLflow on.

The workers are simulated: 30 seconds a trial, in three folds, none of it scaled. Their share is
taken until the 500th trial is finished; the budget is larger, so that no worker idles for want of
trials.
"""

import math
import tempfile
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

from settings import configured

from hpo_exp.data.load import load_table
from hpo_exp.tracking.mlflow_store import Tracker
from hpo_exp.tuning.coordinator import Coordinator
from hpo_exp.tuning.optuna_store import open_study
from hpo_exp.tuning.progress import sweep_progress
from hpo_exp.tuning.record import StudyRecord
from hpo_exp.tuning.trial import FoldResult, FoldTask
from hpo_exp.tuning.workspace import build_workspace

TRIALS, TRIAL_SECONDS, FOLDS = 500, 30.0, 3
WORKERS = (64,)


def measure_coordinator(_: Path) -> dict[str, Any]:
    """Busy share by number of workers."""
    return {f"workers_{count}": {"busy_share": _busy_share(count)} for count in WORKERS}


class SimulatedWorkers:
    """An executor whose workers sleep where others train."""

    def __init__(self, workers: int) -> None:
        self.slots = workers
        self.seconds, self._folds, self._lock = 0.0, 0, threading.Lock()
        self.finished_at = math.inf
        self._pool = ThreadPoolExecutor(workers)

    def submit(self, task: FoldTask) -> Future[FoldResult]:
        """Sleep for a fold's time in one of the threads."""
        return self._pool.submit(self._sleep, task)

    def _sleep(self, task: FoldTask) -> FoldResult:
        started = time.monotonic()
        time.sleep(TRIAL_SECONDS / FOLDS)
        with self._lock:
            self._folds += 1
            if self._folds <= TRIALS * FOLDS:
                self.seconds += time.monotonic() - started
            if self._folds == TRIALS * FOLDS:
                self.finished_at = time.monotonic()
        parameters = task.hyperparameters
        distance = (
            abs(math.log10(parameters.learning_rate / 3e-3)) + abs(parameters.units - 100) / 100
        )
        return FoldResult(task, 300 + 100 * distance + task.fold, epochs=3, seconds=TRIAL_SECONDS)


def _busy_share(workers: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        config = configured(
            "data=seed", f"outputs={folder}", f"cv.folds={FOLDS}",
            f"study.trials={TRIALS + workers}", "study.pruner=none",
        )  # fmt: skip
        table = load_table(config.data)
        workspace = build_workspace(table, config)
        study, tracker = open_study(config, table.sha256), Tracker(config.tracking)
        simulated = SimulatedWorkers(workers)
        started = time.monotonic()
        with (
            closing(StudyRecord(study, tracker, {})) as record,
            sweep_progress(study, config.study.trials) as progress,
        ):
            Coordinator(study, workspace, simulated, record, progress).run()
            assert record.flush(120)
    share = simulated.seconds / (workers * (simulated.finished_at - started))
    print(f"{workers} workers: {share:.1%} busy", flush=True)
    return share
