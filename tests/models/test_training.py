import math
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest

from hpo_exp.config import TrainerConfig, TuneConfig
from hpo_exp.data.table import TARGET
from hpo_exp.errors import DataError
from hpo_exp.features.inputs import Inputs, build_inputs
from hpo_exp.features.windows import actual_load, feature_matrix, reference_load
from hpo_exp.models.hyperparameters import Hyperparameters
from hpo_exp.models.network import PREDICT_BATCH, network_inputs
from hpo_exp.models.training import (
    Fit,
    TrainingDivergedError,
    fit,
    fit_for_epochs,
    fit_with_early_stopping,
)
from hpo_exp.models.training_set import TrainingSet, prepare
from hpo_exp.tuning.workspace import Workspace, build_workspace
from hpo_exp.validation.metrics import rmse
from tests.builders import make_config, plain_data, plain_features, simulate

HORIZON = 3


def trainer(**changes: object) -> TrainerConfig:
    values = {"epochs": 3, "patience": 0, "tail": 0.2, **changes}
    return make_config().trainer.model_copy(update=values)


def make_inputs(horizon: int = HORIZON) -> Inputs:
    return build_inputs(simulate(400), plain_data(), plain_features(horizon=horizon))


def make_set(issues: np.ndarray | None = None, **changes: object) -> TrainingSet:
    """Prepare a small training set of rows 200 to 350."""
    inputs = make_inputs()
    small = {"time_steps": 4, "units": 3, "dense_units": 3, "batch_size": 16}
    fixed = Hyperparameters.from_config(make_config()).with_values(small, "test")
    fixed = replace(fixed, **({"schedule": "constant"} | changes))  # type: ignore[arg-type]  # any of them, in range or not
    chosen = np.arange(200, 348) if issues is None else issues
    return prepare(inputs, feature_matrix(inputs), slice(0, 350), chosen, fixed)


def stop_early(prepared: TrainingSet, settings: TrainerConfig, seed: int) -> Fit:
    return fit_with_early_stopping(prepared, settings, settings.epochs, seed)


def weights(fit: Fit) -> np.ndarray:
    return np.concatenate([values.ravel() for values in fit.engines[0].network().get_weights()])


# ------------------------------------------------------------------------------ what is trained on


def test_prepare__scales_by_training_rows_alone() -> None:
    prepared = make_set()
    inputs, scaling = prepared.inputs, prepared.scaling
    rows = feature_matrix(inputs)[:350]
    np.testing.assert_array_equal(scaling.mean, np.nanmean(rows, axis=0))
    np.testing.assert_allclose(scaling.std, np.nanstd(rows, axis=0))
    reference = reference_load(inputs, "last_hour", prepared.issues)
    change = actual_load(inputs, prepared.issues) - reference
    np.testing.assert_allclose(scaling.target_mean, change.mean(axis=0))
    scaled = prepared.targets[prepared.issues] * scaling.target_std + scaling.target_mean
    np.testing.assert_allclose(scaled, change, rtol=1e-4, atol=1e-2)


def test_network_inputs__leave_out_what_is_not_known_ahead() -> None:
    features = plain_features(calendar=[], ahead_lags=[])
    inputs = build_inputs(simulate(400), plain_data(), features)
    fixed = make_set().hyperparameters
    issues = np.arange(200, 300)
    prepared = prepare(inputs, feature_matrix(inputs), slice(0, 350), issues, fixed)
    assert set(network_inputs(prepared.windows, issues)) == {"past"}
    assert set(network_inputs(make_set().windows, issues)) == {"past", "ahead"}


# ------------------------------------------------------------------------------------- how it ends


