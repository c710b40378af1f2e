import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow import MlflowClient
from optuna.storages import RDBStorage

from hpo_exp.config import TuneConfig
from tests.tuning.bench import Bench
from tests.tuning.composing import configured

Configure = Callable[..., TuneConfig]


@pytest.fixture(scope="session")
def empty_stores(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Databases with the tables of MLflow and Optuna: to make them takes long, to copy not."""
    folder = tmp_path_factory.mktemp("stores")
    mlflow, study = folder / "mlflow.db", folder / "optuna.db"
    MlflowClient(tracking_uri=f"sqlite:///{mlflow}").search_experiments()
    RDBStorage(f"sqlite:///{study}").engine.dispose()
    return mlflow, study


@pytest.fixture
def configure(tmp_path: Path, empty_stores: tuple[Path, Path]) -> Configure:
    """Compose a configuration on the notebook's data with everything below `root`."""

    def below(*overrides: str, root: Path = tmp_path / "outputs") -> TuneConfig:
        root.mkdir(exist_ok=True)
        for store in empty_stores:
            if not (root / store.name).exists():
                shutil.copy(store, root)
        return configured("data=seed", f"outputs={root}", *overrides)

    return below


@pytest.fixture
def bench(configure: Configure) -> Callable[..., Bench]:
    def build(*overrides: str, **options: Path) -> Bench:
        return Bench(configure("cv.folds=3", *overrides, **options))

    return build
