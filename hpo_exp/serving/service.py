"""What the service does with a question: check it, forecast, dispatch."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import numpy as np

from hpo_exp.config import DispatchConfig
from hpo_exp.config.serving import ServingConfig
from hpo_exp.dispatch.program import DispatchError
from hpo_exp.export.forecast import Forecast, read_forecast
from hpo_exp.export.hydro_plan import HydroPlan, PlanError, foreseen_supply, plan_hydro
from hpo_exp.export.manifest import Manifest
from hpo_exp.export.recent_hours import HOUR, RecentHours, check_freshness, check_hours
from hpo_exp.serving.answers import dispatch_answer, forecast_answer, plan_answer
from hpo_exp.serving.batching import Batcher
from hpo_exp.serving.champion import Champion
from hpo_exp.serving.messages import (
    DispatchAnswer,
    DispatchQuestion,
    ForecastAnswer,
    HoursQuestion,
    PlanAnswer,
    PlanQuestion,
)
from hpo_exp.serving.metrics import Metrics

Clock = Callable[[], datetime]


class NoChampionError(Exception):
    """There is no champion to answer."""


class Service:
    """Answers questions by the champion of the moment.

    Args:
        config: the service's settings.
        metrics: where batches and champions are counted.
        clock: the time, UTC.
    """

    def __init__(
        self, config: ServingConfig, metrics: Metrics, clock: Clock = lambda: datetime.now(UTC)
    ) -> None:
        self._config, self._metrics, self._clock = config, metrics, clock
        self._computing = ThreadPoolExecutor(1, thread_name_prefix="model")
        self._dispatching = ThreadPoolExecutor(1, thread_name_prefix="dispatch")
        self._serving: tuple[Champion, Batcher] | None = None

    def take(self, champion: Champion) -> None:
        """Answer by this champion from now on; requests under way keep theirs."""
        batcher = Batcher(
            champion.model, self._config.batch, self._computing, self._metrics.batch.observe
        )
        self._serving = champion, batcher  # at once, from whatever thread
        self._metrics.version.set(champion.version)
        self._metrics.loads.inc()

    @property
    def champion(self) -> Champion:
        """The champion of the moment.

        Raises:
            NoChampionError: there is none yet.
        """
        return self._present()[0]

    async def forecast(self, question: HoursQuestion) -> ForecastAnswer:
        """Forecast the hours that follow.

        Raises:
            UserError: the question cannot be answered; the message says why.
        """
        champion, batcher = self._present()
        hours = self._hours(champion.manifest, question)
        return forecast_answer(champion, await _ask(champion, batcher, hours))

    async def dispatch(self, question: DispatchQuestion) -> DispatchAnswer:
        """Commit hydro to a load.

        Raises:
            UserError: the question cannot be answered; the message says why.
        """
        champion, _ = self._present()
        case = _case(champion.manifest)
        supply = {name: np.array(values) for name, values in question.supply_mw.items()}
        plan = await self._plan(case, np.array(question.load_mw), supply, question.restricted)
        return dispatch_answer(champion, case.case, plan)

    async def plan(self, question: PlanQuestion) -> PlanAnswer:
        """Forecast the hours that follow, and commit hydro to them.

        Raises:
            UserError: the question cannot be answered; the message says why.
        """
        champion, batcher = self._present()
        case = _case(champion.manifest)
        hours = self._hours(champion.manifest, question)
        forecast = await _ask(champion, batcher, hours)
        if question.supply_mw is None:
            supply = foreseen_supply(case, hours, forecast)
        else:
            supply = {name: np.array(values) for name, values in question.supply_mw.items()}
        plan = await self._plan(case, forecast.load_mw, supply, question.restricted)
        return plan_answer(champion, case.case, forecast, plan)

    def close(self) -> None:
        """End the threads."""
        self._computing.shutdown(wait=False, cancel_futures=True)
        self._dispatching.shutdown(wait=False, cancel_futures=True)

    def _present(self) -> tuple[Champion, Batcher]:
        serving = self._serving
        if serving is None:
            raise NoChampionError
        return serving

    def _hours(self, manifest: Manifest, question: HoursQuestion) -> RecentHours:
        """Check the hours of a question."""
        times = np.array(question.timestamp, dtype="datetime64[us]")
        columns = {
            name: np.array(values, dtype=np.float64) for name, values in question.columns.items()
        }
        hours = check_hours(manifest, times, columns)
        now = np.datetime64(self._clock().replace(tzinfo=None), "s")
        check_freshness(hours, now + manifest.utc_offset_hours * HOUR, self._config.stale_hours)
        return hours

    async def _plan(
        self,
        case: DispatchConfig,
        load: np.ndarray,
        supply: dict[str, np.ndarray],
        restricted: list[bool] | None,
    ) -> HydroPlan:
        """Solve beside the event loop: a program takes milliseconds."""
        flags = None if restricted is None else np.array(restricted)
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(
                self._dispatching, plan_hydro, case, load, supply, flags
            )
        except DispatchError as error:
            raise PlanError(str(error)) from error


async def _ask(champion: Champion, batcher: Batcher, hours: RecentHours) -> Forecast:
    outputs = await batcher.ask(champion.make_inputs(hours))
    return read_forecast(champion.manifest, hours.issue, outputs)


def _case(manifest: Manifest) -> DispatchConfig:
    if manifest.dispatch is None:
        raise PlanError("the model was made without a dispatch case")
    return manifest.dispatch
