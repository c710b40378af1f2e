import shutil
from pathlib import Path

import pytest

from hpo_exp.config import TrackingConfig
from hpo_exp.tracking.mlflow_store import Tracker


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with MLflow's tables: its migrations take seconds, a copy takes none."""
    from mlflow import MlflowClient

    path = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    MlflowClient(tracking_uri=f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture
def config(tmp_path: Path, empty_store: Path) -> TrackingConfig:
    (tmp_path / "store").mkdir()
    shutil.copy(empty_store, tmp_path / "store" / "mlflow.db")
    return TrackingConfig(
        uri=f"sqlite:///{tmp_path}/store/mlflow.db",
        artifacts=f"{tmp_path}/store/mlartifacts",
        experiment="tests",
        ui="http://127.0.0.1:5000/",
    )


@pytest.fixture
def tracker(config: TrackingConfig) -> Tracker:
    return Tracker(config)
