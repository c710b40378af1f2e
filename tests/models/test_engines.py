from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from hpo_exp.features.inputs import build_inputs
from hpo_exp.features.windows import feature_matrix
from hpo_exp.models.engines import Engine
from hpo_exp.models.hyperparameters import Hyperparameters
from hpo_exp.models.jax_engine import JaxEngine, _table, cut_inputs
from hpo_exp.models.keras_engine import KerasEngine, _Batches
from hpo_exp.models.network import network_inputs
from hpo_exp.models.training_set import TrainingSet, prepare
from tests.builders import TEMPERATURE, make_config, plain_data, plain_features, simulate, with_runs

ENGINES = (JaxEngine, KerasEngine)
ISSUES = np.arange(200, 348)


def make_set(changes: Any = None, **features: Any) -> TrainingSet:
    inputs = build_inputs(
        with_runs(simulate(400)), plain_data(), plain_features(horizon=3, **features)
    )
    small = {"time_steps": 4, "units": 3, "dense_units": 3, "learning_rate": 0.01}
    fixed = Hyperparameters.from_config(make_config()).with_values(small | (changes or {}), "test")
    return prepare(inputs, feature_matrix(inputs), slice(0, 350), ISSUES, fixed)


def epoch(engine: Engine, seed: int) -> None:
    engine.train_epoch(np.random.default_rng(seed).permutation(ISSUES), learning_rate=0.02)


FORESEEN = {"weather_forecasts": [TEMPERATURE]}


@pytest.mark.parametrize(
    "features",
    [
        {},
        {"calendar": [], "ahead_lags": []},
        FORESEEN,
        {"calendar": [], "ahead_lags": [], **FORESEEN},
    ],
)
def test_cut_inputs__are_the_windows_of_the_table(features: dict[str, object]) -> None:
    prepared = make_set(**features)
    table = _table(prepared)
    compiled = cut_inputs(table, jnp.asarray(ISSUES), time_steps=4)
    expected = network_inputs(prepared.windows, ISSUES)
    assert compiled.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_array_equal(compiled[name], values)
        assert np.isfinite(values).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"loss": "huber", "half_life_days": 2.0, "level": "window", "linear": "hourly"},
        {"loss": "quantile", "quantile": 0.8},
    ],
)
def test_engines__train_alike(changes: dict[str, object]) -> None:
    # Keras's own loop is the judge of the compiled one: same batches, same optimiser, same sums.
    one, other = JaxEngine(make_set(changes), 16, 1), KerasEngine(make_set(changes), 16, 1)
    np.testing.assert_allclose(one.predict(ISSUES), other.predict(ISSUES), atol=1e-6)
    for number in range(3):
        epoch(one, number)
        epoch(other, number)
    np.testing.assert_allclose(one.predict(ISSUES), other.predict(ISSUES), rtol=1e-3, atol=1e-4)
    for mine, theirs in zip(one.weights(), other.weights(), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-4)


@pytest.mark.slow
def test_quantile_loss__forecasts_what_so_many_hours_stay_below() -> None:
    covered = {}
    for quantile in (0.1, 0.9):  # one program for both: the level is an argument
        prepared = make_set({"loss": "quantile", "quantile": quantile})
        engine = JaxEngine(prepared, 16, 1)
        for number in range(30):
            epoch(engine, number)
        covered[quantile] = float((prepared.targets[ISSUES] < engine.predict(ISSUES)).mean())
    assert covered[0.1] < 0.25
    assert covered[0.9] > 0.75


@pytest.mark.slow
@pytest.mark.parametrize("kind", ENGINES)
def test_engine__goes_back_to_weights_it_had(kind: type[Engine]) -> None:
    engine = kind(make_set(), batch_size=16, seed=1)  # type: ignore[call-arg]  # both take these
    epoch(engine, 0)
    kept, then = engine.weights(), engine.predict(ISSUES)
    epoch(engine, 1)
    assert not np.array_equal(engine.predict(ISSUES), then)
    engine.restore(kept)
    np.testing.assert_array_equal(engine.predict(ISSUES), then)
    for mine, theirs in zip(engine.network().get_weights(), kept, strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.slow
@pytest.mark.parametrize("reading", ["train_epoch", "predict"])
def test_jax_engine__never_wraps_around_to_the_tables_end(reading: str) -> None:
    engine = JaxEngine(make_set(), batch_size=16, seed=1)
    rows = np.array([3, *ISSUES])  # a window of 4 rows
    with pytest.raises(IndexError, match="before the table begins"):
        engine.predict(rows) if reading == "predict" else engine.train_epoch(rows, 0.01)


@pytest.mark.parametrize(("windows", "batch_size"), [(148, 16), (148, 148), (10, 1), (33, 32)])
def test_batches__are_whole_and_hold_each_window_at_most_once(
    windows: int, batch_size: int
) -> None:
    prepared = make_set()
    order = np.random.default_rng(0).permutation(ISSUES[:windows])
    batches = _Batches(prepared, order, batch_size)
    seen = []
    for number in range(len(batches)):
        inputs, targets, weights = batches[number]
        chosen = order[number * batch_size : (number + 1) * batch_size]
        assert inputs["past"].shape == (batch_size, 4, prepared.windows.matrix.shape[1])
        np.testing.assert_array_equal(inputs["past"], prepared.windows.past(chosen))
        np.testing.assert_array_equal(targets, prepared.targets[chosen])
        np.testing.assert_array_equal(weights, prepared.weights[chosen])
        seen += chosen.tolist()
    assert len(seen) == len(set(seen)) == windows // batch_size * batch_size
