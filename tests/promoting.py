"""A finished run of the notebook's data, small, and what promotes it; for several stages' tests."""

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from hydra import compose, initialize_config_dir
from mlflow.tracking._tracking_service.utils import _artifact_repos_cache
from omegaconf import open_dict

from hpo_exp.command import CONFIG_DIRECTORY, read_config
from hpo_exp.files import sha256
from hpo_exp.lifecycle.config import PromoteConfig
from hpo_exp.lifecycle.log import Entry, PromotionLog
from hpo_exp.scenario import register_scenario_resolver
from hpo_exp.tracking.ledger import Ledger
from hpo_exp.tracking.mlflow_store import Tracker
from hpo_exp.tracking.registry import Registry

ROOT = Path(__file__).parents[1]
NAME = "load"

SMALL = (
    "experiment=seed", "variants={}", "trainer.epochs=1", "trainer.batch_size=64", "model.units=8",
    "cv.folds=1", "executor=serial", "features.horizon=2",
)  # fmt: skip


def tune_small(outputs: Path) -> Path:
    """Run the sweep for real, and return the run's folder."""
    subprocess.run(
        [sys.executable, "-m", "hpo_exp.tune", f"outputs={outputs}", *SMALL],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (metrics,) = outputs.glob("*/*/report/metrics.json")
    return metrics.parents[1]


@dataclass(frozen=True)
class Plant:
    """A tracking store of one's own, and runs to promote from it."""

    outputs: Path
    run: Path

    def config(self, *overrides: str) -> PromoteConfig:
        """The configuration of `python -m hpo_exp.promote`."""
        return promote_config(
            "data=seed", f"outputs={self.outputs}", f"name={NAME}", f"run={self.run}", *overrides
        )

    @property
    def registry(self) -> Registry:
        """The registered model."""
        return Registry(Tracker(self.config().tracking), NAME)

    @property
    def aliases(self) -> dict[str, int]:
        """Where the aliases point."""
        return self.registry.aliases()

    def log(self) -> list[Entry]:
        """The promotion log."""
        run = self.registry.log_run()
        assert run is not None
        return PromotionLog(Ledger(self.registry.client, run)).entries()

    def variant(self, name: str, **said: Any) -> Path:
        """A run whose bundle is another one, by a word in its manifest."""
        folder = self.outputs / name / "2026-01-01_00-00-00"
        shutil.copytree(self.run, folder)
        manifest = folder / "best" / "manifest.json"
        values = json.loads(manifest.read_text()) | {"variant": name} | said
        manifest.write_text(json.dumps(values))
        return folder


def make_plant(run: Path, outputs: Path) -> Plant:
    """Copy the stores beside a run, so that a test has them alone."""
    source = run.parents[1]
    outputs.mkdir()
    shutil.copy(source / "mlflow.db", outputs)
    with closing(sqlite3.connect(outputs / "mlflow.db")) as database:
        database.execute(
            "UPDATE experiments SET artifact_location = ?", (f"file://{outputs}/mlartifacts",)
        )
        database.execute(
            "UPDATE runs SET artifact_uri = replace(artifact_uri, ?, ?)",
            (str(source), str(outputs)),
        )
        database.commit()
    _artifact_repos_cache.clear()  # MLflow's, by run: this store has the runs of others
    return Plant(outputs, run)


def promote_config(*overrides: str) -> PromoteConfig:
    """Compose `conf/promote.yaml` as the command does."""
    register_scenario_resolver()
    with initialize_config_dir(str(CONFIG_DIRECTORY), version_base="1.3"):
        composed = compose("promote", list(overrides))
    with open_dict(composed):
        for name in ("cv", "study", "trainer"):
            composed.pop(name, None)
    return read_config(composed, PromoteConfig)


def seed_hours(rows: int = 48, **changes: Any) -> pd.DataFrame:
    """The notebook's last hours, as a user hands them over."""
    from hpo_exp.data.load import load_table
    from tests.builders import make_config

    frame = load_table(make_config().data).frame.drop(columns="alerta_intermitente")
    return frame.assign(**changes).iloc[-rows:].reset_index()


def rehash(bundle: Path, name: str) -> None:
    """Have the manifest know a file that was changed."""
    path = bundle / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["sha256"][name] = sha256(bundle / name)
    path.write_text(json.dumps(manifest))
