import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from hpo_exp.config import TrackingConfig
from hpo_exp.tracking.mirror import Mirror
from hpo_exp.tracking.mlflow_store import Tracker
from hpo_exp.tracking.snapshot import FoldScore, TrialSnapshot
from hpo_exp.tracking.trial_runs import TRIAL, TrialRuns
from tests.tracking.server import MlflowServer

OWN = {"study": "mine"}


@contextmanager
def mirrored(tracker: Tracker) -> Iterator[tuple[Mirror, TrialRuns]]:
    """A mirror of a study's trials, as each process has one."""
    runs = TrialRuns(tracker, "0" * 32, OWN, {"who": "tests"}, ("value",))
    mirror = Mirror(runs)
    try:
        yield mirror, runs
    finally:
        mirror.close()


def running(number: int, folds: int = 0) -> TrialSnapshot:
    scores = tuple(FoldScore(fold, 10.0 + fold, 3, fold / 2) for fold in range(folds))
    return TrialSnapshot(
        number, f"trial {number}", {"units": 50}, started=1_000, folds=scores, seconds=folds / 2
    )


def ended(number: int, state: str = "complete") -> TrialSnapshot:
    values = (11.0,) if state == "complete" else ()
    return replace(running(number, 3), rungs={50: 10.5}, state=state, values=values, ended=9_000)


def play(mirror: Mirror, number: int) -> None:
    """All that a trial tells in its life."""
    for folds in range(4):
        mirror.put(running(number, folds))
    mirror.put(ended(number))


def children(config: TrackingConfig) -> list[Run]:
    """The active runs of trials, by number."""
    client = MlflowClient(tracking_uri=config.uri)
    experiment = client.get_experiment_by_name(config.experiment)
    assert experiment
    found = client.search_runs([experiment.experiment_id])
    return sorted(found, key=lambda run: int(run.data.tags[TRIAL]))


def assert_whole(config: TrackingConfig, trials: int) -> None:
    """One run a trial, that says all and says it once."""
    client = MlflowClient(tracking_uri=config.uri)
    found = children(config)
    assert [int(run.data.tags[TRIAL]) for run in found] == list(range(trials))
    for run in found:
        assert (run.info.status, run.info.start_time, run.info.end_time) == (
            "FINISHED",
            1_000,
            9_000,
        )
        assert run.data.params == {"units": "50"}
        assert run.data.metrics["value"] == 11.0
        for key in ("fold_rmse_mw", "fold_epochs", "rung_value", "value", "duration_seconds"):
            steps = [metric.step for metric in client.get_metric_history(run.info.run_id, key)]
            expected = {"fold_rmse_mw": [0, 1, 2], "fold_epochs": [0, 1, 2], "rung_value": [50]}
            assert sorted(steps) == expected.get(key, [0]), key


@contextmanager
def away(config: TrackingConfig) -> Iterator[None]:
    """The tracking database cannot be used while the block runs."""
    with closing(sqlite3.connect(config.uri.removeprefix("sqlite:///"), timeout=30)) as database:
        database.execute("ALTER TABLE runs RENAME TO hidden")
        yield
        database.execute("ALTER TABLE hidden RENAME TO runs")


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message for record in caplog.records if record.name.startswith("hpo_exp")]


def test_mirror__shows_what_it_is_told(tracker: Tracker, config: TrackingConfig) -> None:
    with mirrored(tracker) as (mirror, runs):
        for number in range(4):
            play(mirror, number)
        assert mirror.flush(30)
    assert_whole(config, trials=4)
    assert runs.ids == {int(run.data.tags[TRIAL]): run.info.run_id for run in children(config)}
    assert runs.ended == {0, 1, 2, 3}
    assert {run.data.tags["mlflow.parentRunId"] for run in children(config)} == {"0" * 32}


def test_mirror__shows_a_trial_that_runs(tracker: Tracker, config: TrackingConfig) -> None:
    with mirrored(tracker) as (mirror, _):
        mirror.put(running(0, folds=2))
        assert mirror.flush(30)
        (run,) = children(config)
        assert run.info.status == "RUNNING"
        assert run.data.metrics == {"fold_rmse_mw": 11.0, "fold_epochs": 3.0}


def test_mirror__goes_on_with_the_runs_of_a_process_before(
    tracker: Tracker, config: TrackingConfig
) -> None:
    with mirrored(tracker) as (mirror, _):
        mirror.put(running(0, folds=2))
        mirror.put(ended(1))
    with mirrored(Tracker(config)) as (mirror, _):
        mirror.put(running(0, folds=3))
        mirror.put(ended(0))
        assert mirror.flush(30)
    assert_whole(config, trials=2)


@pytest.mark.parametrize(("state", "status"), [("pruned", "KILLED"), ("failed", "FAILED")])
def test_mirror__says_how_a_trial_ended(
    state: str, status: str, tracker: Tracker, config: TrackingConfig
) -> None:
    with mirrored(tracker) as (mirror, _):
        mirror.put(replace(ended(0, state), error="out of memory"))
    (run,) = children(config)
    assert run.info.status == status
    assert run.data.tags["hpo_exp.state"] == state
    assert run.data.tags["hpo_exp.error"] == "out of memory"
    assert "value" not in run.data.metrics


