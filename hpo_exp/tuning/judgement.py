"""The test period's judgement: errors of every forecast, and whether the model's are smaller."""

from typing import Any

import numpy as np

from hpo_exp.dispatch.policy_names import MODEL
from hpo_exp.spans import DAY, WEEK
from hpo_exp.tuning.evaluation import TestForecast
from hpo_exp.tuning.seeds import derive_seed
from hpo_exp.tuning.workspace import Workspace
from hpo_exp.validation.metrics import mase, seasonal_naive_error, skill
from hpo_exp.validation.scoring import score_steps
from hpo_exp.validation.significance import diebold_mariano, rmse_difference_interval


def judge(workspace: Workspace, test: TestForecast, steps: tuple[int, int]) -> dict[str, Any]:
    """Errors, and the model held against each baseline, as `metrics.json` has them.

    Args:
        workspace: the experiment.
        test: the forecasts of its test period.
        steps: first and last step that count, both included.
    """
    split = workspace.test
    training = workspace.inputs.actual[split.train_start : split.train_stop]
    naive_error = seasonal_naive_error(training)
    scores = {
        name: score_steps(test.actual, values, test.scored, steps)
        for name, values in test.forecasts.items()
    }
    best = min(scores[name].rmse_mw for name in test.baselines)
    errors = {
        name: {
            "rmse_mw": score.rmse_mw,
            "mae_mw": score.mae_mw,
            "mape_pct": score.mape_pct,
            "mase": mase(score.mae_mw, naive_error),
            "skill": skill(score.rmse_mw, best),
        }
        for name, score in scores.items()
    }
    return {
        "model": errors[MODEL],
        "baselines": {name: errors[name] for name in test.baselines},
        "variants": {name: errors[name] for name in test.variants},
        "significance": {
            name: _significance(workspace, test, name, steps) for name in test.baselines
        },
    }


def _significance(
    workspace: Workspace, test: TestForecast, baseline: str, steps: tuple[int, int]
) -> dict[str, Any]:
    """The model (A) against a baseline (B); below 0 the model is better."""
    first, last = steps
    hourly = workspace.config.features.issue == "hourly"
    model, other = (
        np.where(test.scored, test.forecasts[name] - test.actual, np.nan)[:, first - 1 : last]
        for name in (MODEL, baseline)
    )
    reach = last + workspace.inputs.delay
    tested = diebold_mariano(model, other, reach if hourly else -(-reach // DAY))
    block = WEEK if hourly else WEEK // DAY
    seed = derive_seed(workspace.config.study.seed, "bootstrap")
    resampled = rmse_difference_interval(model, other, block, seed)
    return {
        "dm_statistic": tested.statistic,
        "p_value": tested.p_value,
        "p_value_one_sided": tested.p_value_one_sided,
        "lags": tested.lags,
        "issues": tested.issues,
        "rmse_difference_mw": resampled.difference_mw,
        "interval": list(resampled.interval_mw),
        "bootstrap_p_value": resampled.p_value,
    }
