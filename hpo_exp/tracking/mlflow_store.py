"""The only place that writes to MLflow: a parent run a study, a child run a trial."""

import logging
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlparse

from sqlalchemy.exc import SQLAlchemyError

from hpo_exp.config import TrackingConfig
from hpo_exp.errors import StudyError
from hpo_exp.stores import database_url, prepare_store, shown_url
from hpo_exp.tracking.snapshot import Point

# Read by MLflow. A request that failed is ours to repeat: MLflow would send it again without
# looking whether it was carried out, and for minutes.
for name, value in {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}.items():
    os.environ.setdefault(name, value)
logging.getLogger("alembic").setLevel(logging.WARNING)  # a line for each migration
logging.getLogger("mlflow.pyfunc").setLevel(logging.WARNING)  # a line for each model saved
logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)  # raises what it logs

from mlflow import MlflowClient  # noqa: E402 - after the environment it reads
from mlflow.artifacts import download_artifacts  # noqa: E402 - likewise
from mlflow.entities import DatasetInput, Metric, Param, Run, RunTag  # noqa: E402 - likewise
from mlflow.exceptions import MlflowException  # noqa: E402 - likewise
from mlflow.protos.databricks_pb2 import (  # noqa: E402 - likewise
    INVALID_PARAMETER_VALUE,
    RESOURCE_DOES_NOT_EXIST,
    ErrorCode,
)
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID  # noqa: E402 - likewise

LONGEST_PARAM = 500
LONGEST_REASON = 200
RUNS_A_PAGE = 500
STORE_ERRORS = (MlflowException, SQLAlchemyError, OSError)
"""What a store raises that is away, full or locked."""


def is_refusal(error: Exception) -> bool:
    """Whether the store is there and takes everything but this, however often it is told."""
    refusals = {ErrorCode.Name(code) for code in (INVALID_PARAMETER_VALUE, RESOURCE_DOES_NOT_EXIST)}
    return isinstance(error, MlflowException) and error.error_code in refusals


def fetch(client: MlflowClient, uri: str, folder: Path) -> Path:
    """Copy artifacts into a folder, from the client's own store; return where they lie.

    Raises:
        one of `STORE_ERRORS`: the store is away, or has nothing there.
    """
    copied = download_artifacts(
        artifact_uri=uri, dst_path=str(folder), tracking_uri=client.tracking_uri
    )
    return Path(copied)


def one_line(error: Exception) -> str:
    """An error as part of a sentence; requests and databases have much to say."""
    line = str(error).strip().partition("\n")[0] or type(error).__name__
    return line if len(line) <= LONGEST_REASON else f"{line[:LONGEST_REASON]}…"


