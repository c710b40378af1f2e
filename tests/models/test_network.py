import keras
import numpy as np
import pytest

from hpo_exp.models.hyperparameters import Hyperparameters
from hpo_exp.models.network import AHEAD, PAST, build_network


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
    }
    return Hyperparameters(**(values | changes))  # type: ignore[arg-type]  # tests change any of them


@pytest.mark.slow
@pytest.mark.parametrize("dense_units", [0, 3])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize(("ahead", "horizon"), [(0, 1), (0, 5), (2, 1), (2, 5)])
def test_network__answers_every_step(
    ahead: int, horizon: int, layers: int, dense_units: int
) -> None:
    network = build_network(shape(layers=layers, dense_units=dense_units), 7, ahead, horizon, seed=0)
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
    network = build_network(shape(dense_units=0), 7, 0, 1, seed=0)
    assert [type(layer).__name__ for layer in network.layers] == ["InputLayer", "LSTM", "Dense"]


def test_network__drops_out_after_each_layer_when_training() -> None:
    network = build_network(shape(layers=2, dropout=0.5), 7, 0, 1, seed=0)
    dropped = [layer for layer in network.layers if isinstance(layer, keras.layers.Dropout)]
    assert [layer.rate for layer in dropped] == [0.5, 0.5]
    batch = {PAST: np.ones((1, 6, 7), np.float32)}
    answers = [float(network.predict_on_batch(batch)[0, 0]) for _ in range(2)]
    assert answers[0] == answers[1]


def test_network__reads_every_input() -> None:
    network = build_network(shape(dense_units=16), 2, 3, 4, seed=0)
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
