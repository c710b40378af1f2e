"""The sweep against the loop one would write, on the SE load (2019-03 to 2020; scored on 2021)."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import optuna
import pandas as pd
from settings import configured

from hpo_exp.data.load import load_table
from hpo_exp.data.table import TARGET

HERE = Path(__file__).parent
FIRST = {"time_steps": 24, "units": 50, "learning_rate": 1e-3}  # what `conf/` tries first
GIVEN = [
    FIRST,
    {"time_steps": 48, "units": 50, "learning_rate": 1e-3},
    {"time_steps": 24, "units": 32, "learning_rate": 2e-3},
    {"time_steps": 48, "units": 32, "learning_rate": 2e-3},
    {"time_steps": 24, "units": 64, "learning_rate": 5e-4},
    {"time_steps": 48, "units": 64, "learning_rate": 5e-4},
]
# The naive loop's network: ten features for its seven, one dense layer of one unit.
SAME_NETWORK = [
    "model.dense_units=0",
    "features.calendar=[hour,weekday]",
    "features.past_lags=[24,168]",
    "features.ahead_lags=[]",
    "features.reference=none",
]
DATA = [
    "data=ons",
    "data.subsystem=SE",
    "data.start=2019-03-01T00:00",
    "data.end=2021-12-31T23:00",
    "cv.test_start=2021-01-01T00:00",
    "cv.test_end=2021-12-31T23:00",
    "study.finalists=1",
    "study.finalist_seeds=1",
]
SAME_TRIALS = [
    "study.trials=6",
    "cv.folds=3",
    "trainer.epochs=3",
    "trainer.batch_size=32",
    "trainer.patience=0",
    "trainer.schedule=constant",
    "trainer.tail=0.01",
    "fidelity=whole",
    "study.pruner=none",
]
PRUNED = [
    "study.trials=12",
    "cv.folds=4",
    "trainer.epochs=4",
    "trainer.batch_size=64",
    "cv=sliding",  # folds of one length: a winner is refitted on everything anyway
    "fidelity.rungs=[{folds: 1, epochs: 2}, {folds: 2}]",
    "study.pruner=percentile",
    "+study.pruner_options={percentile: 33, n_startup_trials: 3}",
]


def measure_same_trials(data: Path) -> dict[str, Any]:
    """Time the same 6 trials in both loops; ours again with what it compiled on disk.

    Args:
        data: folder of the publishers' raw files.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _given_study(folder)
        naive = _naive(folder, data, trials=6, folds=3, epochs=3, given=GIVEN, seeds=0)
        warm = f"study.warm_start={{study: given, storage: sqlite:///{folder}/given.db, trials: 5}}"
        same = [*SAME_TRIALS, *SAME_NETWORK, warm]
        ours, cached = (_ours(folder, data, same, name, seeds=0) for name in ("same", "cached"))
    return {
        "naive_same_trials_seconds": naive["seconds"],
        "same_trials_seconds": ours["seconds"],
        "same_trials_ratio": naive["seconds"] / ours["seconds"],
        "same_trials_cached_seconds": cached["seconds"],
        "same_trials_cached_ratio": naive["seconds"] / cached["seconds"],
    }


def measure_search(data: Path) -> dict[str, Any]:
    """Time the same search of 12 trials, ours with losers stopped early.

    Args:
        data: folder of the publishers' raw files.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        naive = _naive(folder, data, trials=12, folds=4, epochs=4, given=[FIRST], seeds=3)
        ours = _ours(folder, data, PRUNED, "pruned", seeds=3)
    return {
        "naive_seconds": naive["seconds"],
        "pruned_seconds": ours["seconds"],
        "pruned_ratio": naive["seconds"] / ours["seconds"],
        "naive_rmse": naive["rmse"],
        "pruned_rmse": ours["rmse"],
    }


def _raw_table(data: Path, folder: Path) -> Path:
    """Write what both loops learn from, its gaps interpolated, for the naive one."""
    config = configured(*DATA, f"data.root={data}", "study.name=table")
    frame = load_table(config.data).frame
    chosen = frame[[TARGET, "TEMP_BULB_SECO"]].set_axis(["load", "temperature"], axis=1)
    path = folder / "table.parquet"
    pd.DataFrame(chosen.interpolate(limit_direction="both")).to_parquet(path)
    return path


def _given_study(folder: Path) -> None:
    """Write a study whose trials are the given ones, for ours to start from."""
    study = optuna.create_study(study_name="given", storage=f"sqlite:///{folder}/given.db")
    distributions = {
        "time_steps": optuna.distributions.CategoricalDistribution([24, 48]),
        "units": optuna.distributions.CategoricalDistribution([32, 50, 64, 100, 128]),
        "learning_rate": optuna.distributions.FloatDistribution(1e-4, 1e-2, log=True),
    }
    for rank, params in enumerate(GIVEN[1:]):
        study.add_trial(
            optuna.trial.create_trial(params=params, distributions=distributions, value=float(rank))
        )


def _naive(folder: Path, data: Path, **settings: object) -> dict[str, Any]:
    table = _raw_table(data, folder)
    return _run("naive_loop.py", folder, {"data": str(table), **settings})


def _ours(folder: Path, data: Path, overrides: list[str], name: str, seeds: int) -> dict[str, Any]:
    here = [f"data.root={data}", f"outputs={folder}/outputs", f"study.name={name}"]
    return _run("our_search.py", folder, {"overrides": [*DATA, *here, *overrides], "seeds": seeds})


def _run(script: str, folder: Path, settings: dict[str, Any]) -> dict[str, Any]:
    """Run a loop in a process of its own and return its answer."""
    asked, answered = folder / "asked.json", folder / "answered.json"
    asked.write_text(json.dumps(settings))
    subprocess.run([sys.executable, str(HERE / script), str(asked), str(answered)], check=True)
    answer: dict[str, Any] = json.loads(answered.read_text())
    print(script, json.dumps(answer), flush=True)
    return answer
