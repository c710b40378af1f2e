"""Every baseline on one problem, in this process."""

import numpy as np

from hpo_exp.models.baselines import FITTED, LIGHTGBM, NAIVE, Problem, forecast_naive
from hpo_exp.models.lightgbm_steps import BoosterSettings, BoosterStep
from hpo_exp.models.regressions import RegressionStep

NAMES = (*NAIVE, *FITTED, LIGHTGBM)
SETTINGS = BoosterSettings({"learning_rate": 0.1, "bagging_fraction": 0.8}, "last_hour", rounds=60)


def forecast_all(problem: Problem) -> dict[str, np.ndarray]:
    """Forecast the load (MW): name to shape (test issues, horizon)."""
    steps = range(problem.inputs.horizon)
    found = forecast_naive(problem)
    for name in FITTED:
        tasks = [RegressionStep(0, step, name) for step in steps]
        found[name] = np.column_stack([task.run([problem]) for task in tasks])
    boosters = [BoosterStep(0, step, SETTINGS) for step in steps]
    return found | {LIGHTGBM: np.column_stack([task.run([problem]) for task in boosters])}
