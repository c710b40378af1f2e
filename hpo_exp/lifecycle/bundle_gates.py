"""Gates of the bundle itself: its files, its two forms, its speed."""

import time
from pathlib import Path

import numpy as np

from hpo_exp.config.promotion import LatencyGate
from hpo_exp.errors import UserError
from hpo_exp.export.checksums import verify_files
from hpo_exp.export.manifest import load_manifest
from hpo_exp.export.model_inputs import check_askable
from hpo_exp.export.saved_model_reader import SavedModelReader
from hpo_exp.export.signature import FORECAST
from hpo_exp.lifecycle.comparison import Rival
from hpo_exp.lifecycle.gate import Outcome

WARM_UP = 5


def check_files(bundle: Path) -> Outcome:
    """Every file has the hash that the manifest has of it, and none is missing or added."""
    try:
        count = verify_files(bundle)
    except UserError as error:
        return Outcome("checksums", passed=False, text=str(error))
    return Outcome("checksums", passed=True, text=f"{count} files are what was exported")


def load_rival(bundle: Path) -> Rival:
    """Load a bundle to be compared.

    Raises:
        BundleError: it cannot be loaded.
        AskingError: no table of hours is enough to ask it.
    """
    manifest = load_manifest(bundle)
    check_askable(manifest)
    return Rival(manifest, SavedModelReader(bundle))


def check_agreement(
    bundle: Path, rival: Rival, inputs: dict[str, np.ndarray], limit: float
) -> Outcome:
    """The SavedModel answers what `model.keras` answers."""
    import keras

    path = bundle / "model.keras"
    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
        expected = np.asarray(model(inputs)[FORECAST])
    except Exception as error:  # noqa: BLE001 - Keras raises what its readers happen to raise
        reason = str(error).strip().partition("\n")[0]
        return Outcome("agreement", passed=False, text=f"model.keras cannot be asked: {reason}")
    answered = rival.model(inputs)[FORECAST]
    difference = float(np.max(np.abs(answered / expected - 1)))
    return Outcome(
        "agreement",
        passed=difference <= limit,  # never true of NaN
        text=f"SavedModel and model.keras differ by {difference:.1e} on {len(answered)} windows; "
        f"at most {limit:.0e}",
    )


def check_latency(rival: Rival, inputs: dict[str, np.ndarray], gate: LatencyGate) -> Outcome:
    """One forecast at a time is answered fast enough."""
    one = {name: values[:1] for name, values in inputs.items()}
    times = []
    for call in range(WARM_UP + gate.calls):
        started = time.perf_counter()
        rival.model(one)
        if call >= WARM_UP:
            times.append(1000 * (time.perf_counter() - started))
    slowest = float(np.quantile(times, 0.99))
    return Outcome(
        "latency",
        passed=slowest <= gate.limit_ms,
        text=f"99 % of {gate.calls} forecasts take at most {slowest:.2f} ms; limit "
        f"{gate.limit_ms:g} ms",
    )
