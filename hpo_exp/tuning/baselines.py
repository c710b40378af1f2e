"""Baselines of an experiment: fitted in worker processes, a step at a time, and tuned if asked."""

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

from hpo_exp.config import LightGbmConfig
from hpo_exp.features.windows import actual_load, target_rows
from hpo_exp.models.baselines import FITTED, LIGHTGBM, Problem, forecast_naive
from hpo_exp.models.lightgbm_steps import BoosterStep
from hpo_exp.models.regressions import RegressionStep
from hpo_exp.tuning.executors import WorkerLostError
from hpo_exp.tuning.lightgbm_search import Course, RunTasks, TunedLightGbm, tune_lightgbm
from hpo_exp.tuning.seeds import derive_seed
from hpo_exp.tuning.worker_pool import WorkerPool
from hpo_exp.tuning.workspace import Workspace
from hpo_exp.validation.folds import Split

Pool = WorkerPool[tuple[Problem, ...], Any, np.ndarray]

FoldErrors = tuple[np.ndarray, np.ndarray]
"""Target rows and errors (actual less forecast, MW) of a fold, both of shape (issues, horizon)."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class BaselineForecasts:
    """What the baselines say of the test period.

    Attributes:
        forecasts: name to the load (MW), shape (test issues, horizon).
        tuned: what the search of those that are tuned came to, by name.
    """

    forecasts: dict[str, np.ndarray]
    tuned: dict[str, dict[str, Any]] = field(default_factory=dict)


class Task(Protocol):
    """A fit that a worker can do."""

    def run(self, problems: Sequence[Problem]) -> np.ndarray:
        """Its result."""


def forecast_baselines(workspace: Workspace) -> BaselineForecasts:
    """Fit every baseline on all before the test period, and forecast it.

    What they say of a series is bounded as the network's answer is.

    Raises:
        WorkerLostError: a fit lost its worker `study.tries` times.
    """
    config, horizon = workspace.config, workspace.inputs.horizon
    seed = derive_seed(config.study.seed, "baselines")
    splits = (*workspace.folds, workspace.test)
    problems = tuple(baseline_problem(workspace, split, seed) for split in splits)
    last = len(problems) - 1
    found = BaselineForecasts(forecast_naive(problems[last]))
    with _runner(workspace, problems) as run:
        tasks = [RegressionStep(last, step, name) for name in FITTED for step in range(horizon)]
        steps = np.array(run(tasks)).reshape(len(FITTED), horizon, -1)
        found.forecasts.update({name: steps[i].T for i, name in enumerate(FITTED)})
        if config.baselines.lightgbm is not None:
            tuned = _tune_lightgbm(workspace, config.baselines.lightgbm, seed, run)
            models = [
                BoosterStep(last, step, replace(tuned.settings, rounds=rounds))
                for step, rounds in enumerate(tuned.rounds)
            ]
            found.forecasts[LIGHTGBM] = np.array(run(models)).T
            found.tuned[LIGHTGBM] = tuned.as_dict()
    floor = workspace.inputs.floor(slice(workspace.test.train_start, workspace.test.train_stop))
    bounded = {name: np.maximum(values, floor) for name, values in found.forecasts.items()}
    return replace(found, forecasts=bounded)


def _tune_lightgbm(
    workspace: Workspace, config: LightGbmConfig, seed: int, run: RunTasks
) -> TunedLightGbm:
    """Search on the network's folds, with as many trials unless another number is asked for."""
    horizon, scored = workspace.inputs.horizon, workspace.config.scored_steps
    course = Course(
        folds=len(workspace.folds),
        horizon=horizon,
        steps=_tuned_steps(scored, horizon, config.tuned_steps),
        judged=range(scored[0] - 1, scored[1]),
    )
    trials = config.trials or workspace.config.study.trials
    search = config.model_copy(update={"trials": trials})
    return tune_lightgbm(search, course, seed, run, workspace.config.executor.slots)


def baseline_fold_errors(workspace: Workspace) -> dict[str, list[FoldErrors]]:
    """Target rows and errors (MW) of the baselines that cost little, by name.

    They are those that repeat an hour, and ridge, on the folds that intervals read.
    """
    seed = derive_seed(workspace.config.study.seed, "baselines")
    problems = tuple(baseline_problem(workspace, fold, seed) for fold in workspace.interval_folds)
    forecasts = [forecast_naive(problem) for problem in problems]
    steps = range(workspace.inputs.horizon)
    with _runner(workspace, problems) as run:
        tasks = [RegressionStep(fold, k, "ridge") for fold in range(len(problems)) for k in steps]
        ridge = iter(run(tasks))
    for found in forecasts:
        found["ridge"] = np.column_stack([next(ridge) for _ in steps])
    return {
        name: [
            _errors(problem, found[name])
            for problem, found in zip(problems, forecasts, strict=True)
        ]
        for name in forecasts[0]
    }


def _errors(problem: Problem, forecast: np.ndarray) -> FoldErrors:
    actual = actual_load(problem.inputs, problem.test)
    targets = target_rows(problem.test, problem.inputs.horizon)
    return targets, np.where(problem.scored, actual - forecast, np.nan)


def baseline_problem(workspace: Workspace, split: Split, seed: int) -> Problem:
    """What the baselines are asked on a split."""
    issues = workspace.scored_issues(split)
    return Problem(
        inputs=workspace.inputs,
        time_steps=workspace.time_steps,
        train=workspace.training_issues(split),
        test=issues,
        scored=split.scored_targets(target_rows(issues, workspace.inputs.horizon)),
        seed=seed,
    )


def run_task(problems: Sequence[Problem], task: Task) -> np.ndarray:
    """Run a task where a worker has the problems."""
    return task.run(problems)


def _tuned_steps(scored: tuple[int, int], horizon: int, count: int) -> list[int]:
    """Indices of some steps at equal distances, from 0: the last one scored is among them."""
    spread = np.linspace(horizon, 1, min(count, horizon)).round().astype(int).tolist()
    return sorted({step - 1 for step in (*spread, scored[1])})


@contextmanager
def _runner(workspace: Workspace, problems: tuple[Problem, ...]) -> Iterator[RunTasks]:
    """What runs tasks: worker processes where the experiment has them, or this process."""
    executor, config = workspace.config.executor, workspace.config
    few = config.features.horizon == 1 and config.baselines.lightgbm is None
    if executor.slots == 1 or few:  # workers take longer to start than that
        yield lambda tasks: [task.run(problems) for task in tasks]
        return
    with closing(WorkerPool(run_task, problems, executor)) as pool:
        yield lambda tasks: _run_all(pool, tasks, workspace.config.study.tries)


def _run_all(pool: Pool, tasks: Sequence[Any], tries: int) -> list[np.ndarray]:
    """Results in the tasks' order; what loses its worker is tried again."""
    futures: list[Future[np.ndarray]] = [pool.submit(task) for task in tasks]
    return [_result(pool, task, future, tries) for task, future in zip(tasks, futures, strict=True)]


def _result(
    pool: Pool,
    task: Any,  # noqa: ANN401 - one of several kinds
    future: Future[np.ndarray],
    tries: int,
) -> np.ndarray:
    if tries > 1 and isinstance(future.exception(), WorkerLostError):
        log.warning("a baseline's fit lost its worker: it is tried again")
        return _result(pool, task, pool.submit(task), tries - 1)
    return future.result()
