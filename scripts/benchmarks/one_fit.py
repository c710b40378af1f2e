"""One fit of LSTM(50), 24 steps, 8 features, batch 64: says when it is warm, waits, and trains.

It answers with the operations of the fit, 3 * 2 * N * T * (F + U) * 4U for N windows seen: a
multiply and an add for each weight and step, once forward and twice backward.
"""

import sys

import numpy as np
import pandas as pd
from settings import configured  # chooses the backend, before anything below imports Keras

from hpo_exp.data.table import TARGET, HourlyTable, Provenance
from hpo_exp.features.inputs import build_inputs
from hpo_exp.features.windows import feature_matrix
from hpo_exp.models.hyperparameters import Hyperparameters
from hpo_exp.models.jax_engine import JaxEngine
from hpo_exp.models.training_set import TrainingSet, prepare

UNITS, TIME_STEPS, FEATURES, BATCH_SIZE = 50, 24, 8, 64
ROWS, EPOCHS = 20_000, 10
COLUMNS = [TARGET, *(f"feature_{number}" for number in range(1, FEATURES))]


def main() -> None:
    """Warm up, wait for a line, fit, answer."""
    config = configured(
        f"features.past=[{','.join(COLUMNS)}]",
        "features.optional=[]",
        "features.calendar=[]",
        "features.ahead_lags=[]",
        "features.reference=none",
        f"model.time_steps={TIME_STEPS}",
        f"model.units={UNITS}",
        "model.dense_units=0",
        f"trainer.batch_size={BATCH_SIZE}",
    )
    values = np.random.default_rng(0).standard_normal((ROWS, FEATURES))
    hours = pd.date_range("2020-01-01", periods=ROWS, freq="h", name="timestamp")
    table = HourlyTable(
        pd.DataFrame(values, index=hours, columns=COLUMNS),
        Provenance("noise", simulated=True, subsystem="", utc_offset_hours=0),
    )
    inputs = build_inputs(table, config.data, config.features)
    issues = np.arange(TIME_STEPS, ROWS)
    hyperparameters = Hyperparameters.from_config(config)
    matrix = feature_matrix(inputs)
    training_set = prepare(inputs, matrix, slice(0, ROWS), issues, hyperparameters)
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
