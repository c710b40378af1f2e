from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from hpo_exp.config import TrackingConfig
from hpo_exp.errors import StudyError
from hpo_exp.tracking.mlflow_store import Tracker
from hpo_exp.tracking.snapshot import Point


@pytest.fixture
def client(config: TrackingConfig) -> MlflowClient:
    """MLflow's own eyes on what the tracker wrote."""
    return MlflowClient(tracking_uri=config.uri)


def runs(client: MlflowClient) -> list[Run]:
    experiment = client.get_experiment_by_name("tests")
    assert experiment
    return list(client.search_runs([experiment.experiment_id], max_results=100))


def test_tracker__creates_a_new_database_and_its_folder(
    tmp_path: Path, config: TrackingConfig
) -> None:
    uri = f"sqlite:///{tmp_path}/new/folder/mlflow.db"
    assert Tracker(config.model_copy(update={"uri": uri})).exists("0" * 32) is False
    assert (tmp_path / "new" / "folder" / "mlflow.db").is_file()


def test_tracker__uses_an_experiment_that_is_there(
    config: TrackingConfig, client: MlflowClient
) -> None:
    for _ in range(2):
        Tracker(config).start_run("study", {}, parent=None)
    assert len(runs(client)) == 2


def test_start_run__records_name_params_and_tags(tracker: Tracker, client: MlflowClient) -> None:
    run_id = tracker.start_run("study", {"a": "b"}, parent=None)
    for _ in range(2):  # a run taken up again is told once more
        tracker.log(run_id, {"units": 50, "reference": "none"}, [], {})
    run = client.get_run(run_id)
    assert run.info.run_name == "study"
    assert run.info.status == "RUNNING"
    assert run.data.params == {"units": "50", "reference": "none"}
    assert run.data.tags["a"] == "b"
    assert "mlflow.parentRunId" not in run.data.tags


def test_start_run__nests_a_child_beneath_its_parent(
    tracker: Tracker, client: MlflowClient
) -> None:
    parent = tracker.start_run("study", {}, parent=None)
    child = tracker.start_run("study #0", {}, parent=parent)
    assert client.get_run(child).data.tags["mlflow.parentRunId"] == parent


def test_log__shortens_a_param_that_mlflow_would_refuse(
    tracker: Tracker, client: MlflowClient
) -> None:
    run_id = tracker.start_run("study", {}, parent=None)
    tracker.log(run_id, {"long": "x" * 10_000}, [], {})
    assert set(client.get_run(run_id).data.params["long"]) == {"x"}


def test_log__keeps_once_what_it_is_told_again(tracker: Tracker, client: MlflowClient) -> None:
    run_id = tracker.start_run("study", {}, parent=None)
    first = [Point("rmse", 3.5, 1000, 0), Point("rmse", float("nan"), 2000, 1)]
    more = [*first, Point("rmse", 2.5, 3000, 2)]
    for points in (first, first, more):
        tracker.log(run_id, {"units": 50}, points, {"a": "b"})
    history = client.get_metric_history(run_id, "rmse")
    assert [metric.step for metric in history] == [0, 1, 2]
    assert client.get_run(run_id).data.metrics == {"rmse": 2.5}
    assert client.get_run(run_id).data.tags["a"] == "b"


