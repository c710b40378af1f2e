"""The future is replaced by nonsense, and neither training nor forecasts may move by a bit.

`poison` spoils all columns from a row on, `hide` what is not published at an issue time.
"""

import math
from dataclasses import dataclass
from itertools import product

import numpy as np
import pytest

from hpo_exp.config import TuneConfig
from hpo_exp.data.table import TARGET, HourlyTable
from hpo_exp.features.windows import Reference
from hpo_exp.models.baselines import Problem
from hpo_exp.models.hyperparameters import Hyperparameters
from hpo_exp.models.network import network_inputs
from hpo_exp.models.training import Fit, fit_for_epochs, fit_with_early_stopping
from hpo_exp.models.training_set import TrainingSet, prepare
from hpo_exp.tuning.workspace import Workspace, build_workspace
from hpo_exp.validation.folds import Split
from tests.leaks import POISONS, configure, hide, poison
from tests.models.every_baseline import NAMES, forecast_all

REFERENCES: tuple[Reference, ...] = ("none", "last_hour", "day", "week")


def splits(workspace: Workspace) -> list[Split]:
    return [*workspace.folds, workspace.test]


def training_set(workspace: Workspace, split: Split, fixed: Hyperparameters) -> TrainingSet:
    """Prepare a split as a trial does."""
    return prepare(
        workspace.inputs,
        workspace.matrix,
        slice(split.train_start, split.train_stop),
        workspace.training_issues(split),
        fixed,
    )


def contents(prepared: TrainingSet) -> dict[str, np.ndarray]:
    """Collect all that training reads."""
    scaling, linear = prepared.scaling, prepared.linear
    assert linear is not None  # or the example does not cover it
    return {
        "issues": prepared.issues,
        "linear": linear.coefficients,
        "weights": prepared.weights[prepared.issues],
        "targets": prepared.targets[prepared.issues],
        "mean": scaling.mean,
        "std": scaling.std,
        "target": np.array([scaling.target_mean, scaling.target_std]),
        **network_inputs(prepared.windows, prepared.issues),
    }


def assert_same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> None:
    for name, values in one.items():
        np.testing.assert_array_equal(values, other[name], err_msg=name)
        assert np.isfinite(values).all(), name


def assert_same_training(clean: Workspace, spoilt: Workspace, position: int) -> None:
    split = splits(clean)[position]
    assert splits(spoilt)[position] == split
    for reference in REFERENCES:
        fixed = clean.fixed.with_values({"reference": reference}, "test")
        expected = contents(training_set(clean, split, fixed))
        assert_same(expected, contents(training_set(spoilt, split, fixed)))


def references(*overrides: str) -> tuple[str, ...]:
    """Add a search over all references, so that every one of them has what it reads."""
    return (*overrides, f"+search.reference={{type: categorical, choices: {list(REFERENCES)}}}")


@pytest.mark.slow
@pytest.mark.parametrize("fill", ["last", "day"])
@pytest.mark.parametrize("scheme", ["expanding", "sliding"])
@pytest.mark.parametrize("delay", [0, 2])
@pytest.mark.parametrize("horizon", [1, 5])
def test_training_set__does_not_see_what_comes_after_the_training_part(
    horizon: int, delay: int, scheme: str, fill: str
) -> None:
    overrides = references(f"data.fill={fill}", f"cv={scheme}")
    table, config = configure(horizon, delay, *overrides)
    clean = build_workspace(table, config)
    for position, value in product(range(len(splits(clean))), POISONS):
        stop = splits(clean)[position].train_stop
        spoilt = build_workspace(poison(table, stop, value), config)
        assert_same_training(clean, spoilt, position)


@pytest.mark.slow
@pytest.mark.parametrize("gap", [0, 7])
@pytest.mark.parametrize("delay", [0, 2, 12])
@pytest.mark.parametrize("horizon", [1, 5])
def test_training_set__does_not_see_what_its_first_forecast_could_not_know(
    horizon: int, delay: int, gap: int
) -> None:
    table, config = configure(horizon, delay, *references(f"cv.gap={gap}"))
    clean = build_workspace(table, config)
    for position, value in product(range(len(splits(clean))), POISONS):
        issue = int(clean.scored_issues(splits(clean)[position])[0])
        spoilt = build_workspace(hide(table, issue, value, config), config)
        assert_same_training(clean, spoilt, position)


@pytest.mark.slow
@pytest.mark.parametrize("change", ["time_steps: 336", "reference: week"])
def test_training_set__of_a_variant_does_not_see_the_test_period(change: str) -> None:
    # A row before the table must not wrap around to its end.
    overrides = ("features.ahead_lags=[]", f"+variants={{other: {{{change}}}}}")
    table, config = configure(1, 0, *overrides)
    clean = build_workspace(table, config)
    other = clean.fixed.with_values(config.variants["other"], "variants.other")
    spoilt = build_workspace(poison(table, clean.test.score_start, 1e9), config)
    assert_same(
        contents(training_set(clean, clean.test, other)),
        contents(training_set(spoilt, spoilt.test, other)),
    )


