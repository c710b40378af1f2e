"""Which forecast each hour is dispatched on."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hpo_exp.config import DispatchConfig
from hpo_exp.data.table import HourlyTable
from hpo_exp.dispatch.evaluation import evaluate_forecast
from hpo_exp.dispatch.period import Period, build_period
from hpo_exp.dispatch.reserve import Forecast
from hpo_exp.tuning.objective import FoldDispatch


@dataclass(frozen=True)
class Commitments:
    """The hours to dispatch, in time.

    Attributes:
        rows: their rows in the table, shape (hours,).
        places: row and column, in arrays of shape (issues, horizon), of the forecast that each is
            committed on.
    """

    rows: np.ndarray
    places: tuple[np.ndarray, np.ndarray]

    @property
    def steps(self) -> np.ndarray:
        """Step of each hour's forecast, shape (hours,)."""
        return self.places[1] + 1


def find_commitments(
    targets: np.ndarray, scored: np.ndarray, actual: np.ndarray, steps: tuple[int, int]
) -> Commitments:
    """Take every scored hour whose load is known, once.

    Where an hour was forecast at several scored steps, it is committed on the earliest forecast.

    Args:
        targets: target rows, shape (issues, horizon).
        scored: flags of the forecasts to score, the same shape.
        actual: load that came (MW), the same shape.
        steps: first and last scored step.
    """
    first, last = steps
    counted = scored & ~np.isnan(actual)
    counted[:, : first - 1], counted[:, last:] = False, False
    issues, columns = counted.nonzero()
    order = np.lexsort((-columns, targets[issues, columns]))
    rows, kept = np.unique(targets[issues, columns][order], return_index=True)
    return Commitments(rows, (issues[order][kept], columns[order][kept]))


def dispatched_period(
    table: HourlyTable,
    case: DispatchConfig,
    commitments: Commitments,
    delays: Mapping[str, int],
) -> Period:
    """The period of those hours; `delays` as `build_period` has them.

    Raises:
        ConfigError: the data lack a column that the case needs.
        DataError: a source has no value before some hour.
    """
    return build_period(table, case, commitments.rows, commitments.steps, delays)


def dispatch_fold(period: Period, forecast: Forecast, case: DispatchConfig) -> FoldDispatch:
    """Dispatch a fold's hours on its forecast.

    Raises:
        DispatchError: a program has no solution, or none was found.
    """
    outcome = evaluate_forecast(period, forecast, case)
    return FoldDispatch(
        cost=float(outcome.cost.mean()),
        deficit=float(outcome.operation.settled["deficit"].sum() / period.load.sum()),
        violations=float(outcome.violated().mean()),
    )