def test_find_runs__finds_all_that_have_the_tags_on_however_many_pages(
    tracker: Tracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hpo_exp.tracking.mlflow_store.RUNS_A_PAGE", 2)
    mine = {tracker.start_run("mine", {"who": "me", "n": str(n)}, None) for n in range(5)}
    tracker.start_run("other", {"who": "you"}, None)
    assert {run.info.run_id for run in tracker.find_runs({"who": "me"})} == mine
    assert [run.data.tags["n"] for run in tracker.find_runs({"who": "me", "n": "3"})] == ["3"]


def test_log_metrics__keeps_every_step(tracker: Tracker, client: MlflowClient) -> None:
    run_id = tracker.start_run("study", {}, parent=None)
    tracker.log_metrics(run_id, {"rmse": 3.5, "epochs": 4}, step=0)
    tracker.log_metrics(run_id, {"rmse": 2.5}, step=1)
    history = client.get_metric_history(run_id, "rmse")
    assert [(metric.step, metric.value) for metric in history] == [(0, 3.5), (1, 2.5)]
    assert client.get_run(run_id).data.metrics == {"rmse": 2.5, "epochs": 4.0}


def test_set_tags__takes_however_long_an_error(tracker: Tracker, client: MlflowClient) -> None:
    run_id = tracker.start_run("study", {}, parent=None)
    # XLA's messages carry whole programs, and MLflow limits the length of a tag.
    tracker.set_tags(run_id, {"hpo_exp.error": "boom " + "x" * 50_000})
    assert client.get_run(run_id).data.tags["hpo_exp.error"].startswith("boom xx")


@pytest.mark.parametrize("status", ["FINISHED", "FAILED", "KILLED"])
def test_end_run__closes_and_reopen_opens(
    tracker: Tracker, client: MlflowClient, status: str
) -> None:
    run_id = tracker.start_run("study", {}, parent=None)
    tracker.end_run(run_id, status)
    assert client.get_run(run_id).info.status == status
    assert client.get_run(run_id).info.end_time
    tracker.reopen(run_id)
    assert client.get_run(run_id).info.status == "RUNNING"


def test_exists__tells_a_run_of_this_store(tracker: Tracker) -> None:
    assert tracker.exists(tracker.start_run("study", {}, parent=None))
    assert not tracker.exists("0" * 32)


def test_exists__does_not_count_a_deleted_run(tracker: Tracker, client: MlflowClient) -> None:
    run_id = tracker.start_run("study", {}, parent=None)
    client.delete_run(run_id)  # it can be neither reopened nor written to
    assert not tracker.exists(run_id)


def test_artifacts__lie_in_the_configured_folder(
    tracker: Tracker, client: MlflowClient, config: TrackingConfig, tmp_path: Path
) -> None:
    folder = tmp_path / "report"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "a.txt").write_text("a")
    (tmp_path / "trials.csv").write_text("number")
    run_id = tracker.start_run("study", {}, parent=None)
    tracker.log_folder(run_id, folder, "report")
    tracker.log_file(run_id, tmp_path / "trials.csv")
    root = Path(unquote(urlparse(client.get_run(run_id).info.artifact_uri).path))
    assert root.is_relative_to(config.artifacts)
    assert (root / "report" / "deep" / "a.txt").read_text() == "a"
    assert (root / "trials.csv").read_text() == "number"


def test_artifacts__of_a_relative_folder_do_not_depend_on_where_a_reader_is(
    config: TrackingConfig,
    client: MlflowClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    run_id = Tracker(config.model_copy(update={"artifacts": "a folder"})).start_run(
        "study", {}, parent=None
    )
    address = client.get_run(run_id).info.artifact_uri
    assert address.startswith((tmp_path / "a folder").as_uri())


def test_page__is_the_address_in_mlflows_own_interface(
    tracker: Tracker, client: MlflowClient
) -> None:
    run_id = tracker.start_run("study", {}, parent=None)
    experiment = client.get_run(run_id).info.experiment_id
    assert tracker.page(run_id) == (
        f"http://127.0.0.1:5000/#/experiments/{experiment}/runs/{run_id}"
    )


def test_tracker__touches_no_global_state(config: TrackingConfig) -> None:
    import mlflow

    before = mlflow.get_tracking_uri()
    Tracker(config).start_run("study", {}, parent=None)
    assert mlflow.get_tracking_uri() == before
    assert mlflow.active_run() is None


@pytest.mark.parametrize("uri", ["sqlite:///{file}/mlflow.db", "sqlite:///{file}", "nonsense://x"])
def test_tracker__names_the_setting_of_a_store_that_cannot_be_opened(
    uri: str, config: TrackingConfig, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not a database, and not a folder either")
    uri = uri.format(file=tmp_path / "file")
    with pytest.raises(StudyError, match=r"tracking\.uri=") as caught:
        Tracker(config.model_copy(update={"uri": uri}))
    assert "\n" not in str(caught.value)


def test_tracker__says_when_its_experiment_was_deleted(
    config: TrackingConfig, tracker: Tracker, client: MlflowClient
) -> None:
    tracker.start_run("study", {}, parent=None)
    client.delete_experiment(client.get_experiment_by_name("tests").experiment_id)  # type: ignore[union-attr]
    with pytest.raises(StudyError, match=r"tracking\.experiment"):
        Tracker(config).start_run("study", {}, parent=None)