@dataclass(frozen=True)
class Spoilt:
    """The same experiment three times: as it is, and with two spoilt futures.

    Attributes:
        clean: as it is.
        early, late: spoilt is what is not published at the first scored issue row, `first`, and
            at `issue`, which lies among the scored ones.
    """

    clean: Workspace
    early: Workspace
    late: Workspace
    split: Split
    first: int
    issue: int


def spoil(table: HourlyTable, config: TuneConfig, position: int) -> Spoilt:
    clean = build_workspace(table, config)
    split = splits(clean)[position]
    first, issue = int(clean.scored_issues(split)[0]), split.score_start + 30
    return Spoilt(
        clean=clean,
        early=build_workspace(hide(table, first, math.nan, config), config),
        late=build_workspace(hide(table, issue, 1e9, config), config),
        split=split,
        first=first,
        issue=issue,
    )


def assert_same_fit(one: Fit, other: Fit, issues: np.ndarray, last: int) -> None:
    assert (one.epochs, one.tail_rmse) == (other.epochs, other.tail_rmse)
    for ours, theirs in zip(one.engines[0].weights(), other.engines[0].weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    # Issued together with forecasts that do read nonsense: batches must not mix them.
    known = issues <= last
    np.testing.assert_array_equal(one.forecast(issues)[known], other.forecast(issues)[known])
    assert known.any()
    assert np.isfinite(one.forecast(issues)).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("horizon", "delay", "reference", "fill"),
    [
        (1, 0, "last_hour", "last"),
        (1, 2, "day", "day"),
        (5, 0, "week", "day"),
        (5, 2, "none", "last"),
    ],
)
def test_network__does_not_see_the_future(
    horizon: int, delay: int, reference: str, fill: str
) -> None:
    overrides = f"data.fill={fill}", f"features.reference={reference}", "trainer.patience=0"
    table, config = configure(horizon, delay, *overrides)
    spoilt = spoil(table, config, position=1)
    split, issues = spoilt.split, spoilt.clean.scored_issues(spoilt.split)

    def fit(workspace: Workspace) -> Fit:
        prepared = training_set(workspace, split, workspace.fixed)
        return fit_with_early_stopping(prepared, config.trainer, config.trainer.epochs, seed=1)

    clean = fit(spoilt.clean)
    assert len(clean.tail_rmse) == 2
    assert_same_fit(clean, fit(spoilt.early), issues, spoilt.first)
    assert_same_fit(clean, fit(spoilt.late), issues, spoilt.issue)


@pytest.mark.slow
def test_network__refitted_does_not_see_the_test_period() -> None:
    table, config = configure(5, 2, "features.reference=last_hour")
    spoilt = spoil(table, config, position=-1)
    split, issues = spoilt.split, spoilt.clean.scored_issues(spoilt.split)

    def fit(workspace: Workspace) -> Fit:
        prepared = training_set(workspace, split, workspace.fixed)
        return fit_for_epochs(prepared, config.trainer, epochs=2, seed=1)

    clean = fit(spoilt.clean)
    assert split.name == "test"
    assert_same_fit(clean, fit(spoilt.early), issues, spoilt.first)
    assert_same_fit(clean, fit(spoilt.late), issues, spoilt.issue)


@pytest.mark.parametrize(("horizon", "delay"), [(1, 2), (2, 0)])
def test_baselines__do_not_see_the_future(horizon: int, delay: int) -> None:
    table, config = configure(horizon, delay, "model.time_steps=4", "features.calendar=[hour]")
    spoilt = spoil(table, config, position=0)
    issues = spoilt.clean.scored_issues(spoilt.split)

    def forecast(workspace: Workspace) -> dict[str, np.ndarray]:
        train = workspace.training_issues(spoilt.split)
        scored = np.ones((len(issues), horizon), bool)
        return forecast_all(Problem(workspace.inputs, 4, train, issues, scored, seed=0))

    clean, other = forecast(spoilt.clean), forecast(spoilt.late)
    known = issues <= spoilt.issue
    assert set(clean) == set(NAMES)
    assert_same({n: f[known] for n, f in clean.items()}, {n: f[known] for n, f in other.items()})
    first = forecast(spoilt.early)
    assert_same({n: f[:1] for n, f in clean.items()}, {n: f[:1] for n, f in first.items()})


def test_poison__reaches_what_training_after_it_reads() -> None:
    # Without this, a table that is not poisoned would pass for a model that does not leak.
    table, config = configure(1, 0)
    clean = build_workspace(table, config)
    fold = clean.folds[1]
    spoilt = build_workspace(poison(table, fold.train_stop - 1, 1e9), config)
    expected, found = (
        contents(training_set(workspace, fold, clean.fixed)) for workspace in (clean, spoilt)
    )
    assert not np.array_equal(expected["targets"], found["targets"])
    assert not np.array_equal(expected["mean"], found["mean"])
    assert not np.array_equal(expected["linear"], found["linear"])
    assert TARGET in clean.inputs.past_names
