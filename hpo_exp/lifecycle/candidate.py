"""What `run=` stands for: a finished run's bundle and report, and the MLflow run it is known by."""

import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

from hpo_exp.errors import UserError
from hpo_exp.files import sha256
from hpo_exp.lifecycle.gate import PromotionError
from hpo_exp.report.run_files import METRICS, find_runs
from hpo_exp.tracking.mlflow_store import STORE_ERRORS, Tracker, fetch, one_line

_MLFLOW_RUN = re.compile(r"[0-9a-f]{32}")
BUNDLE = "best"


@dataclass(frozen=True)
class Candidate:
    """A finished run that may be promoted.

    Attributes:
        study: its study's name.
        bundle: folder of its bundle.
        metrics: `report/metrics.json`.
        forecast: `report/forecast.parquet` (MW).
        run: its study's MLflow run.
        fingerprint: hash of the bundle's manifest, which has the hashes of its files.
    """

    study: str
    bundle: Path
    metrics: dict[str, Any]
    forecast: pd.DataFrame
    run: str
    fingerprint: str


@contextmanager
def found_candidate(run: str, outputs: Path, tracker: Tracker) -> Iterator[Candidate]:
    """Find what `run=` stands for; files fetched from MLflow are there for the block alone.

    Raises:
        PromotionError: there is no such finished run, or MLflow does not know it.
    """
    if _MLFLOW_RUN.fullmatch(run) and not Path(run).exists():
        with tempfile.TemporaryDirectory(prefix="hpo_exp-") as temporary:
            yield _read(_fetched(run, tracker, Path(temporary)), run)
        return
    folder = Path(run) if Path(run).exists() else outputs / run
    try:
        directory = find_runs(folder)[-1].resolve()
    except UserError as error:
        raise PromotionError(f"run={run}: {error}") from error
    yield _read(directory, _mlflow_run(directory, tracker))


def _fetched(run: str, tracker: Tracker, folder: Path) -> Path:
    """Copy a run's bundle and report from MLflow."""
    try:
        for name in (BUNDLE, "report"):
            uri = f"{tracker.client.get_run(run).info.artifact_uri}/{name}"
            fetch(tracker.client, uri, folder)
    except STORE_ERRORS as error:
        raise PromotionError(
            f"run={run} has no bundle and report in {tracker.uri}: {one_line(error)}"
        ) from error
    return folder


def _mlflow_run(directory: Path, tracker: Tracker) -> str:
    """The run of a folder's study: the one above the runs that its trials name."""
    trials = pd.read_csv(directory / "trials.csv")["mlflow_run"].dropna()
    for trial in trials.astype(str):
        try:
            return str(tracker.client.get_run(trial).data.tags[MLFLOW_PARENT_RUN_ID])
        except (*STORE_ERRORS, KeyError):
            continue
    raise PromotionError(
        f"{tracker.uri} does not have the MLflow run of {directory}: point tracking.uri to its "
        f"store, or give the id of the study's MLflow run"
    )


def _read(directory: Path, run: str) -> Candidate:
    try:
        metrics = json.loads((directory / METRICS).read_text(encoding="utf-8"))
        forecast = pd.read_parquet(directory / "report" / "forecast.parquet")
        fingerprint = sha256(directory / BUNDLE / "manifest.json")
    except (OSError, ValueError) as error:
        raise PromotionError(f"{directory} is no finished run: {error}") from error
    return Candidate(
        study=metrics["study"]["name"],
        bundle=directory / BUNDLE,
        metrics=metrics,
        forecast=forecast,
        run=run,
        fingerprint=fingerprint,
    )
