"""One fit of LSTM(50), 24 steps, 8 features, batch 64: says when it is warm, waits, and trains.

It answers with the operations of the fit, 3 * 2 * N * T * (F + U) * 4U for N windows seen: a
multiply and an add for each weight and step, once forward and twice backward.
"""

import sys

from hpo_exp.models.backend import select_backend

select_backend("jax", None)

import numpy as np  # noqa: E402 - after the backend
import pandas as pd  # noqa: E402 - likewise

from hpo_exp.features.inputs import Inputs  # noqa: E402 - likewise
from hpo_exp.models.hyperparameters import Hyperparameters  # noqa: E402 - likewise
from hpo_exp.models.jax_engine import JaxEngine  # noqa: E402 - likewise
from hpo_exp.models.training_set import TrainingSet, prepare  # noqa: E402 - likewise

UNITS, TIME_STEPS, FEATURES, BATCH_SIZE = 50, 24, 8, 64
ROWS, EPOCHS = 20_000, 10


def main() -> None:
    """Warm up, wait for a line, fit, answer."""
    rng = np.random.default_rng(0)
    past = rng.standard_normal((ROWS, FEATURES))
    inputs = Inputs(
        index=pd.date_range("2020-01-01", periods=ROWS, freq="h"),
        actual=past[:, 0],
        load=past[:, 0],
        past=past,
        calendar=np.zeros((ROWS + 1, 0)),
        past_names=tuple(f"feature_{number}" for number in range(FEATURES)),
        calendar_names=(),
        age=np.zeros(ROWS),
        load_age=np.zeros(ROWS),
        lags=(),
        delay=0,
        horizon=1,
        absent=(),
    )
    hyperparameters = Hyperparameters(
        time_steps=TIME_STEPS, units=UNITS, layers=1, dense_units=0, dropout=0.0,
        learning_rate=1e-3, batch_size=BATCH_SIZE, reference="none",
    )  # fmt: skip
    issues = np.arange(TIME_STEPS, ROWS)
    training_set = prepare(inputs, past, slice(0, ROWS), issues, hyperparameters)
    _fit(training_set, issues, epochs=1)
    print("warm", flush=True)
    sys.stdin.readline()
    print(_fit(training_set, issues, EPOCHS), flush=True)


def _fit(training_set: TrainingSet, issues: np.ndarray, epochs: int) -> float:
    """Train from fresh weights and return the operations it took."""
    engine = JaxEngine(training_set, BATCH_SIZE, seed=0)
    for epoch in range(epochs):
        engine.train_epoch(np.random.default_rng(epoch).permutation(issues), 1e-3)
    engine.predict(issues[:1])  # what was asked for is computed once it is needed
    seen = epochs * (len(issues) // BATCH_SIZE) * BATCH_SIZE
    return 3.0 * 2 * seen * TIME_STEPS * (FEATURES + UNITS) * 4 * UNITS


if __name__ == "__main__":
    main()
