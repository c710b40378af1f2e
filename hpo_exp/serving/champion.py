"""The champion that serves: fetched, verified, warmed up, and replaced when another is named."""

import logging
import shutil
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hpo_exp.errors import UserError
from hpo_exp.export.checksums import verify_files
from hpo_exp.export.forecast import read_forecast
from hpo_exp.export.manifest import BundleError, Manifest, load_manifest
from hpo_exp.export.model_inputs import check_askable
from hpo_exp.export.recent_hours import RecentHours
from hpo_exp.export.saved_model_reader import SavedModelReader
from hpo_exp.serving.traced_inputs import MakeInputs, fast_inputs
from hpo_exp.tracking.mlflow_store import STORE_ERRORS, one_line
from hpo_exp.tracking.registry import Registry, RegistryError

log = logging.getLogger(__name__)

WARM_UP_BATCHES = (1, 2, 8)


@dataclass(frozen=True)
class Champion:
    """A loaded version; requests hold on to theirs, whatever is loaded meanwhile.

    Attributes:
        name, version: of the registered model.
        manifest: its bundle's.
        make_inputs: makes its inputs of checked hours.
        model: answers them.
    """

    name: str
    version: int
    manifest: Manifest
    make_inputs: MakeInputs
    model: SavedModelReader


class ChampionKeeper:
    """Keeps the registry's champion loaded.

    Args:
        registry: the registered model.
        cache: folder of fetched bundles.
        loaded: told each champion before it serves.
        failed: told each time that the registry or a bundle fails.
    """

    def __init__(
        self,
        registry: Registry,
        cache: Path,
        loaded: Callable[[Champion], None],
        failed: Callable[[], None],
    ) -> None:
        self._registry, self._cache = registry, cache / registry.name
        self._loaded, self._failed = loaded, failed
        self._stop = threading.Event()
        self._complaint = ""

    def refresh(self, current: int | None) -> int | None:
        """Load the champion unless it is `current`; what serves stays where that fails."""
        try:
            version = self._registry.champion()
            if version is None or version == current:
                return current
            champion = load_champion(self._registry, version, self._cache)
        except (UserError, *STORE_ERRORS) as error:
            self._failed()
            complaint = f"the champion of {self._registry.name}: {one_line(error)}"
            if complaint != self._complaint:  # once, not at each look
                log.warning("%s; what serves goes on", complaint)
            self._complaint = complaint
            return current
        self._complaint = ""
        self._loaded(champion)
        log.info("version %d of %s serves", version, self._registry.name)
        self._forget_others(version)
        return version

    def follow(self, poll_seconds: float) -> threading.Thread:
        """Look for another champion every so often, from a thread of its own."""

        def look() -> None:
            current = self.refresh(None)
            while not self._stop.wait(poll_seconds):
                current = self.refresh(current)

        thread = threading.Thread(target=look, name="champion", daemon=True)
        thread.start()
        return thread

    def stop(self) -> None:
        """End the thread at its next look."""
        self._stop.set()

    def _forget_others(self, version: int) -> None:
        """Remove bundles of earlier champions: TensorFlow has read what it needs of them."""
        for folder in self._cache.iterdir():
            if not folder.name.startswith(f"{version}-"):
                shutil.rmtree(folder, ignore_errors=True)


def load_champion(registry: Registry, version: int, cache: Path) -> Champion:
    """Fetch a version's bundle unless it is there, verify it, load it and ask it.

    Raises:
        UserError: it cannot be fetched, is not what was exported, or does not answer.
    """
    found = registry.versions().get(version)
    if found is None:
        raise RegistryError(f"{registry.name} has no version {version} any more")
    folder = cache / f"{version}-{found.fingerprint[:12]}"
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache, prefix=".fetching-") as temporary:
            registry.fetch_bundle(version, Path(temporary)).rename(folder)
    try:
        verify_files(folder)
        manifest = load_manifest(folder)
        check_askable(manifest)
        champion = Champion(
            registry.name, version, manifest, fast_inputs(manifest), SavedModelReader(folder)
        )
        _warm_up(champion)
    except BundleError:
        shutil.rmtree(folder, ignore_errors=True)  # to be fetched again
        raise
    return champion


def _warm_up(champion: Champion) -> None:
    """Answer once, so that the first caller need not wait, nor get an error."""
    manifest = champion.manifest
    values = np.ones((manifest.history_hours, len(manifest.columns)))
    inputs = champion.make_inputs(RecentHours(np.datetime64("2022-03-01", "h"), values, {}))
    for size in WARM_UP_BATCHES:
        batch = {name: np.repeat(rows, size, axis=0) for name, rows in inputs.items()}
        outputs = champion.model(batch)
    read_forecast(manifest, np.datetime64("2022-03-01", "h"), outputs)
