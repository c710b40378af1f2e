"""The model's inputs of a table of hours: by the code that made them for training."""

import numpy as np
import pandas as pd

from hpo_exp.data.table import HourlyTable, Provenance
from hpo_exp.errors import UserError
from hpo_exp.export.manifest import TIMESTAMP, BundleError, Manifest
from hpo_exp.export.recent_hours import RecentHours
from hpo_exp.export.signature import named_inputs
from hpo_exp.features.inputs import Inputs, build_inputs


class AskingError(UserError):
    """A model that a table of hours is not enough to ask."""


def check_askable(manifest: Manifest) -> None:
    """Make sure that a table of hours is all that the model reads.

    Raises:
        AskingError: it reads weather forecasts, which such a table does not hold.
    """
    if manifest.features.weather_forecasts:
        raise AskingError(
            f"the model reads weather forecasts ({', '.join(manifest.features.weather_forecasts)}),"
            " which a table of hours does not hold: it cannot be promoted, served or asked as a "
            "pyfunc; train one with features.weather_forecasts=[]"
        )


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
    try:
        return named_inputs(
            inputs, manifest.inputs, manifest.time_steps, manifest.reference, issues
        )
    except KeyError as error:
        raise BundleError(
            f"the model reads {error.args[0]}, which this version of hpo_exp does not know"
        ) from error


def check_table(manifest: Manifest, frame: pd.DataFrame) -> None:
    """Make sure that an hourly table has what the model reads.

    Raises:
        BundleError: it lacks a column.
    """
    for name in manifest.columns:
        if name not in frame:
            raise BundleError(f"the model reads {name}, which the data do not have")
