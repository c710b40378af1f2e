"""The end of a sweep: winner and variants refitted, all scored on the test period."""

import logging
from dataclasses import dataclass

import numpy as np

from hpo_exp.config import DispatchConfig
from hpo_exp.data.table import HourlyTable
from hpo_exp.dispatch.evaluation import Dispatch, evaluate_dispatch
from hpo_exp.dispatch.policies import MODEL
from hpo_exp.dispatch.reserve import Forecast
from hpo_exp.features.windows import actual_load, target_rows
from hpo_exp.models.baselines import NAMES as BASELINES
from hpo_exp.models.baselines import Problem, forecast_baselines
from hpo_exp.models.hyperparameters import Hyperparameters
from hpo_exp.models.training import Fit, fit_for_epochs
from hpo_exp.tuning.commitments import dispatched_period, find_commitments
from hpo_exp.tuning.seeds import derive_seed
from hpo_exp.tuning.selection import Finalist
from hpo_exp.tuning.trial import prepare_split
from hpo_exp.tuning.workspace import Workspace
from hpo_exp.validation.scoring import Scores, score_steps

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TestForecast:
    """Every forecast of the test period.

    Attributes:
        issues: issue rows, shape (issues,).
        targets: target rows, shape (issues, horizon).
        scored: flags of the forecasts inside the test period, the same shape.
        actual: load that came (MW), the same shape.
        forecasts: `model`, each baseline and each variant to its load (MW), the same shape.
        scores: the same names to their scores.
        variants: which of the names are variants of the model.
    """

    issues: np.ndarray
    targets: np.ndarray
    scored: np.ndarray
    actual: np.ndarray
    forecasts: dict[str, np.ndarray]
    scores: dict[str, Scores]
    variants: tuple[str, ...]


def refit(workspace: Workspace, winner: Finalist) -> Fit:
    """Train the winner on all before the test period, for the epochs that served the folds."""
    return _refit(workspace, winner.hyperparameters, winner)


def forecast_test(workspace: Workspace, winner: Finalist, model: Fit) -> TestForecast:
    """Forecast and score the test period: the model, its variants and the baselines."""
    inputs, split = workspace.inputs, workspace.test
    issues = workspace.scored_issues(split)
    forecasts = {MODEL: model.forecast(issues)}
    for name, values in workspace.config.variants.items():
        log.info("refitting variant %s", name)
        changed = winner.hyperparameters.with_values(values, origin=f"variants.{name}")
        forecasts[name] = _refit(workspace, changed, winner).forecast(issues)
    log.info("fitting the baselines")
    problem = Problem(
        inputs,
        time_steps=workspace.time_steps,
        train=workspace.training_issues(split),
        test=issues,
        seed=derive_seed(workspace.config.study.seed, "baselines"),
    )
    forecasts |= forecast_baselines(problem)
    targets = target_rows(issues, inputs.horizon)
    actual, scored = actual_load(inputs, issues), split.scored_targets(targets)
    steps = workspace.config.scored_steps
    return TestForecast(
        issues=issues,
        targets=targets,
        scored=scored,
        actual=actual,
        forecasts=forecasts,
        scores={
            name: score_steps(actual, values, scored, steps) for name, values in forecasts.items()
        },
        variants=tuple(workspace.config.variants),
    )


def dispatch_test(
    workspace: Workspace, table: HourlyTable, test: TestForecast, config: DispatchConfig
) -> Dispatch:
    """Dispatch the test period on the forecasts of the model and of each baseline."""
    steps = workspace.config.scored_steps
    commitments = find_commitments(test.targets, test.scored, test.actual, steps)
    period = dispatched_period(table, config, commitments)
    forecasts = {
        name: Forecast(test.forecasts[name][commitments.places]) for name in (MODEL, *BASELINES)
    }
    return evaluate_dispatch(period, forecasts, config)


def _refit(workspace: Workspace, hyperparameters: Hyperparameters, winner: Finalist) -> Fit:
    training_set = prepare_split(workspace, workspace.test, hyperparameters)
    seed = derive_seed(workspace.config.study.seed, "refit", winner.number)
    return fit_for_epochs(training_set, workspace.config.trainer, winner.epochs, seed)
