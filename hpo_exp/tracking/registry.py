"""MLflow's model registry: versions of a model, and the aliases that point at them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_ALREADY_EXISTS, ErrorCode

from hpo_exp.errors import UserError
from hpo_exp.tracking.mlflow_store import STORE_ERRORS, Tracker, fetch, one_line

CHAMPION, CHALLENGER, PREVIOUS = ALIASES = ("champion", "challenger", "previous_champion")
FINGERPRINT = "hpo_exp.bundle_sha256"
"""Tag of a version: the hash of its bundle's manifest."""
LOG_RUN = "hpo_exp.promotion_log"
"""Tag of a model: the run that keeps its promotion log."""
PACKED = "model"
"""Artifact of a run that is a packed model; the beginning of the fingerprint follows."""
BUNDLE = "artifacts/best"
"""Where MLflow keeps the bundle inside a packed model."""


class RegistryError(UserError):
    """The model registry is away, or does not have what is needed."""


@dataclass(frozen=True)
class Version:
    """A version of a registered model.

    Attributes:
        number: counted from 1.
        run: the MLflow run of the study it came from.
        fingerprint: hash of its bundle's manifest.
    """

    number: int
    run: str
    fingerprint: str


class Registry:
    """One registered model.

    Args:
        tracker: the tracking store that the registry lies in.
        name: the model's name.
    """

    def __init__(self, tracker: Tracker, name: str) -> None:
        self.name, self._tracker = name, tracker
        self.client = tracker.client

    def aliases(self) -> dict[str, int]:
        """Which versions our aliases point at; empty where there is no such model."""
        found = self.client.search_registered_models(f"name = '{self.name}'")
        if not found:
            return {}
        every = found[0].aliases
        return {name: int(every[name]) for name in ALIASES if name in every}

    def point(self, aliases: Mapping[str, int]) -> None:
        """Make our aliases point so; those left out point nowhere. Repeating it changes nothing."""
        current = self.aliases()
        # The champion last: whoever reads it finds its companions in place.
        for name in sorted(ALIASES, key=lambda alias: alias == CHAMPION):
            if name in aliases and aliases[name] != current.get(name):
                self.client.set_registered_model_alias(self.name, name, str(aliases[name]))
            elif name in current and name not in aliases:
                self.client.delete_registered_model_alias(self.name, name)

    def champion(self) -> int | None:
        """The version that serves, or None."""
        return self.aliases().get(CHAMPION)

    def versions(self) -> dict[int, Version]:
        """All versions, by number."""
        found = [
            _version(version)
            for version in self.client.search_model_versions(f"name = '{self.name}'")
        ]
        return {version.number: version for version in found}

    def add_version(self, run: str, packed: Path, fingerprint: str) -> int:
        """Register a packed model; a version that has this bundle already is returned instead.

        Args:
            run: MLflow run that the files are kept with.
            packed: folder of the packed model.
            fingerprint: hash of its bundle's manifest.
        """
        for version in self.versions().values():
            if version.fingerprint == fingerprint:
                return version.number
        path = f"{PACKED}_{fingerprint[:12]}"
        self.client.log_artifacts(run, str(packed), path)
        source = f"{self.client.get_run(run).info.artifact_uri}/{path}"
        added = self.client.create_model_version(
            self.name, source, run_id=run, tags={FINGERPRINT: fingerprint}
        )
        return int(added.version)

    def fetch_bundle(self, version: int, folder: Path) -> Path:
        """Copy the bundle of a version's packed model into `folder`; return where it lies.

        Raises:
            RegistryError: the store is away, or the version is gone.
        """
        try:
            uri = self.client.get_model_version_download_uri(self.name, str(version))
            return fetch(self.client, f"{uri}/{BUNDLE}", folder)
        except STORE_ERRORS as error:
            raise RegistryError(
                f"version {version} of {self.name} cannot be fetched: {one_line(error)}"
            ) from error

    def log_run(self) -> str | None:
        """The run that keeps the promotion log, or None where there is no such model yet."""
        found = self.client.search_registered_models(f"name = '{self.name}'")
        return found[0].tags.get(LOG_RUN) if found else None

    def create(self) -> str:
        """Make sure that the model is there, with a run for its log; return the run.

        The model's name is unique in the store: of two that create it at once one succeeds, and
        the other uses the log of the first.
        """
        known = self.log_run()
        if known is not None:
            return known
        run = self._tracker.start_run(f"promotions of {self.name}", {LOG_RUN: self.name}, None)
        try:
            self.client.create_registered_model(self.name, tags={LOG_RUN: run})
        except MlflowException as error:
            if error.error_code != ErrorCode.Name(RESOURCE_ALREADY_EXISTS):
                raise
            known = self.log_run()
            if known is not None:
                self._tracker.delete_run(run)
                return known
            self.client.set_registered_model_tag(self.name, LOG_RUN, run)  # made by hand
        return run


def _version(found: ModelVersion) -> Version:
    return Version(int(found.version), found.run_id or "", found.tags.get(FINGERPRINT, ""))
