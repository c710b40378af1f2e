import keras
import numpy as np
import pytest

from hpo_exp.features.windows import AHEAD, PAST, Layout
from hpo_exp.models.hyperparameters import Hyperparameters
from hpo_exp.models.network import build_network, dropout_states, fresh_weights


def layout(features: int, ahead_features: int, horizon: int) -> Layout:
    return Layout(features, ahead_features, loads=(0,), ahead_loads=(), horizon=horizon, targets=1)


def shape(**changes: object) -> Hyperparameters:
    values = {
        "time_steps": 6,
        "units": 4,
        "layers": 1,
        "dense_units": 3,
        "dropout": 0.0,
        "learning_rate": 0.01,
        "batch_size": 8,
        "reference": "none",
        "level": "none",
        "linear": "none",
        "linear_past": (),
        "linear_penalty": 1.0,
        "schedule": "constant",
        "loss": "squared",
        "quantile": 0.5,
        "half_life_days": None,
    }
    return Hyperparameters(**(values | changes))  # type: ignore[arg-type]  # tests change any of them


@pytest.mark.slow
@pytest.mark.parametrize("dense_units", [0, 3])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize(("ahead", "horizon"), [(0, 1), (0, 5), (2, 1), (2, 5)])
def test_network__answers_every_step(
    ahead: int, horizon: int, layers: int, dense_units: int
) -> None:
    chosen = shape(layers=layers, dense_units=dense_units)
    network = build_network(chosen, layout(7, ahead, horizon))
    inputs = {PAST: np.zeros((3, 6, 7), np.float32)}
    if ahead:
        inputs[AHEAD] = np.zeros((3, horizon, ahead), np.float32)
    assert {tensor.name for tensor in network.inputs} == set(inputs)
    assert {t.name: t.shape[1:] for t in network.inputs} == {
        name: values.shape[1:] for name, values in inputs.items()
    }
    assert network.output_shape == (None, horizon)
    assert network.predict_on_batch(inputs).shape == (3, horizon)
    lstm = [layer for layer in network.layers if isinstance(layer, keras.layers.LSTM)]
    assert [layer.units for layer in lstm] == [4] * layers


def test_network__without_extras_is_the_notebooks() -> None:
    network = build_network(shape(dense_units=0), layout(7, 0, 1))
    assert [type(layer).__name__ for layer in network.layers] == ["InputLayer", "LSTM", "Dense"]


def test_network__drops_out_after_each_layer_when_training() -> None:
    network = build_network(shape(layers=2, dropout=0.5), layout(7, 0, 1))
    dropped = [layer for layer in network.layers if isinstance(layer, keras.layers.Dropout)]
    assert [layer.rate for layer in dropped] == [0.5, 0.5, 0.5]  # two LSTM's, the dense one's
    batch = {PAST: np.ones((1, 6, 7), np.float32)}
    answers = [float(network.predict_on_batch(batch)[0, 0]) for _ in range(2)]
    assert answers[0] == answers[1]


def test_network__reads_every_input() -> None:
    network = build_network(shape(dense_units=16), layout(2, 3, 4))
    network.set_weights(fresh_weights(network, seed=1))
    rng = np.random.default_rng(0)
    sizes = {PAST: (6, 2), AHEAD: (4, 3)}
    places = [(name, place) for name, size in sizes.items() for place in np.ndindex(*size)]
    # One window as it is, then one for each number that is changed.
    batch = {
        name: np.repeat(rng.normal(size=(1, *size)).astype(np.float32), 1 + len(places), axis=0)
        for name, size in sizes.items()
    }
    for row, (name, place) in enumerate(places, start=1):
        batch[name][(row, *place)] += 10
    answers = network.predict_on_batch(batch)
    assert (answers[1:] != answers[0]).any(axis=1).all()


def test_network__reads_a_target_hour_for_its_own_step_alone() -> None:
    network = build_network(shape(dense_units=16), layout(2, 3, 4))
    network.set_weights(fresh_weights(network, seed=1))
    rng = np.random.default_rng(0)
    one = {PAST: rng.normal(size=(1, 6, 2)), AHEAD: rng.normal(size=(1, 4, 3))}
    batch = {name: np.repeat(values, 2, axis=0).astype("float32") for name, values in one.items()}
    batch[AHEAD][1, 2] += 10
    answers = network.predict_on_batch(batch)
    assert (answers[0] != answers[1]).tolist() == [False, False, True, False]


def test_network__against_its_level_does_not_see_how_high_loads_are() -> None:
    columns = Layout(3, ahead_features=2, loads=(1,), ahead_loads=(1,), horizon=4, targets=1)
    network = build_network(shape(dense_units=16, level="window"), columns)
    network.set_weights(fresh_weights(network, seed=1))
    rng = np.random.default_rng(0)
    low = {PAST: rng.normal(size=(5, 6, 3)), AHEAD: rng.normal(size=(5, 4, 2))}
    high = {name: values.copy() for name, values in low.items()}
    for values in high.values():
        values[..., 1] += 2.5
    warmer = low[PAST] + [0.5, 0, 0]
    answers = [
        network.predict_on_batch({name: values.astype("float32") for name, values in batch.items()})
        for batch in (low, high, {**low, PAST: warmer})
    ]
    np.testing.assert_allclose(answers[1], answers[0], atol=1e-5)
    assert not np.allclose(answers[2], answers[0], atol=1e-3)


@pytest.mark.slow
def test_fresh_weights__are_drawn_as_keras_draws_them() -> None:
    network = build_network(shape(units=40, layers=2, dense_units=30), layout(20, 3, 4))
    theirs = [keras.layers.LSTM(40, seed=1), keras.layers.LSTM(40), keras.layers.Dense(30)]
    theirs[0].build((None, 6, 20))
    theirs[1].build((None, 6, 40))
    theirs[2].build((None, 40 + 3))
    expected = [variable.numpy() for layer in theirs for variable in layer.trainable_variables]
    mine = fresh_weights(network, seed=3)
    for ours, keras_own in zip(mine[:7], expected[:7], strict=True):
        assert ours.shape == keras_own.shape
        assert ours.dtype == keras_own.dtype
        assert ours.std() == pytest.approx(keras_own.std(), rel=0.1)
        assert np.abs(ours).max() == pytest.approx(np.abs(keras_own).max(), rel=0.3)
    for recurrent in (mine[1], mine[4]):
        np.testing.assert_allclose(recurrent @ recurrent.T, np.eye(40), atol=1e-5)
    np.testing.assert_array_equal(mine[2], expected[2])  # the forget gate's bias is 1


def test_fresh_weights__are_the_seeds() -> None:
    network = build_network(shape(), layout(7, 0, 1))
    one, same, other = (fresh_weights(network, seed) for seed in (1, 1, 2))
    assert all(map(np.array_equal, one, same))
    assert not np.array_equal(one[0], other[0])


def test_dropout_states__have_the_form_of_keras() -> None:
    network = build_network(shape(layers=2, dropout=0.5), layout(7, 0, 1))
    states = dropout_states(network, seed=5)
    for state, variable in zip(states, network.non_trainable_variables, strict=True):
        assert (state.shape, str(state.dtype)) == (tuple(variable.shape), variable.dtype)
    assert len({state.tobytes() for state in states}) == len(states)
