"""Ridge regression and gradient boosting: one regression a step of the change from the last hour.

A step is the unit of work, so that worker processes of one core can share the horizon: threads
that wait for a busy processor made a fit of 5 seconds take two minutes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge
from threadpoolctl import threadpool_limits

from hpo_exp.models.baselines import Problem, linear_features, step_data, tree_features
from hpo_exp.spans import WEEK

Predictor = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class RegressionStep:
    """Forecast one step with one of `baselines.FITTED`.

    Attributes:
        problem: which of the problems.
        step: index of the step, from 0.
        name: `ridge` or `gradient_boosting`.
    """

    problem: int
    step: int
    name: str

    def run(self, problems: Sequence[Problem]) -> np.ndarray:
        """The load (MW) of the test issues, shape (issues,)."""
        problem, ridge = problems[self.problem], self.name == "ridge"
        features = linear_features if ridge else tree_features
        data = step_data(problem, self.step, "last_hour", features)
        with threadpool_limits(1):
            if ridge:
                predict = fit_ridge(data.train, data.change)
            else:
                predict = _fit_gradient_boosting(data.train, data.change, problem.seed)
            return data.to_mw(predict(data.test))


def fit_ridge(features: np.ndarray, targets: np.ndarray) -> Predictor:
    """Ridge regression on standardised features and a dummy for each hour of the week."""
    mean = features[:, :-1].mean(axis=0, dtype=np.float64)
    std = features[:, :-1].std(axis=0, dtype=np.float64)
    scale = np.where(std > 0, std, 1)

    def expand(raw: np.ndarray) -> np.ndarray:
        dummies = np.eye(WEEK)[raw[:, -1].astype(int)]
        return np.column_stack([(raw[:, :-1] - mean) / scale, dummies])

    regression = Ridge(alpha=1.0).fit(expand(features), targets)
    return lambda new: np.asarray(regression.predict(expand(new)))


def _fit_gradient_boosting(features: np.ndarray, targets: np.ndarray, seed: int) -> Predictor:
    """Histogram gradient boosting with scikit-learn's defaults, but more and smaller steps."""
    regression = HistGradientBoostingRegressor(
        max_iter=300, learning_rate=0.08, early_stopping=False, random_state=seed
    ).fit(features, targets)
    return lambda new: np.asarray(regression.predict(new))
