"""Which issue times have everything a forecast reads."""

from collections.abc import Iterable

import numpy as np

from hpo_exp.features.gaps import NEVER
from hpo_exp.features.inputs import Inputs, shift
from hpo_exp.features.windows import Reference, lag_offsets, reference_rows, target_rows


def readable_issues(
    inputs: Inputs, time_steps: int, references: Iterable[Reference], gap_hours: int
) -> np.ndarray:
    """Tell which issue rows read no gap of more than `gap_hours`, and have weather forecasts.

    Nothing stands in for a weather forecast that is not there.

    Args:
        inputs: the experiment's inputs.
        time_steps: the longest window of the search, so that every trial has the same issues.
        references: every reference of the search, for the same reason.
        gap_hours: hours for which a missing value may be filled; `NEVER` - 1 accepts any gap
            that an earlier value can fill.

    Returns:
        Flags of issue rows 0 … rows, shape (rows + 1,).
    """
    own_hour_lags = [
        shift(view.load_age, int(offset), NEVER)
        for view in inputs.views
        for offset in lag_offsets(view.lags, 1, view.delay)[0]
    ]
    age = np.max([inputs.age, *own_hour_lags], axis=0)
    gaps_before = np.concatenate([[0], np.cumsum(age > gap_hours)])
    issues = np.arange(inputs.rows + 1)
    start = issues - time_steps
    readable = (start >= 0) & (gaps_before == gaps_before[np.maximum(start, 0)])
    readable &= np.isfinite(inputs.weather).all(axis=(1, 2))
    targets = target_rows(issues, inputs.horizon)
    kinds = [kind for kind in dict.fromkeys(references) if kind != "none"]
    for view in inputs.views:
        offsets = lag_offsets(view.lags, view.horizon, view.delay)
        sources = [targets - offset for offset in offsets.T]
        sources += [reference_rows(view, kind, issues) for kind in kinds]
        for rows in sources:
            known = (rows >= 0) & (view.load_age[np.clip(rows, 0, inputs.rows - 1)] <= gap_hours)
            readable &= known.all(axis=1)
    return readable
