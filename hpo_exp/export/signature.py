"""The named inputs and outputs of the model as it leaves the project, and what each input holds."""

from collections.abc import Callable, Iterable
from functools import partial

import numpy as np

from hpo_exp.data.table import TARGET
from hpo_exp.features.inputs import Inputs
from hpo_exp.features.windows import (
    AHEAD,
    PAST,
    Reference,
    raw_windows,
    reference_load,
    target_rows,
)

HOUR = "hour"
REFERENCE, FORECAST = "reference_mw", "forecast_mw"
"""The load's reference and forecast; another series has its column in the place of `mw`."""


def reference_name(column: str) -> str:
    """Input that holds what a series' change is predicted against."""
    return REFERENCE if column == TARGET else f"reference_{column}"


def level_name(column: str) -> str:
    """Input that holds what a growing series is relative to (MW), of shape (batch, 1)."""
    return f"level_{column}"


def forecast_name(column: str) -> str:
    """Output that holds a series' forecast."""
    return FORECAST if column == TARGET else f"forecast_{column}"


def named_inputs(
    inputs: Inputs, names: Iterable[str], time_steps: int, reference: Reference, issues: np.ndarray
) -> dict[str, np.ndarray]:
    """The model's inputs for some issue rows, float32, in raw units.

    Args:
        inputs: what forecasts are made of.
        names: the inputs that the model has.
        time_steps: rows a window reads.
        reference: what changes are predicted against.
        issues: issue rows, shape (issues,).

    Raises:
        KeyError: an input that is none of the project's.
    """
    windows = raw_windows(inputs, time_steps)
    makers: dict[str, Callable[[], np.ndarray]] = {
        PAST: lambda: windows.past(issues),
        AHEAD: lambda: windows.ahead(issues),
        HOUR: lambda: inputs.clock[target_rows(issues, inputs.horizon)],
    }
    for view in inputs.views:
        makers[reference_name(view.target)] = partial(reference_load, view, reference, issues)
        makers[level_name(view.target)] = partial(np.take, view.level[:, None], issues, axis=0)
    return {name: np.asarray(makers[name](), np.float32) for name in names}
