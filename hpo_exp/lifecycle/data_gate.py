"""The gate of the recent hours: fresh, whole, plausible, and of the kind the model was made for."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

from hpo_exp.config.promotion import DataGate
from hpo_exp.data.table import HourlyTable
from hpo_exp.export.manifest import Manifest
from hpo_exp.lifecycle.gate import Outcome


def check_data(
    table: HourlyTable, manifest: Manifest, gate: DataGate, recent_hours: int, now: datetime
) -> list[Outcome]:
    """Check the hours that models are compared on.

    Args:
        table: the hourly table.
        manifest: of the model that is to be promoted.
        gate: the limits.
        recent_hours: hours that count, the newest.
        now: the time, UTC.
    """
    recent = table.frame.iloc[-max(recent_hours, manifest.history_hours) :]
    columns = [
        name
        for name in dict.fromkeys([*manifest.columns, *manifest.supply_columns])
        if name in recent
    ]
    return [
        _provenance(table, manifest, gate),
        _freshness(table, gate, now),
        _missing(recent, manifest, columns, gate),
        _ranges(recent, gate),
    ]


def _provenance(table: HourlyTable, manifest: Manifest, gate: DataGate) -> Outcome:
    own, theirs = table.provenance, (manifest.source, manifest.subsystem)
    if (own.source, own.subsystem) != theirs:
        text = (
            f"the model was trained on {' '.join(theirs)}, the recent hours are "
            f"{own.source} {own.subsystem}: choose data"
        )
        return Outcome("provenance", passed=False, text=text)
    if manifest.simulated and not gate.simulated:
        return Outcome("provenance", passed=False, text="the model was trained on simulated data")
    kind = "simulated" if manifest.simulated else "measured"
    return Outcome("provenance", passed=True, text=f"{kind} data of {' '.join(theirs)}")


def _freshness(table: HourlyTable, gate: DataGate, now: datetime) -> Outcome:
    local = now.astimezone(UTC).replace(tzinfo=None) + timedelta(
        hours=table.provenance.utc_offset_hours
    )
    age = (local - (table.index[-1] + pd.Timedelta(hours=1))) / pd.Timedelta(hours=1)
    limit = gate.freshness_hours
    last = f"the last hour is {table.index[-1]:%Y-%m-%d %H:%M}"
    if age < -1:
        return Outcome("freshness", passed=False, text=f"{last}, which has not come yet")
    if limit is None:
        return Outcome("freshness", passed=True, text=f"{last}; data of the past are allowed")
    return Outcome(
        "freshness",
        passed=bool(age <= limit),
        text=f"{last}, {age:,.0f} hours ago; at most {limit:g}",
    )


def _missing(
    recent: pd.DataFrame, manifest: Manifest, columns: list[str], gate: DataGate
) -> Outcome:
    absent = [name for name in manifest.columns if name not in recent]
    if absent:
        return Outcome("missing", passed=False, text=f"there is no column {absent[0]}")
    shares = {
        name: float(recent[name].iloc[: len(recent) - manifest.delay(name)].isna().mean())
        for name in columns
    }
    worst = max(shares, key=lambda name: shares[name])
    return Outcome(
        "missing",
        passed=shares[worst] <= gate.missing_share,
        text=f"{worst} has no value in {100 * shares[worst]:.1f} % of the last {len(recent)} "
        f"hours; at most {100 * gate.missing_share:g} %",
    )


def _ranges(recent: pd.DataFrame, gate: DataGate) -> Outcome:
    checked = [name for name in gate.ranges if name in recent]
    for name in checked:
        low, high = gate.ranges[name]
        values = recent[name].to_numpy()
        outside = (values < low) | (values > high)  # a missing value is neither
        if outside.any():
            row = int(np.argmax(outside))
            text = f"{name} is {values[row]:g} at {recent.index[row]}, outside {low:g} to {high:g}"
            return Outcome("ranges", passed=False, text=text)
    return Outcome("ranges", passed=True, text=f"{len(checked)} columns lie in their ranges")
