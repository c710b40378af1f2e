"""Tables in MLflow's dataset tracking."""

import json
from datetime import datetime

from mlflow import MlflowClient

from hpo_exp.config import TrackingConfig
from hpo_exp.data.provenance import describe
from hpo_exp.data.seed import make_seed_table
from hpo_exp.tracking.datasets import dataset_input
from hpo_exp.tracking.mlflow_store import Tracker
from tests.data.publishers import data_config


def test_log_dataset__tells_where_the_values_come_from(
    tracker: Tracker, config: TrackingConfig
) -> None:
    end = datetime(2025, 9, 26, 13)
    table = make_seed_table(data_config(None, source="seed", end=end))
    run = tracker.start_run("study", {}, parent=None)
    for _ in range(2):  # a study taken up again is told once more
        tracker.log_dataset(run, dataset_input(describe(table)))
    client = MlflowClient(tracking_uri=config.uri)
    inputs = client.get_run(run).inputs
    assert inputs
    (logged,) = inputs.dataset_inputs
    assert logged.dataset.name == "seed_SE"
    assert logged.dataset.digest == table.sha256[:32]
    source = json.loads(logged.dataset.source)
    assert (source["kind"], source["simulated"]) == ("seed", True)
    assert source["code"]
    profile = json.loads(str(logged.dataset.profile))
    assert profile["columns"]["carga_mw_subsistema"]["simulated"] == 720
    names = [column["name"] for column in json.loads(str(logged.dataset.schema))["mlflow_colspec"]]
    assert names == list(table.frame)
    assert [tag.value for tag in logged.tags] == ["training"]
