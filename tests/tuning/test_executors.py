from collections.abc import Iterator

import pytest

from hpo_exp.models.backend import select_backend

select_backend("jax", None)  # before anything below imports Keras

from hpo_exp.config import ExecutorConfig  # noqa: E402 - after the backend
from hpo_exp.data.load import load_table  # noqa: E402 - likewise
from hpo_exp.models.hyperparameters import Hyperparameters  # noqa: E402 - likewise
from hpo_exp.tuning.executors import SerialExecutor, failure  # noqa: E402 - likewise
from hpo_exp.tuning.fidelity import Fidelity  # noqa: E402 - likewise
from hpo_exp.tuning.trial import FoldResult, FoldTask, run_fold  # noqa: E402 - likewise
from hpo_exp.tuning.worker_pool import ProcessExecutor  # noqa: E402 - likewise
from hpo_exp.tuning.workspace import Workspace, build_workspace  # noqa: E402 - likewise
from tests.tuning.composing import configured  # noqa: E402 - likewise

TASK = FoldTask(
    trial=3,
    fold=1,
    repeat=0,
    hyperparameters=Hyperparameters(
        time_steps=24,
        units=8,
        layers=1,
        dense_units=0,
        dropout=0.0,
        learning_rate=1e-3,
        batch_size=32,
        reference="none",
        level="none",
        linear="none",
        linear_past=(),
        linear_penalty=1.0,
        schedule="constant",
        loss="squared",
        quantile=0.5,
        half_life_days=None,
    ),
    fidelity=Fidelity(epochs=2, history=1.0),
)


def test_serial__has_run_the_task_when_submit_returns() -> None:
    executor = SerialExecutor(lambda task: FoldResult(task, 4.5, epochs=2, seconds=0.1))
    future = executor.submit(TASK)
    assert future.done()
    assert future.result() == FoldResult(TASK, 4.5, epochs=2, seconds=0.1)


def test_serial__keeps_an_exception_in_the_future() -> None:
    def diverge(_: FoldTask) -> FoldResult:
        raise FloatingPointError("the loss is nan")

    future = SerialExecutor(diverge).submit(TASK)
    assert isinstance(future.exception(), FloatingPointError)


def test_serial__lets_an_interrupt_through() -> None:
    def interrupt(_: FoldTask) -> FoldResult:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        SerialExecutor(interrupt).submit(TASK)


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    config = configured("data=seed", "search=none", "model.units=2", "trainer.epochs=1")
    return build_workspace(load_table(config.data), config)


@pytest.fixture(scope="module")
def processes(workspace: Workspace) -> Iterator[ProcessExecutor]:
    config = ExecutorConfig(kind="processes", workers=1, fold_seconds=300, recycle_folds=300)
    executor = ProcessExecutor(workspace, config)
    yield executor
    executor.close()


def task_of(workspace: Workspace, fold: int) -> FoldTask:
    return FoldTask(0, fold, 0, workspace.fixed, Fidelity(epochs=1, history=1.0))


@pytest.mark.slow
def test_processes__train_what_this_process_would(
    processes: ProcessExecutor, workspace: Workspace
) -> None:
    task = task_of(workspace, fold=0)
    there, here = processes.submit(task).result(), run_fold(workspace, task)
    assert there.task == task
    assert there.rmse == pytest.approx(here.rmse, rel=1e-4)
    assert there.epochs == here.epochs


@pytest.mark.slow
def test_processes__hand_on_why_a_fold_failed(
    processes: ProcessExecutor, workspace: Workspace
) -> None:
    future = processes.submit(task_of(workspace, fold=99))
    assert failure(future) == "IndexError: tuple index out of range"
