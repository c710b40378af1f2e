import pytest

from hpo_exp.models.hyperparameters import Hyperparameters
from hpo_exp.tuning.executors import SerialExecutor
from hpo_exp.tuning.trial import FoldResult, FoldTask

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
    ),
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
