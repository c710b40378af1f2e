"""The loop one would write: `study.optimize`, stock Keras on TensorFlow, windows in memory.

`python naive_loop.py CONFIG OUTPUT` reads {data, folds, epochs, trials, given, seeds} as JSON and
writes {seconds, rmse, params}. It is told apart from our own code on purpose: it shares with it
the raw table alone. Search and refit use hours before 2021, the score is that of 2021.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import optuna
import pandas as pd
from sklearn.model_selection import TimeSeriesSplit

BATCH_SIZE = 32
SCORED_FROM, SCORED_TO = "2021-01-01", "2022-01-01"

Params = dict[str, Any]


def read_features(path: Path) -> tuple[pd.DataFrame, np.ndarray]:
    """Load and seven features of each hour, the latter float32, shape (hours, 7)."""
    table = pd.read_parquet(path)
    index = pd.DatetimeIndex(table.index)
    load, hour = table["load"], index.hour
    columns: list[Any] = [
        load,
        table["temperature"],
        np.sin(2 * np.pi * hour / 24),
        np.cos(2 * np.pi * hour / 24),
        index.day_of_week,
        load.shift(24).bfill(),
        load.shift(168).bfill(),
    ]
    return table, np.column_stack(columns).astype(np.float32)


class Loop:
    """One search over a scaled table."""

    def __init__(self, settings: dict[str, Any]) -> None:
        table, features = read_features(Path(settings["data"]))
        self.settings = settings
        self.end = int((table.index < SCORED_FROM).sum())
        self.last = int((table.index < SCORED_TO).sum())
        mean, std = features[: self.end].mean(axis=0), features[: self.end].std(axis=0)
        self.scaled, self.unit = (features - mean) / std, float(std[0])

    def cut(self, time_steps: int, start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
        """Windows and the load of the hour after each, for target rows `start` to `stop`."""
        rows = range(max(start, time_steps), stop)
        windows = np.stack([self.scaled[row - time_steps : row] for row in rows])
        return windows, self.scaled[rows.start : rows.stop, 0]

    def train(self, params: Params, start: int, stop: int) -> keras.Model:
        """Train a network on target rows `start` to `stop`."""
        network = keras.Sequential(
            [
                keras.Input((params["time_steps"], self.scaled.shape[1])),
                keras.layers.LSTM(params["units"]),
                keras.layers.Dense(1),
            ]
        )
        network.compile(keras.optimizers.Adam(params["learning_rate"]), "mse")
        windows, targets = self.cut(params["time_steps"], start, stop)
        epochs = self.settings["epochs"]
        network.fit(windows, targets, epochs=epochs, batch_size=BATCH_SIZE, verbose=0)
        return network

    def score(self, network: keras.Model, params: Params, start: int, stop: int) -> float:
        """RMSE (MW) over target rows `start` to `stop`."""
        windows, targets = self.cut(params["time_steps"], start, stop)
        forecast = network.predict(windows, batch_size=1024, verbose=0)[:, 0]
        return float(np.sqrt(np.mean((forecast - targets) ** 2))) * self.unit

    def objective(self, trial: optuna.Trial) -> float:
        """Mean RMSE (MW) of a trial over its folds."""
        params = {
            "time_steps": trial.suggest_categorical("time_steps", [24, 48]),
            "units": trial.suggest_categorical("units", [32, 50, 64, 100, 128]),
            "learning_rate": trial.suggest_float("learning_rate", 1e-4, 1e-2, log=True),
        }
        errors = []
        for train, held_out in TimeSeriesSplit(self.settings["folds"]).split(
            self.scaled[: self.end]
        ):
            network = self.train(params, train[0], train[-1] + 1)
            errors.append(self.score(network, params, held_out[0], held_out[-1] + 1))
        return float(np.mean(errors))

    def search(self) -> tuple[float, Params]:
        """Run the study; its seconds and its best parameters."""
        started = time.monotonic()
        study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=0))
        for params in self.settings["given"]:
            study.enqueue_trial(params)
        study.optimize(self.objective, n_trials=self.settings["trials"])
        return time.monotonic() - started, study.best_params

    def refitted_rmse(self, params: Params) -> float:
        """RMSE (MW) on the scored year, mean over seeds."""
        errors = []
        for seed in range(self.settings["seeds"]):
            keras.utils.set_random_seed(seed)
            network = self.train(params, 0, self.end)
            errors.append(self.score(network, params, self.end, self.last))
        return float(np.mean(errors))


if __name__ == "__main__":
    loop = Loop(json.loads(Path(sys.argv[1]).read_text()))
    seconds, best = loop.search()
    rmse = loop.refitted_rmse(best) if loop.settings["seeds"] else None
    answer = {"seconds": seconds, "rmse": rmse, "params": best}
    Path(sys.argv[2]).write_text(json.dumps(answer))