@pytest.mark.slow
def test_fit_with_early_stopping__is_reproducible_and_seeds_differ() -> None:
    prepared = make_set(dropout=0.2)
    one, same, other = (stop_early(prepared, trainer(), seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(weights(one), weights(same))
    assert one.tail_rmse == same.tail_rmse
    assert not np.array_equal(weights(one), weights(other))
    issues = np.arange(350, 390)
    np.testing.assert_array_equal(one.forecast(issues), same.forecast(issues))


@pytest.mark.slow
@pytest.mark.parametrize("rate", [0.01, 1.0])
def test_fit_with_early_stopping__keeps_the_best_epoch(rate: float) -> None:
    # At a rate of 1 the tail gets worse and better from epoch to epoch.
    prepared = make_set(learning_rate=rate)
    fit = stop_early(prepared, trainer(epochs=6), seed=3)
    tail = prepared.issues[-math.ceil(0.2 * len(prepared.issues)) :]
    error = rmse(actual_load(prepared.inputs, tail), fit.forecast(tail))
    assert len(fit.tail_rmse) == 6
    assert fit.epochs == 1 + int(np.argmin(fit.tail_rmse))
    assert error == pytest.approx(min(fit.tail_rmse), rel=1e-12)


@pytest.mark.slow
def test_fit_with_early_stopping__stops_when_patience_ends() -> None:
    prepared = make_set(learning_rate=1.0)
    long = stop_early(prepared, trainer(epochs=12), seed=3)
    for patience in (1, 2):
        fit = stop_early(prepared, trainer(epochs=12, patience=patience), seed=3)
        best, expected = 0, 12
        for epoch, error in enumerate(long.tail_rmse):
            best = epoch if error < long.tail_rmse[best] else best
            if epoch - best == patience:
                expected = epoch + 1
                break
        assert expected < 12  # or the example shows nothing
        assert fit.tail_rmse == long.tail_rmse[:expected]
        assert fit.epochs == best + 1


@pytest.mark.slow
@pytest.mark.parametrize("tail", [0.1, 0.4])
def test_fit_with_early_stopping__does_not_learn_from_the_tail(tail: float) -> None:
    # Issues that are not in a row, as around gaps: the tail is a share of them.
    issues = np.concatenate([np.arange(200, 260), np.arange(270, 290), np.arange(310, 348)])
    prepared = make_set(issues)
    tail_start = issues[-math.ceil(tail * len(issues))]
    reaching = np.arange(401)[:, None] + np.arange(HORIZON) >= tail_start
    actual = prepared.inputs.actual.copy()
    actual[tail_start:] += 7_000
    load = replace(prepared.inputs.series[TARGET], actual=actual)
    spoilt = replace(
        prepared,
        inputs=replace(prepared.inputs, series={TARGET: load}),
        targets=np.where(reaching, np.float32(50), prepared.targets),
    )
    # One epoch: the tail decides which epoch is kept, but not what an epoch leads to.
    one, other = (
        stop_early(each, trainer(epochs=1, tail=tail), seed=1) for each in (prepared, spoilt)
    )
    np.testing.assert_array_equal(weights(one), weights(other))
    assert one.tail_rmse != other.tail_rmse


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of what overflows
@pytest.mark.parametrize("rate", [1e15, 1e38])
def test_fit_with_early_stopping__says_when_training_diverged(rate: float) -> None:
    prepared = make_set(learning_rate=rate, reference="none")
    with pytest.raises(TrainingDivergedError, match="epoch"):
        stop_early(prepared, trainer(epochs=8), seed=1)


@pytest.mark.slow
def test_fit_for_epochs__trains_on_all_windows_for_the_epochs_of_the_schedule() -> None:
    prepared, settings = make_set(schedule="cosine"), trainer(epochs=4)
    one, two, again = (fit_for_epochs(prepared, settings, epochs, seed=1) for epochs in (1, 2, 2))
    assert (one.epochs, two.epochs, two.tail_rmse) == (1, 2, ())
    assert not np.array_equal(weights(one), weights(two))
    np.testing.assert_array_equal(weights(two), weights(again))
    last = replace(prepared, targets=np.where(np.arange(401)[:, None] < 340, prepared.targets, 9))
    assert not np.array_equal(weights(fit_for_epochs(last, settings, 1, seed=1)), weights(one))


@pytest.mark.slow
def test_fit__without_a_tail_trains_all_epochs_on_everything() -> None:
    # Patience has nothing to go by, and the schedule ends with the epochs that are trained.
    prepared, settings = make_set(schedule="cosine"), trainer(tail=0, epochs=4, patience=1)
    found = fit(prepared, settings, epochs=2, seed=1)
    two = settings.model_copy(update={"epochs": 2})
    expected = fit_for_epochs(prepared, two, epochs=2, seed=1)
    np.testing.assert_array_equal(weights(found), weights(expected))
    assert (found.epochs, found.tail_rmse) == (2, ())
    longer = fit_for_epochs(prepared, settings, epochs=2, seed=1)
    assert not np.array_equal(weights(found), weights(longer))
    assert len(fit(prepared, trainer(), epochs=2, seed=1).tail_rmse) == 2


@pytest.mark.slow
def test_fit__learns_what_can_be_learnt() -> None:
    prepared = make_set(units=16, dense_units=16, learning_rate=0.01, schedule="cosine")
    fit = stop_early(prepared, trainer(epochs=15), seed=1)
    issues = np.arange(350, 397)
    actual = actual_load(prepared.inputs, issues)
    naive = rmse(actual, reference_load(prepared.inputs, "last_hour", issues))
    assert rmse(actual, fit.forecast(issues)) < naive / 1.5


@pytest.mark.slow
def test_forecast__does_not_depend_on_what_is_forecast_beside_it() -> None:
    fit = fit_for_epochs(make_set(), trainer(), epochs=1, seed=1)
    issues = np.resize(np.arange(200, 397), PREDICT_BATCH + 5)  # more than one batch
    together = fit.forecast(issues)
    assert together.shape == (PREDICT_BATCH + 5, HORIZON)
    np.testing.assert_array_equal(together[-5:], fit.forecast(issues[-5:]))
    np.testing.assert_array_equal(together[:1], fit.forecast(issues[:1]))


@pytest.mark.slow
@pytest.mark.parametrize("horizon", [24, 48])
def test_fit_with_early_stopping__can_train_on_the_shortest_fold_that_is_accepted(
    horizon: int,
) -> None:
    # Windows whose targets reach into the tail are left out: of few windows, that may be all.
    config = make_config(
        f"features.horizon={horizon}",
        "features.ahead_lags=[]",
        "cv.folds=1",
        "cv.validation_hours=24",
        "cv.test_start=2022-02-25T00:00",
        "cv.test_end=2022-02-25T23:00",
        "model.units=2",
    )
    workspace = shortest_workspace(config)
    fold = workspace.folds[0]
    prepared = prepare(
        workspace.inputs,
        workspace.matrix,
        slice(fold.train_start, fold.train_stop),
        workspace.training_issues(fold),
        workspace.fixed,
    )
    assert stop_early(prepared, trainer(epochs=1, tail=0.1), seed=1).epochs == 1


def shortest_workspace(config: TuneConfig) -> Workspace:
    """Leave out as much of the load as the folds allow."""
    shortest = build_workspace(simulate(500), config)
    with suppress(DataError):
        for known in range(2, 432):
            table = simulate(500, gaps=[(TARGET, 1, known)])
            shortest = build_workspace(table, config)
    return shortest
