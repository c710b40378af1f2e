from collections.abc import Callable

import numpy as np
import pytest

from hpo_exp.config import TuneConfig
from hpo_exp.data.load import load_table
from hpo_exp.dispatch.reserve import Forecast
from hpo_exp.models.backend import select_backend

select_backend("jax", None)  # before anything below imports Keras

from hpo_exp.tuning.commitments import (  # noqa: E402 - after the backend
    dispatch_fold,
    dispatched_period,
    find_commitments,
)
from hpo_exp.tuning.trial import FoldTask, run_fold  # noqa: E402 - likewise
from hpo_exp.tuning.workspace import build_workspace  # noqa: E402 - likewise

TARGETS = np.arange(100, 105)[:, None] + np.arange(3)


def test_commitments__take_each_hour_once_on_its_earliest_forecast() -> None:
    scored = (TARGETS >= 101) & (TARGETS <= 105)
    actual = np.where(TARGETS == 103, np.nan, TARGETS.astype(float))
    found = find_commitments(TARGETS, scored, actual, (1, 3))
    assert found.rows.tolist() == [101, 102, 104, 105]
    assert TARGETS[found.places].tolist() == found.rows.tolist()
    assert found.steps.tolist() == [2, 3, 3, 3]  # the first issue foresees row 101 at step 2


def test_commitments__are_of_the_scored_steps_alone() -> None:
    everything = np.ones(TARGETS.shape, dtype=bool)
    found = find_commitments(TARGETS, everything, TARGETS.astype(float), (2, 2))
    assert found.rows.tolist() == [101, 102, 103, 104, 105]
    assert set(found.steps) == {2}


def test_fold_dispatch__is_the_cost_of_a_mean_hour(configure: Callable[..., TuneConfig]) -> None:
    config = configure("dispatch.hydro.maximum_mw=30000")
    table, case = load_table(config.data), config.dispatch
    assert case is not None
    rows = np.arange(200, 248)
    targets = rows[:, None]
    actual = table.frame["carga_mw_subsistema"].to_numpy()[targets]
    found = find_commitments(targets, np.ones_like(targets, dtype=bool), actual, (1, 1))
    period = dispatched_period(table, case, found, {})
    low, high = (
        dispatch_fold(period, Forecast(period.load + error), case) for error in (0.0, -900.0)
    )
    assert low.violations == 0
    assert low.cost < high.cost
    assert low.deficit < high.deficit


@pytest.mark.slow
def test_run_fold__dispatches_where_the_objective_asks(
    configure: Callable[..., TuneConfig],
) -> None:
    config = configure("study.objective=both", "trainer.epochs=1", "model.units=4", "cv.folds=1")
    workspace = build_workspace(load_table(config.data), config)
    task = FoldTask(0, 0, 0, workspace.fixed, workspace.ladder.whole.fidelity)
    result = run_fold(workspace, task)
    assert result.dispatch is not None
    assert result.dispatch.cost > 0
    assert 0 <= result.dispatch.deficit < 1
