"""The last hours as a user hands them over: checked, and told by name what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from hpo_exp.dispatch.period import RESTRICTION
from hpo_exp.errors import DataError
from hpo_exp.export.manifest import TIMESTAMP, Manifest

HOUR = np.timedelta64(1, "h")
EARLIEST = np.datetime64("1970-01-01")
"""Calendars of earlier years are another matter."""


class HoursError(DataError):
    """The last hours cannot be forecast from; the message says which one and why."""


@dataclass(frozen=True)
class RecentHours:
    """The hours before an issue time.

    Attributes:
        issue: the hour after the last one, datetime64[h].
        values: what the model reads, in the manifest's columns, shape (history hours, columns);
            NaN alone where a column is published late.
        supply: what the dispatch reads of other sources (MW), by the table's columns, each of all
            hours that were given, NaN where unknown.
    """

    issue: np.datetime64
    values: np.ndarray
    supply: Mapping[str, np.ndarray]


def check_hours(
    manifest: Manifest, times: np.ndarray, columns: Mapping[str, np.ndarray]
) -> RecentHours:
    """Check a table of the last hours.

    Args:
        manifest: of the model that is asked.
        times: label of each hour, datetime64, in order; the last is the newest.
        columns: values by the user's name of a column, each shape (hours,), NaN where missing.

    Raises:
        HoursError: an hour is missing, repeated or no whole one, a column is unknown or missing,
            there are too few hours, or a value that is read is none.
    """
    _check_names(manifest, columns, len(times))
    _check_order(times)
    if len(times) < manifest.history_hours:
        raise HoursError(
            f"a forecast reads the last {manifest.history_hours} hours, and there are {len(times)}"
        )
    read = slice(len(times) - manifest.history_hours, None)
    kept = times[read]
    values = np.empty((manifest.history_hours, len(manifest.columns)))
    for position, name in enumerate(manifest.columns):
        values[:, position] = columns[manifest.names[name]][read]
    _check_known(manifest, kept, values)
    supply = {
        name: np.asarray(columns[_named(manifest, name)], np.float64)
        for name in (*manifest.supply_columns, RESTRICTION)
        if _named(manifest, name) in columns
    }
    return RecentHours(kept[-1].astype("datetime64[h]") + HOUR, values, supply)


def check_freshness(hours: RecentHours, now: np.datetime64, longest_hours: float | None) -> None:
    """Make sure that the hours end about now.

    Args:
        hours: the hours.
        now: the time of day where they were measured, at their offset from UTC.
        longest_hours: longest time since the end of the last hour, or None for any.

    Raises:
        HoursError: they end too long ago, or have not come yet.
    """
    late = (now - hours.issue.astype("datetime64[s]")) / HOUR
    last = hours.issue - HOUR
    if late < 0:
        raise HoursError(f"the last hour, {last}, is not over: it is {_minute(now)}")
    if longest_hours is not None and late > longest_hours:
        raise HoursError(
            f"the last hour, {last}, is stale: it ended {late:,.1f} hours ago (it is "
            f"{_minute(now)}), and {longest_hours:g} are allowed"
        )


def known_columns(manifest: Manifest) -> tuple[str, ...]:
    """Columns that a table may have, as the user calls them; those that it has to come first."""
    ours = (*manifest.columns, *manifest.supply_columns, RESTRICTION)
    return tuple(dict.fromkeys(_named(manifest, name) for name in ours))


def split_frame(
    frame: pd.DataFrame, manifest: Manifest
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Take a table apart: its hours, and its columns.

    Raises:
        HoursError: it has no column of hours, or one that holds no numbers.
    """
    name = manifest.names[TIMESTAMP]
    if name not in frame:
        raise HoursError(f"the table has no column {name} with its hours")
    try:
        times = pd.to_datetime(frame[name])
    except (ValueError, TypeError) as error:
        raise HoursError(f"column {name} holds something that is no time: {error}") from error
    if times.dt.tz is not None:
        raise HoursError(
            f"column {name} has a time zone: give local hours, at UTC{manifest.utc_offset_hours:+d}"
        )
    columns = {}
    for label in frame.columns.drop(name):
        try:
            columns[str(label)] = frame[label].to_numpy(np.float64)
        except (ValueError, TypeError) as error:
            raise HoursError(f"column {label} holds something that is no number") from error
    return times.to_numpy(), columns


def _named(manifest: Manifest, name: str) -> str:
    """What the user calls a column of ours."""
    return manifest.names.get(name, name)


def _check_names(manifest: Manifest, columns: Mapping[str, np.ndarray], rows: int) -> None:
    known = known_columns(manifest)
    unknown = [name for name in columns if name not in known]
    if unknown:
        raise HoursError(f"unknown column {_short(unknown[0])}: known are {', '.join(known)}")
    for name in manifest.columns:
        if _named(manifest, name) not in columns:
            raise HoursError(f"column {_named(manifest, name)} is missing")
    for name, values in columns.items():
        if len(values) != rows:
            raise HoursError(f"column {name} has {len(values)} values for {rows} hours")


def _check_order(times: np.ndarray) -> None:
    if len(times) == 0:
        raise HoursError("the table has no hours")
    if np.isnat(times).any():
        raise HoursError(f"row {int(np.isnat(times).argmax())} has no time")
    if (times < EARLIEST).any():
        raise HoursError(f"row {int((times < EARLIEST).argmax())} lies before {EARLIEST}")
    odd = times != times.astype("datetime64[h]")
    if odd.any():
        raise HoursError(f"{times[int(odd.argmax())]} is no whole hour")
    steps = np.diff(times.astype("datetime64[h]"))
    wrong = steps != HOUR
    if wrong.any():
        row = int(wrong.argmax())
        before, after = (str(time.astype("datetime64[h]")) for time in times[row : row + 2])
        if steps[row] > HOUR:
            missing = times[row].astype("datetime64[h]") + HOUR
            raise HoursError(f"hour {missing} is missing: {after} follows {before}")
        raise HoursError(f"hours go forward one by one: {after} follows {before}")


def _check_known(manifest: Manifest, times: np.ndarray, values: np.ndarray) -> None:
    """Every value that is read is a number; a column that is late may end earlier."""
    finite = np.isfinite(values)
    if finite.all():
        return
    for position, name in enumerate(manifest.columns):
        read = len(times) - manifest.delay(name)
        wrong = ~finite[:read, position]
        if wrong.any():
            hour = times[int(wrong.argmax())].astype("datetime64[h]")
            raise HoursError(f"{manifest.names[name]} has no number at {hour}")


def _minute(time: np.datetime64) -> str:
    return str(time.astype("datetime64[m]")).replace("T", " ")


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:60]}…")
