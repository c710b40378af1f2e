"""Repairs: configured, counted and marked with the hours they touched."""

from dataclasses import replace

import numpy as np
import pandas as pd

from hpo_exp.config import RepairConfig
from hpo_exp.data.findings import Finding, hours_of, spans_of
from hpo_exp.spans import DAY, WEEK

_RADIATION = "RADIACAO"
_BACK = {"day": DAY, "week": WEEK}


def repaired(
    frame: pd.DataFrame,
    found: list[Finding],
    night: np.ndarray[tuple[int], np.dtype[np.bool_]],
    config: RepairConfig,
) -> tuple[pd.DataFrame, list[Finding]]:
    """Do what is configured about findings.

    Args:
        frame: the hourly table's columns.
        found: what the checks found in it.
        night: hours without sun, shape (rows,).
        config: what to do.

    Returns:
        The columns afterwards, and the findings with what was done about each, those of the
        repairs that no check asked for among them.
    """
    frame, done = frame.copy(), []
    emptied = {"range": config.ranges, "frozen": config.frozen, "spike": config.spikes}
    for finding in found:
        if emptied.get(finding.check) == "empty":
            frame.loc[hours_of(finding.spans), finding.column] = np.nan
            text = f"{finding.text}; emptied"
            done.append(replace(finding, action="emptied", text=text))
        else:
            done.append(finding)
    if config.night_radiation == "zero" and _RADIATION in frame:
        dark = pd.DatetimeIndex(frame.index[frame[_RADIATION].isna() & night])
        frame.loc[dark, _RADIATION] = 0.0
        done += _imputed(_RADIATION, "night", dark, "the sun is down: 0")
    if config.gaps != "keep":
        for name in (name for name in config.gap_columns if name in frame):
            frame[name], hours = filled(frame[name], _BACK[config.gaps], config.gap_hours)
            what = f"the same hour of the {config.gaps} before"
            done += _imputed(name, "gap", hours, what)
    return frame, done


def filled(
    values: "pd.Series[float]", back: int, longest: int
) -> tuple["pd.Series[float]", pd.DatetimeIndex]:
    """Fill gaps from the past.

    Args:
        values: series, shape (n,).
        back: hours by which the value taken lies before.
        longest: longest gap, in hours, that is filled.

    Returns:
        The series, shape (n,), and the hours that were filled with a measured value.
    """
    missing = values.isna()
    gap = (missing != missing.shift()).cumsum()
    short = missing & (missing.groupby(gap).transform("size") <= longest)
    before = values.shift(back)
    hours = pd.DatetimeIndex(values.index[short & before.notna()])
    return values.where(~short, before), hours


def _imputed(name: str, check: str, hours: pd.DatetimeIndex, rule: str) -> list[Finding]:
    if hours.empty:
        return []
    text = f"{name}: {len(hours)} missing hours imputed ({rule}), the first {hours[0]}"
    return [Finding(check, name, len(hours), spans_of(hours), "imputed", text)]
