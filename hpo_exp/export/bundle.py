"""The best model on disk: `model.keras`, a SavedModel, and a manifest that explains both."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import keras
import numpy as np

from hpo_exp.config import TuneConfig
from hpo_exp.data.table import TARGET, HourlyTable
from hpo_exp.errors import SweepError
from hpo_exp.export.graph import deployable, deployable_inputs
from hpo_exp.export.manifest import MANIFEST, explain_reading
from hpo_exp.export.signature import forecast_name, level_name, reference_name
from hpo_exp.features.windows import AHEAD, PAST, ahead_names, feature_names
from hpo_exp.files import sha256, write_text
from hpo_exp.models.blend import Blend
from hpo_exp.revision import code_revision, package_versions

PROBE_WINDOWS = 64
"""Windows on which all forms of the model have to agree."""


def write_bundle(
    blend: Blend,
    table: HourlyTable,
    folder: Path,
    probe_issues: np.ndarray,
    config: TuneConfig,
    offsets_mw: np.ndarray | None = None,
) -> None:
    """Write the bundle; `folder` appears whole or not at all.

    Args:
        blend: the model.
        table: what it was trained on.
        folder: where to; replaced if it is there.
        probe_issues: issue rows on which the exported forms are compared with the network.
        config: what it was trained by; the manifest keeps what asking the model takes.
        offsets_mw: what leads from a forecast to its quantiles (MW), by step, hour of day and
            level of `config.intervals`, shape (horizon, 24, levels), or None.

    Raises:
        SweepError: the SavedModel cannot be written or does not agree with the model.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".bundle-") as temporary:
        building = Path(temporary) / folder.name
        building.mkdir()
        model = deployable(blend)
        model.save(building / "model.keras")
        probe = Path(temporary) / "probe.npz"
        _write_probe(blend, probe_issues[:PROBE_WINDOWS], probe)
        _export_saved_model(building, probe)
        manifest = _manifest(blend, model, table, building) | _asking(blend, table, config)
        if offsets_mw is not None:
            levels = config.intervals.levels
            manifest["intervals"] = {"levels": levels, "offsets_mw": offsets_mw.tolist()}
        write_text(building / MANIFEST, json.dumps(manifest, indent=2, ensure_ascii=False))
        if folder.exists():
            shutil.rmtree(folder)
        building.rename(folder)


def _write_probe(blend: Blend, issues: np.ndarray, path: Path) -> None:
    """Keep the inputs of some windows and what the trained network itself answers to them."""
    answers = {forecast_name(name): mw for name, mw in blend.forecast_all(issues).items()}
    arrays = {**deployable_inputs(blend, issues), **answers}
    np.savez(path, allow_pickle=False, **arrays)


def _export_saved_model(folder: Path, probe: Path) -> None:
    """Export in a process of its own; see `hpo_exp.export.saved_model`."""
    command = [sys.executable, "-m", "hpo_exp.export.saved_model", str(folder), str(probe)]
    environment = {**os.environ, "KERAS_BACKEND": "tensorflow"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        reason = (done.stderr.strip() or f"exit status {done.returncode}").splitlines()[-1]
        raise SweepError(f"the SavedModel could not be exported: {reason}")


def _asking(blend: Blend, table: HourlyTable, config: TuneConfig) -> dict[str, Any]:
    """How the model's inputs are made of a table, and what its forecasts are dispatched by."""
    hyperparameters, case = blend.winner.training_set.hyperparameters, config.dispatch
    features = config.features.model_copy(update={"reference": hyperparameters.reference})
    return {
        "reading": explain_reading(table, config.data, features, hyperparameters.time_steps),
        "scored_steps": list(config.scored_steps),
        "dispatch": None if case is None else case.model_dump(mode="json"),
    }


def _manifest(blend: Blend, model: keras.Model, table: HourlyTable, folder: Path) -> dict[str, Any]:
    training_set = blend.winner.training_set
    inputs, hyperparameters = training_set.inputs, training_set.hyperparameters
    features = {PAST: list(feature_names(inputs)), AHEAD: list(ahead_names(inputs))}
    features |= {reference_name(column): [column] for column in inputs.series}
    features |= {level_name(column): [column] for column in inputs.growing}
    trained = inputs.index[training_set.issues]
    return {
        "format": 1,
        "target": TARGET,
        "targets": list(inputs.series),
        "unit": "MW",
        "horizon": inputs.horizon,
        "time_steps": hyperparameters.time_steps,
        "reference": hyperparameters.reference,
        "inputs": {
            name: {"shape": list(tensor.shape), "features": features.get(name, [TARGET])}
            for name, tensor in model.input.items()
        },
        "relative_to_mean_of_days": dict(inputs.growing),
        "lag_hours": list(inputs.lags),
        "publication_delay_hours": inputs.delay,
        "weather_forecasts": _weather(table) if inputs.weather_names else None,
        "output": {name: {"shape": list(tensor.shape)} for name, tensor in model.output.items()},
        "hyperparameters": hyperparameters.as_dict(),
        "companions": [fit.training_set.hyperparameters.as_dict() for fit in blend.fits[1:]],
        "epochs": blend.winner.epochs,
        "trained": {
            "first_issue_time": trained[0].isoformat(),
            "last_issue_time": trained[-1].isoformat(),
            "windows": len(trained),
        },
        "data": {
            "source": table.provenance.source,
            "simulated": table.provenance.simulated,
            "subsystem": table.provenance.subsystem,
            "utc_offset_hours": table.provenance.utc_offset_hours,
            "sha256": table.sha256,
        },
        "code": code_revision(),
        "versions": package_versions(),
        "sha256": {
            str(path.relative_to(folder).as_posix()): sha256(path)
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        },
    }


def _weather(table: HourlyTable) -> dict[str, Any]:
    """What tells which runs of a weather model the features `foreseen_…` are of."""
    runs = table.weather_forecasts
    assert runs is not None  # or the inputs could not have been built
    return {"delay_hours": runs.delay, "simulated": runs.simulated}
