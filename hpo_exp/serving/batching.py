"""Forecasts asked for at the same time, computed at once."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Executor

import numpy as np

Arrays = Mapping[str, np.ndarray]
Model = Callable[[Arrays], dict[str, np.ndarray]]


class Batcher:
    """Asks a model from one event loop, in batches of what has come while it was busy.

    Nobody waits for others to come: a single request is computed at once.

    Args:
        model: takes named inputs with a first axis of batch, gives named outputs.
        largest: most of them at once.
        executor: where it computes, beside the event loop.
        observe: told the size of each batch.
    """

    def __init__(
        self, model: Model, largest: int, executor: Executor, observe: Callable[[int], None]
    ) -> None:
        self._model, self._largest = model, largest
        self._executor, self._observe = executor, observe
        self._waiting: list[tuple[Arrays, asyncio.Future[Arrays]]] = []
        self._task: asyncio.Task[None] | None = None

    async def ask(self, inputs: Arrays) -> Arrays:
        """Answer one request, whose arrays have a first axis of 1; so have the answer's."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Arrays] = loop.create_future()
        self._waiting.append((inputs, answer))
        if self._task is None:
            self._task = loop.create_task(self._compute())
        return await answer

    async def _compute(self) -> None:
        """Compute batch after batch until nobody waits."""
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                batch = self._waiting[: self._largest]
                del self._waiting[: self._largest]
                self._observe(len(batch))
                stacked = _stack([inputs for inputs, _ in batch])
                try:
                    answered = await loop.run_in_executor(self._executor, self._model, stacked)
                except Exception as error:  # noqa: BLE001 - theirs, not the next batch's
                    for _, answer in batch:
                        if not answer.done():
                            answer.set_exception(error)
                    continue
                for row, (_, answer) in enumerate(batch):
                    if not answer.done():  # its caller may be gone
                        answer.set_result(
                            {name: values[row : row + 1] for name, values in answered.items()}
                        )
        finally:
            self._task = None


def _stack(batch: list[Arrays]) -> dict[str, np.ndarray]:
    if len(batch) == 1:
        return dict(batch[0])
    return {name: np.concatenate([inputs[name] for inputs in batch]) for name in batch[0]}