@pytest.mark.slow
def test_store_that_is_away__costs_the_sweep_no_time_and_loses_nothing(
    tracker: Tracker, config: TrackingConfig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with mirrored(tracker) as (mirror, _):
        play(mirror, 0)
        assert mirror.flush(30)
        with away(config):
            started = time.monotonic()
            for number in range(1, 6):
                play(mirror, number)
            assert time.monotonic() - started < 0.5
            assert not mirror.flush(2.5)
            assert "no such table" in mirror.reason
        assert mirror.flush(60)
        assert mirror.reason == ""
    assert_whole(config, trials=6)
    gone, back = lines(caplog)
    assert gone.startswith("MLflow cannot be written (")
    assert "\n" not in gone
    assert back.startswith("MLflow is back")


@pytest.mark.slow
def test_store_that_stays_away__does_not_hold_up_the_end(
    tracker: Tracker, config: TrackingConfig
) -> None:
    with away(config):
        with mirrored(tracker) as (mirror, _):
            play(mirror, 0)
            assert not mirror.flush(2)
            started = time.monotonic()
        assert time.monotonic() - started < 2
    with mirrored(tracker) as (mirror, _):  # what the next process is told
        mirror.put(ended(0))
    assert_whole(config, trials=1)


class LosesAnswers(Tracker):
    """What it is asked is carried out, but now and then the answer does not arrive."""

    def __init__(self, config: TrackingConfig, calls: str) -> None:
        super().__init__(config)
        self._calls, self._lost = calls, 0

    def _lose(self, call: str) -> None:
        if call == self._calls and self._lost < 3:
            self._lost += 1
            raise ConnectionResetError("connection reset by peer")

    def start_run(self, *args: Any) -> str:
        run = super().start_run(*args)
        self._lose("start_run")
        return run

    def log(self, *args: Any) -> None:
        super().log(*args)
        self._lose("log")

    def end_run(self, run_id: str, status: str, ended: int | None = None) -> None:
        super().end_run(run_id, status, ended)
        self._lose("end_run")


@pytest.mark.slow
@pytest.mark.parametrize("call", ["start_run", "log", "end_run"])
def test_lost_answer__makes_no_second_run_and_no_second_value(
    call: str, config: TrackingConfig
) -> None:
    with mirrored(LosesAnswers(config, call)) as (mirror, _):
        for number in range(3):
            play(mirror, number)
        assert mirror.flush(60)
    assert_whole(config, trials=3)


class AnswersLate(Tracker):
    """A request that was given up is carried out after its repetition."""

    late: tuple[Any, ...] | None = None

    def start_run(self, *args: Any) -> str:
        if self.late is None:
            self.late = args
            raise TimeoutError("no answer within 20 s")
        return super().start_run(*args)

    def end_run(self, run_id: str, status: str, ended: int | None = None) -> None:
        super().end_run(run_id, status, ended)
        assert self.late
        super().start_run(*self.late)


def test_request_carried_out_late__leaves_no_second_run(config: TrackingConfig) -> None:
    with mirrored(AnswersLate(config)) as (mirror, runs):
        play(mirror, 0)
        assert mirror.flush(30)
        assert list(runs.ids) == [0]
    assert_whole(config, trials=1)


def test_run_that_a_user_deleted__is_let_go_and_that_is_said(
    tracker: Tracker, config: TrackingConfig, caplog: pytest.LogCaptureFixture
) -> None:
    with mirrored(tracker) as (mirror, runs):
        mirror.put(running(0))
        assert mirror.flush(30)
        MlflowClient(tracking_uri=config.uri).delete_run(runs.ids[0])
        mirror.put(ended(0))
        play(mirror, 1)
        assert mirror.flush(30)
    assert [run.data.tags[TRIAL] for run in children(config)] == ["1"]
    (line,) = lines(caplog)
    assert line.startswith("trial 0 cannot be shown in MLflow: ")


# -------------------------------------------------------------------------------------- a server


@pytest.fixture
def server(config: TrackingConfig) -> Iterator[MlflowServer]:
    """A server on the database that `config` names."""
    server = MlflowServer(Path(config.uri.removeprefix("sqlite:///")).parent)
    server.start()
    yield server
    server.kill()


@pytest.mark.slow
def test_server_killed_in_the_middle__is_told_everything_when_it_is_back(
    server: MlflowServer, config: TrackingConfig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    remote = config.model_copy(update={"uri": server.uri, "artifacts": "mlflow-artifacts:/"})
    with mirrored(Tracker(remote)) as (mirror, _):
        for number in range(12):
            play(mirror, number)
            if number == 3:
                time.sleep(0.3)  # so that it dies while it is written to
                server.kill()
            time.sleep(0.3)
        assert not mirror.flush(1)
        server.start()
        assert mirror.flush(60)
    assert_whole(remote, trials=12)
    gone, back = lines(caplog)
    assert gone.startswith("MLflow cannot be written (")
    assert len(gone) < 400
    assert back.startswith("MLflow is back")
