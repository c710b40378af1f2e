"""Real worker processes that train real, tiny networks."""

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator

import pytest

from hpo_exp.models.backend import select_backend

select_backend("jax", None)  # before anything below imports Keras

from hpo_exp.data.load import load_table  # noqa: E402 - after the backend
from hpo_exp.tuning.executors import failure  # noqa: E402 - likewise
from hpo_exp.tuning.trial import FoldTask, run_fold  # noqa: E402 - likewise
from hpo_exp.tuning.worker_pool import ProcessExecutor  # noqa: E402 - likewise
from hpo_exp.tuning.workspace import Workspace, build_workspace  # noqa: E402 - likewise
from tests.tuning.composing import configured  # noqa: E402 - likewise

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    config = configured("data=seed", "search=none", "model.units=2", "trainer.epochs=1")
    return build_workspace(load_table(config.data), config)


@pytest.fixture(scope="module")
def pool(workspace: Workspace) -> Iterator[ProcessExecutor]:
    executor = ProcessExecutor(workspace, workers=1)
    yield executor
    executor.close()


def test_process_executor__trains_what_this_process_would(
    pool: ProcessExecutor, workspace: Workspace
) -> None:
    task = FoldTask(trial=0, fold=0, repeat=0, hyperparameters=workspace.fixed)
    there, here = pool.submit(task).result(), run_fold(workspace, task)
    assert there.task == task
    assert there.rmse == pytest.approx(here.rmse, rel=1e-4)
    assert there.epochs == here.epochs


def test_process_executor__outlives_the_death_of_a_worker(
    pool: ProcessExecutor, workspace: Workspace
) -> None:
    slow = workspace.fixed.with_values({"batch_size": 1}, "test")
    dying = pool.submit(FoldTask(trial=1, fold=2, repeat=0, hyperparameters=slow))
    while not dying.running():
        time.sleep(0.01)
    (worker,) = (child for child in multiprocessing.active_children() if child.pid)
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)
    assert "ProcessExpired" in failure(dying)
    task = FoldTask(trial=2, fold=0, repeat=0, hyperparameters=workspace.fixed)
    assert failure(pool.submit(task)) == ""
