from collections.abc import Callable

import pytest

from hpo_exp.errors import ConfigError
from hpo_exp.tuning.objective import FoldDispatch, Objective, constraints
from hpo_exp.tuning.trial import FoldResult, FoldTask
from tests.builders import make_config
from tests.dispatch.cases import rich_case
from tests.tuning.bench import Analytic, Bench, valley

Build = Callable[..., Bench]

BOTH = Objective(("rmse_mw", "dispatch_cost"), ("MW", "R$/h"), slack=0.05)
PRICED = ("dispatch=se",)


class Dispatching(Analytic):
    """Runs an expression for the dispatch too: the cheapest network is the smallest one."""

    def __call__(self, task: FoldTask) -> FoldResult:
        result = super().__call__(task)
        units = task.hyperparameters.units
        dispatch = FoldDispatch(cost=1_000.0 + units, deficit=0.0, violations=0.01 * (units > 90))
        return FoldResult(task, result.rmse, result.epochs, result.seconds, dispatch)


def test_order__of_one_metric_is_its_order() -> None:
    single = Objective(("dispatch_cost",), ("R$/h",), slack=0.05)
    assert single.order([(3.0,), (1.0,), (2.0,)]) == [1, 2, 0]


def test_order__of_two_takes_the_cheapest_dispatch_near_the_smallest_error() -> None:
    values = [(100.0, 9.0), (104.0, 7.0), (105.1, 1.0), (200.0, 0.5)]
    assert BOTH.order(values) == [1, 0, 2, 3]


def test_values__are_means_over_folds() -> None:
    folds = [{"rmse": 1.0, "cost": 10.0}, {"rmse": 2.0, "cost": 30.0}]
    assert BOTH.values(folds) == (1.5, 20.0)


def test_constraints__say_by_how_much_a_trial_breaks_them() -> None:
    folds = [{"cost": 1.0, "deficit": 0.0, "violations": 0.25}] * 2
    assert constraints(folds, rich_case()) == {}
    case = rich_case(tolerated_deficit=0.5, tolerated_violations=0.125)
    assert constraints(folds, case) == {"deficit": -0.5, "violations": 0.125}
    assert constraints([{"rmse": 1.0}], case) == {}


@pytest.mark.slow
def test_both__is_a_front_in_optuna_whose_winner_keeps_the_constraints(bench: Build) -> None:
    mine = bench(*PRICED, "study.objective=both", "study.trials=6", "study.rmse_slack=1000")
    run = Dispatching(valley)
    mine.sweep(run)
    study = mine.study()
    assert study.metric_names == ["rmse_mw", "dispatch_cost"]
    assert [trial.state.name for trial in study.trials] == ["COMPLETE"] * 6
    kept = [t for t in study.trials if t.params.get("units", 0) <= 90]
    assert {t.number for t in study.best_trials} <= {t.number for t in kept}
    assert all(t.constraints["violations"] > 0 for t in study.trials if t not in kept)
    winner = mine.select(run)
    assert winner.hyperparameters.units == min(t.params["units"] for t in kept)
    assert winner.mean_values[1] == pytest.approx(1_000 + winner.hyperparameters.units)


def test_dispatch_cost__is_what_trials_are_pruned_and_chosen_by(bench: Build) -> None:
    mine = bench(*PRICED, "study.objective=dispatch_cost", "study.trials=6")
    run = Dispatching(valley)
    mine.sweep(run)
    study = mine.study()
    assert study.metric_names == ["dispatch_cost"]
    for trial in study.trials:
        values = set(trial.intermediate_values.values())
        assert values == {1_000.0 + trial.params["units"]}


def test_config__refuses_a_dispatch_objective_without_a_case() -> None:
    with pytest.raises(ConfigError, match="needs a dispatch case"):
        make_config("study.objective=dispatch_cost", "dispatch=none")
    with pytest.raises(ConfigError, match="takes one objective"):
        make_config("study.objective=both", "study.sampler=cmaes")