class Tracker:
    """An MLflow experiment, addressed by run ids: no global state is read or set.

    Raises:
        StudyError: the store cannot be opened.
    """

    def __init__(self, config: TrackingConfig) -> None:
        self.uri = shown_url(config.uri)
        self._ui = config.ui.rstrip("/")
        try:
            prepare_store(config.uri)
            self._client = MlflowClient(tracking_uri=database_url(config.uri))
            experiment = self._client.get_experiment_by_name(config.experiment)
            self._experiment_id = (
                experiment.experiment_id
                if experiment
                else self._client.create_experiment(
                    config.experiment, artifact_location=_artifact_location(config.artifacts)
                )
            )
        except Exception as error:
            raise StudyError(
                f"tracking.uri={self.uri} cannot be opened: {one_line(error)}"
            ) from error
        if experiment is not None and experiment.lifecycle_stage != "active":
            raise StudyError(
                f"experiment {config.experiment!r} is deleted in {self.uri}: restore it, or "
                f"choose another tracking.experiment"
            )

    @property
    def client(self) -> MlflowClient:
        """MLflow's own client of this store, for the model registry."""
        return self._client

    def start_run(
        self, name: str, tags: Mapping[str, str], parent: str | None, started: int | None = None
    ) -> str:
        """Create a run and return its id; with `parent` it is shown beneath that run.

        `started` is in milliseconds since 1970, by default now.
        """
        nested = {MLFLOW_PARENT_RUN_ID: parent} if parent else {}
        run = self._client.create_run(
            self._experiment_id, run_name=name, tags={**tags, **nested}, start_time=started
        )
        return str(run.info.run_id)

    def log(
        self,
        run_id: str,
        params: Mapping[str, object],
        points: Sequence[Point],
        tags: Mapping[str, str],
    ) -> None:
        """Record parameters, metrics and tags of a run at once; equal ones are kept once."""
        self._client.log_batch(
            run_id,
            [Metric(p.key, p.value, timestamp=p.timestamp, step=p.step) for p in points],
            [Param(key, str(value)[:LONGEST_PARAM]) for key, value in params.items()],
            [RunTag(key, value) for key, value in tags.items()],
        )

    def exists(self, run_id: str) -> bool:
        """Whether the store has this run, and it is not deleted."""
        try:
            return bool(self._client.get_run(run_id).info.lifecycle_stage == "active")
        except MlflowException as error:
            if is_refusal(error):
                return False
            raise

    def find_runs(self, tags: Mapping[str, str]) -> list[Run]:
        """The runs that have all these tags."""
        condition = " and ".join(f"tags.`{key}` = '{value}'" for key, value in tags.items())
        runs: list[Run] = []
        token = None
        while True:
            page = self._client.search_runs(
                [self._experiment_id], condition, max_results=RUNS_A_PAGE, page_token=token
            )
            runs += page
            token = page.token
            if not token:
                return runs

    def delete_run(self, run_id: str) -> None:
        """Remove a run from every page; MLflow keeps it until it is told to forget it."""
        self._client.delete_run(run_id)

    def log_metrics(self, run_id: str, metrics: Mapping[str, float], step: int = 0) -> None:
        """Record metrics of a run; a step recorded again is shown twice by MLflow."""
        batch = [Metric(key, value, timestamp=now(), step=step) for key, value in metrics.items()]
        self._client.log_batch(run_id, metrics=batch)

    def set_tags(self, run_id: str, tags: Mapping[str, str]) -> None:
        """Record tags of a run."""
        self._client.log_batch(run_id, tags=[RunTag(key, value) for key, value in tags.items()])

    def end_run(self, run_id: str, status: str, ended: int | None = None) -> None:
        """Close a run as FINISHED, FAILED or KILLED; `ended` is in milliseconds since 1970."""
        self._client.set_terminated(run_id, status, end_time=ended)

    def reopen(self, run_id: str) -> None:
        """Mark a run as running again."""
        self._client.update_run(run_id, "RUNNING")

    def log_dataset(self, run_id: str, dataset: DatasetInput) -> None:
        """Record what data a run used; the same data are recorded once."""
        self._client.log_inputs(run_id, [dataset])

    def log_folder(self, run_id: str, folder: Path, name: str) -> None:
        """Copy a folder's files to a run's artifacts under `name`."""
        self._client.log_artifacts(run_id, str(folder), name)

    def log_file(self, run_id: str, path: Path) -> None:
        """Copy a file to the root of a run's artifacts."""
        self._client.log_artifact(run_id, str(path))

    def page(self, run_id: str) -> str:
        """Address of a run's page in MLflow's own interface."""
        return f"{self._ui}/#/experiments/{self._experiment_id}/runs/{run_id}"


def now() -> int:
    """Milliseconds since 1970, as MLflow counts."""
    return time.time_ns() // 1_000_000


def _artifact_location(artifacts: str) -> str:
    """A folder as an absolute URI, so that MLflow's server finds it from any folder."""
    known = {"file", "s3", "gs", "http", "https", "wasbs", "mlflow-artifacts", "hdfs", "dbfs"}
    return artifacts if urlparse(artifacts).scheme in known else Path(artifacts).absolute().as_uri()
