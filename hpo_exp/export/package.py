"""A bundle packed as an MLflow model: the pyfunc's code, the bundle, and what they need."""

import shutil
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

import hpo_exp
from hpo_exp.dispatch.period import RESTRICTION
from hpo_exp.export.answer import Bundle
from hpo_exp.export.manifest import TIMESTAMP, Manifest
from hpo_exp.export.pyfunc_model import BUNDLE
from hpo_exp.export.recent_hours import HoursError
from hpo_exp.revision import package_versions

REQUIREMENTS = (
    "mlflow", "numpy", "pandas", "pydantic", "pulp", "highspy", "holidays", "pyarrow",
)  # fmt: skip
"""What answering takes beside TensorFlow and this project's own code, which is packed along."""
SUPPLY_HOURS = 48
"""Hours of other sources that the dispatch may look back on."""


def pack_model(bundle: Path, folder: Path, example: pd.DataFrame) -> None:
    """Write a bundle as an MLflow model.

    Args:
        bundle: the bundle.
        folder: where to; must not exist.
        example: a table of hours that the model can be asked with; its signature and input
            example come from it.
    """
    from mlflow import pyfunc

    loaded = Bundle(bundle)
    code = folder.with_name(f"{folder.name}.code")
    try:
        shutil.copytree(
            Path(hpo_exp.__file__).parent,
            code / "hpo_exp",
            ignore=shutil.ignore_patterns("__pycache__", "conf"),
        )
        pyfunc.save_model(
            folder,
            python_model=str(Path(__file__).with_name("pyfunc_model.py")),
            artifacts={BUNDLE: str(bundle)},
            code_paths=[str(code / "hpo_exp")],
            signature=_signature(loaded.manifest, loaded.answer(example)),
            input_example=_cast(example),
            pip_requirements=_requirements(),
        )
    finally:
        shutil.rmtree(code, ignore_errors=True)


def example_hours(manifest: Manifest, frame: pd.DataFrame) -> pd.DataFrame:
    """The newest hours without a gap of an hourly table, as a user would hand them over.

    Raises:
        HoursError: there are not as many hours in a row without one as a forecast reads.
    """
    every = [*manifest.columns, *manifest.supply_columns, RESTRICTION]
    ours = [name for name in dict.fromkeys(every) if name in frame]
    rows = max(manifest.history_hours, SUPPLY_HOURS)
    gapless = frame[list(manifest.columns)].notna().all(axis=1).astype(float)
    ends = np.flatnonzero(gapless.rolling(rows).sum().to_numpy() == rows)
    if len(ends) == 0:
        raise HoursError(f"there are no {rows} hours in a row without a gap, for an example")
    hours = frame[ours].iloc[ends[-1] + 1 - rows : ends[-1] + 1]
    return hours.rename(columns=dict(manifest.names)).reset_index(names=manifest.names[TIMESTAMP])


def _signature(manifest: Manifest, answer: pd.DataFrame) -> object:
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, Schema, TensorSpec

    optional = [
        name for name in (*manifest.supply_columns, RESTRICTION) if name not in manifest.columns
    ]
    inputs: list[ColSpec | TensorSpec] = [
        ColSpec(DataType.datetime, manifest.names[TIMESTAMP]),
        *(ColSpec(DataType.double, manifest.names[name]) for name in manifest.columns),
        *(
            ColSpec(DataType.double, manifest.names.get(name, name), required=False)
            for name in optional
        ),
    ]
    kinds = {"M": DataType.datetime, "i": DataType.long, "f": DataType.double}
    outputs: list[ColSpec | TensorSpec] = [
        ColSpec(kinds[answer[name].dtype.kind], str(name)) for name in answer
    ]
    return ModelSignature(inputs=Schema(inputs), outputs=Schema(outputs))


def _cast(example: pd.DataFrame) -> pd.DataFrame:
    """Columns as the signature has them: hours without a zone and doubles."""
    return example.astype({name: np.float64 for name in example if example[name].dtype.kind != "M"})


def _requirements() -> list[str]:
    """Exact versions: what answered here is what will answer there."""
    installed = package_versions()
    tensorflow = next(name for name in ("tensorflow-cpu", "tensorflow") if name in installed)
    return [f"{name}=={version(name)}" for name in (tensorflow, *REQUIREMENTS)]
