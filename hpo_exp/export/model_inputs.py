"""The model's inputs of a table of hours: by the code that made them for training."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from hpo_exp.data.table import HourlyTable, Provenance
from hpo_exp.export.manifest import TIMESTAMP, BundleError, Manifest
from hpo_exp.export.recent_hours import RecentHours
from hpo_exp.features.inputs import Inputs, build_inputs
from hpo_exp.features.windows import raw_windows, reference_load, target_rows

PAST, AHEAD, HOUR_OF_DAY, REFERENCE = "past", "ahead", "hour", "reference_mw"


def inputs_of_hours(manifest: Manifest, hours: RecentHours) -> dict[str, np.ndarray]:
    """The model's named inputs for one forecast, float32, each with a first axis of 1."""
    start = hours.issue - np.timedelta64(manifest.history_hours, "h")
    index = pd.date_range(start, periods=manifest.history_hours, freq="h", name=TIMESTAMP)
    frame = pd.DataFrame(hours.values, index=index, columns=list(manifest.columns))
    provenance = Provenance(
        manifest.source, manifest.simulated, manifest.subsystem, manifest.utc_offset_hours
    )
    inputs = build_inputs(HourlyTable(frame, provenance), manifest.data, manifest.features)
    return model_inputs(manifest, inputs, np.array([manifest.history_hours]))


def model_inputs(manifest: Manifest, inputs: Inputs, issues: np.ndarray) -> dict[str, np.ndarray]:
    """The model's named inputs for some issue rows, float32, in raw units.

    Raises:
        BundleError: the model has an input that this version of the project does not know.
    """
    windows = raw_windows(inputs, manifest.time_steps)
    makers: dict[str, Callable[[], np.ndarray]] = {
        PAST: lambda: windows.past(issues),
        AHEAD: lambda: windows.ahead(issues),
        HOUR_OF_DAY: lambda: inputs.clock[target_rows(issues, inputs.horizon)],
        REFERENCE: lambda: reference_load(inputs, manifest.reference, issues),
    }
    unknown = [name for name in manifest.inputs if name not in makers]
    if unknown:
        raise BundleError(
            f"the model reads {unknown[0]}, which this version of hpo_exp does not know"
        )
    return {name: np.asarray(makers[name](), np.float32) for name in manifest.inputs}


def check_table(manifest: Manifest, frame: pd.DataFrame) -> None:
    """Make sure that an hourly table has what the model reads.

    Raises:
        BundleError: it lacks a column.
    """
    for name in manifest.columns:
        if name not in frame:
            raise BundleError(f"the model reads {name}, which the data do not have")
