"""ONS's marginal cost of operation (CMO): half-hourly as published, hourly in the table."""

from pathlib import Path

import pandas as pd

from hpo_exp.data.cells import Reading
from hpo_exp.data.findings import Finding, spans_of
from hpo_exp.data.yearly import SUBSYSTEMS, YearlyKind, read_years

CMO = "cmo_r_mwh"

_HALF_HOUR = pd.Timedelta(minutes=30)
_KIND = YearlyKind("CMO_SEMIHORARIO", {"val_cmo": CMO}, minutes=30)


def read_cmo(root: Path, subsystem: str, start: pd.Timestamp, end: pd.Timestamp) -> Reading:
    """Read the marginal cost, which is optional.

    Args:
        root: folder searched recursively for `CMO_SEMIHORARIO_YYYY`.
        subsystem: N, NE, S or SE; SIN has none.
        start: first hour at UTC-3.
        end: last hour at UTC-3, included.

    Returns:
        Column `cmo_r_mwh` (R$/MWh, float64), the mean of an hour's two halves over the hours
        that have both; no column and a note where there is no file.

    Raises:
        DataError: a file is damaged, as for `read_load`.
    """
    if subsystem not in SUBSYSTEMS:
        return Reading.absent(f"{subsystem} has no marginal cost of its own: {CMO} is absent")
    rows, files, notes, findings = read_years(root, _KIND, (subsystem,), start, end + _HALF_HOUR)
    if not files or rows.empty:
        return Reading.absent(f"no {_KIND.stem}_YYYY file is of the period: {CMO} is absent")
    return Reading(
        whole_hours(rows[CMO]).to_frame(), files, notes, (*findings, *_missing(rows[CMO]))
    )


def whole_hours(halves: "pd.Series[float]") -> "pd.Series[float]":
    """Mean of each hour's two halves.

    Args:
        halves: values by the start of their half hour, shape (n,), sorted.

    Returns:
        One value an hour in which both halves have one, shape (hours,), by the hour's start.
    """
    known = halves.dropna()
    hours = known.groupby(pd.DatetimeIndex(known.index).floor("h").rename("timestamp"))
    return hours.mean()[hours.size() == 2]


def _missing(halves: "pd.Series[float]") -> list[Finding]:
    """Half hours between the first and the last that nobody published."""
    known = pd.DatetimeIndex(halves.dropna().index)
    if known.empty:
        return []
    absent = pd.date_range(known[0], known[-1], freq=_HALF_HOUR).difference(known)
    if absent.empty:
        return []
    spans = spans_of(absent, _HALF_HOUR)
    text = (
        f"{_KIND.stem}: {len(absent)} half hours are not published, in {len(spans)} stretches, the "
        f"first at {absent[0]}; their hours are empty"
    )
    return [Finding("missing_stamps", CMO, len(absent), spans, "kept", text)]
