import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow import MlflowClient

from hpo_exp.config import TuneConfig
from tests.tuning.bench import Bench
from tests.tuning.composing import configured

Configure = Callable[..., TuneConfig]


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with MLflow's tables: its migrations take seconds, a copy takes none."""
    path = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    MlflowClient(tracking_uri=f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture
def configure(tmp_path: Path, empty_store: Path) -> Configure:
    """Compose a configuration on the notebook's data with everything below `root`."""

    def below(*overrides: str, root: Path = tmp_path / "outputs") -> TuneConfig:
        root.mkdir(exist_ok=True)
        if not (root / "mlflow.db").exists():
            shutil.copy(empty_store, root / "mlflow.db")
        return configured("data=seed", f"outputs={root}", *overrides)

    return below


@pytest.fixture
def bench(configure: Configure) -> Callable[..., Bench]:
    def build(*overrides: str, **options: Path) -> Bench:
        return Bench(configure("cv.folds=3", *overrides, **options))

    return build
