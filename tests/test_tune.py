"""The real command, from the outside: what it leaves, and what stopping it does."""

import json
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

ROOT = Path(__file__).parents[1]
BASELINES = {"persistence", "seasonal_day", "seasonal_week", "ridge", "gradient_boosting"}
SCORES = {"rmse_mw", "mae_mw", "mape_pct", "mase", "skill"}
JUDGED = {"dm_statistic", "p_value", "rmse_difference_mw", "interval"}

pytestmark = pytest.mark.slow


def command(outputs: Path, overrides: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "hpo_exp.tune", f"outputs={outputs}", *overrides]


def tune(outputs: Path, *overrides: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(outputs, overrides),
        cwd=ROOT,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run_directories(outputs: Path) -> list[Path]:
    """Every run directory below `outputs`, oldest first."""
    return sorted(path.parent for path in outputs.rglob(".hydra"))


def mlflow_runs(outputs: Path) -> list[Run]:
    client = MlflowClient(tracking_uri=f"sqlite:///{outputs}/mlflow.db")
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    return list(client.search_runs(experiments, max_results=100))


def trials_of(children: list[Run]) -> list[str]:
    return sorted(run.data.tags["hpo_exp.trial"] for run in children)


# --------------------------------------------------------------------------- experiment=seed


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """`outputs` of the notebook's experiment, and what the command said."""
    outputs = tmp_path_factory.mktemp("notebook")
    ended = tune(outputs, "experiment=seed")
    assert ended.returncode == 0, ended.stdout
    return outputs, ended.stdout


@pytest.fixture(scope="module")
def metrics(notebook: tuple[Path, str]) -> dict[str, Any]:
    (directory,) = run_directories(notebook[0])
    found: dict[str, Any] = json.loads((directory / "report" / "metrics.json").read_text())
    return found


def test_seed__announces_the_notebooks_windows_on_simulated_data(
    notebook: tuple[Path, str],
) -> None:
    assert "X of shape (672, 24, 7), 537 for training, 135 for the test" in notebook[1]
    assert "SIMULATED" in notebook[1]


def test_seed__scores_the_model_beside_its_direct_form_and_every_baseline(
    metrics: dict[str, Any], notebook: tuple[Path, str]
) -> None:
    test = metrics["test"]
    assert test["model"]["rmse_mw"] <= 1.5
    assert set(test["variants"]) == {"direct"}
    assert set(test["baselines"]) == BASELINES
    assert test["baselines"]["persistence"]["rmse_mw"] == pytest.approx(1.0)
    assert test["baselines"]["seasonal_day"]["rmse_mw"] == pytest.approx(24.0)
    assert test["baselines"]["seasonal_week"]["rmse_mw"] == pytest.approx(168.0)
    for name in ("model", "direct", *BASELINES):
        assert re.search(rf"{name} +│ ", notebook[1]), f"{name} is not on the screen"


def test_metrics__keep_the_keys_that_programs_read(metrics: dict[str, Any]) -> None:
    study, data, test = metrics["study"], metrics["data"], metrics["test"]
    assert {"name", "trials", "wall_seconds", "best_value", "best_params"} <= set(study)
    assert study["name"] == "notebook_h1"
    assert study["trials"] == {"complete": 1, "pruned": 0, "failed": 0}
    assert study["best_params"]["units"] == 50
    assert {"source", "simulated", "rows", "start", "end", "sha256"} <= set(data)
    assert (data["source"], data["simulated"], data["rows"]) == ("seed", True, 720)
    assert (data["start"], data["end"]) == ("2025-08-27T14:00:00", "2025-09-26T13:00:00")
    assert (test["start"], test["end"]) == ("2025-09-20T23:00:00", "2025-09-26T13:00:00")
    assert (test["hours"], test["horizon"]) == (135, 1)
    assert (test["issue"], test["scored_step"]) == ("hourly", 1)
    assert all(set(scores) == SCORES for scores in (test["model"], *test["baselines"].values()))
    assert set(test["significance"]) == BASELINES
    assert all(set(compared) >= JUDGED for compared in test["significance"].values())
    assert {"model", *BASELINES} <= set(test["rmse_by_step"])
    assert test["rmse_by_step"]["model"] == [pytest.approx(test["model"]["rmse_mw"])]


def test_forecast__holds_every_hour_of_the_test_period_once(
    metrics: dict[str, Any], notebook: tuple[Path, str]
) -> None:
    (directory,) = run_directories(notebook[0])
    forecast = pd.read_parquet(directory / "report" / "forecast.parquet")
    first = ["issue_time", "target_time", "step", "actual_mw", "model_mw"]
    assert list(forecast)[:5] == first
    quantiles = {f"model_q{percent:02}" for percent in (5, 25, 75, 95)}
    assert set(forecast) == {*first, *quantiles, "direct", *BASELINES}
    hours = pd.date_range(metrics["test"]["start"], metrics["test"]["end"], freq="h")
    assert list(forecast["target_time"]) == list(hours)
    assert (forecast["issue_time"] == forecast["target_time"]).all()  # step 1
    errors = forecast["model_mw"] - forecast["actual_mw"]
    assert (errors**2).mean() ** 0.5 == pytest.approx(metrics["test"]["model"]["rmse_mw"])


def test_run_directory__holds_trials_log_and_bundle(notebook: tuple[Path, str]) -> None:
    (directory,) = run_directories(notebook[0])
    trials = pd.read_csv(directory / "trials.csv")
    assert list(trials["state"]) == ["complete"]
    folds = [f"fold_{fold}_mw" for fold in (1, 2, 3)]
    assert {"number", "value", "seconds", "mlflow_run", *folds} <= set(trials)
    assert trials[folds].mean(axis=1)[0] == pytest.approx(trials["value"][0])
    assert "X of shape" in (directory / "tune.log").read_text()
    for name in ("model.keras", "saved_model/1/saved_model.pb", "manifest.json"):
        assert (directory / "best" / name).is_file()


def test_mlflow__has_the_study_and_its_trial(notebook: tuple[Path, str]) -> None:
    outputs, _ = notebook
    (directory,) = run_directories(outputs)
    trial, study = sorted(mlflow_runs(outputs), key=lambda run: "best_value" in run.data.metrics)
    assert trial.data.tags["mlflow.parentRunId"] == study.info.run_id
    assert trial.info.run_id == pd.read_csv(directory / "trials.csv")["mlflow_run"][0]
    assert study.data.tags["hpo_exp.simulated"] == trial.data.tags["hpo_exp.simulated"] == "true"
    assert {"test_model_rmse_mw", "test_direct_rmse_mw"} <= set(study.data.metrics)
    assert {run.info.status for run in (trial, study)} == {"FINISHED"}
    artifacts = {
        path.relative_to(outputs / "mlartifacts" / study.info.run_id / "artifacts").as_posix()
        for path in (outputs / "mlartifacts").rglob("*")
        if path.is_file()
    }
    assert {"best/model.keras", "report/metrics.json", "trials.csv", "tune.log"} <= artifacts


def test_same_command_again__says_that_it_is_done_and_leaves_nothing(
    notebook: tuple[Path, str],
) -> None:
    outputs, _ = notebook
    (directory,) = run_directories(outputs)
    before = sorted(path for path in outputs.rglob("*") if "cache" not in path.parts)
    ended = tune(outputs, "experiment=seed")
    assert ended.returncode == 0
    assert "notebook_h1 is done" in ended.stdout
    assert str(directory) in ended.stdout
    assert "Traceback" not in ended.stdout
    after = sorted(path for path in outputs.rglob("*") if "cache" not in path.parts)
    beside = ("-wal", "-shm")  # SQLite's own, there while a database is open
    assert [path for path in set(after) ^ set(before) if not path.name.endswith(beside)] == []


# -------------------------------------------------------------------------------- a study of trials

SMALL = (
    "data=seed",
    "executor=serial",  # one fold after another, so that two studies are equal to the last bit
    "study.name=small",
    "study.trials=3",
    "study.finalists=1",
    "study.finalist_seeds=1",
    "trainer.epochs=1",
    "cv.folds=2",
    "~search.learning_rate",
    "search.units.choices=[4,8]",
    "model.units=4",
)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> str:
    """JAX's compiled programs, shared to save minutes: they are the same whoever compiled them."""
    return f"trainer.compilation_cache={tmp_path_factory.mktemp('compiled')}"


def trials_table(outputs: Path) -> pd.DataFrame:
    """The last run's trials, without what differs from run to run."""
    table = pd.read_csv(run_directories(outputs)[-1] / "trials.csv")
    return table.drop(columns=["seconds", "mlflow_run"])


def stop(
    outputs: Path, overrides: Sequence[str], number: signal.Signals, folds: int
) -> tuple[int, str]:
    """Start the command, send it a signal once so many folds are stored; its status and words."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it
    database = outputs / "optuna.db"
    said = outputs / "said.txt"
    with said.open("w") as file:
        process = subprocess.Popen(
            command(outputs, overrides), cwd=ROOT, stdout=file, stderr=subprocess.STDOUT
        )
        try:
            deadline = time.monotonic() + 300
            while folds_stored(database) < folds:
                assert process.poll() is None, said.read_text()
                assert time.monotonic() < deadline
                time.sleep(0.01)
            process.send_signal(number)
            return process.wait(timeout=120), said.read_text()
        finally:
            process.kill()
            process.wait()


def folds_stored(database: Path) -> int:
    if not database.exists():
        return 0
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        query = "select count(*) from trial_intermediate_values"
        return int(connection.execute(query).fetchone()[0])
    except sqlite3.OperationalError:  # its tables are being made
        return 0
    finally:
        connection.close()


def test_stopped_study__ends_as_an_undisturbed_one(tmp_path: Path, compiled: str) -> None:
    undisturbed, stopped = tmp_path / "undisturbed", tmp_path / "stopped"
    stopped.mkdir()
    assert tune(undisturbed, *SMALL, compiled).returncode == 0

    # Ctrl-C in the second of two folds of the first trial …
    status, said = stop(stopped, (*SMALL, compiled), signal.SIGINT, folds=1)
    assert status == 130, said
    assert "of 3 trials of study small are finished and kept" in said
    assert "the same command goes on" in said
    assert "Traceback" not in said
    assert not list(stopped.rglob("metrics.json"))
    # … and a death without a last word in the second trial.
    status, _ = stop(stopped, (*SMALL, compiled), signal.SIGKILL, folds=3)
    assert status == -signal.SIGKILL

    ended = tune(stopped, *SMALL, compiled)
    assert ended.returncode == 0, ended.stdout
    table = trials_table(stopped)
    assert list(table["number"]) == [0, 1, 2]
    assert set(table["state"]) <= {"complete", "pruned"}
    assert set(table["time_steps"]) <= {24, 48}
    # Two storages, one of them torn twice: the same trials, to the last bit.
    pd.testing.assert_frame_equal(table, trials_table(undisturbed), check_exact=True)
    for outputs in (stopped, undisturbed):
        runs = mlflow_runs(outputs)
        children = [run for run in runs if "mlflow.parentRunId" in run.data.tags]
        assert trials_of(children) == ["0", "1", "2"]
        assert len(runs) == 4
    first, second = (run_directories(o)[-1] for o in (stopped, undisturbed))
    pd.testing.assert_frame_equal(
        pd.read_parquet(first / "report" / "forecast.parquet"),
        pd.read_parquet(second / "report" / "forecast.parquet"),
        check_exact=True,
    )

    # The name is taken now.
    refused = tune(stopped, *SMALL, compiled, "model.layers=2")
    assert refused.returncode == 1
    assert refused.stdout.splitlines()[-1].startswith("hpo_exp: error: study 'small' exists")
    assert "model.layers changed" in refused.stdout
    assert "Traceback" not in refused.stdout
