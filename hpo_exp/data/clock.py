"""The publishers' clocks and the table's clock.

ONS labels every subsystem's hours, N and NE included, with Brasilia's wall clock; INMET labels
them in UTC. The table's clock never changes: zone-less stamps at UTC-3.
"""

from datetime import timedelta, timezone

import numpy as np
import pandas as pd

from hpo_exp.errors import DataError

UTC_OFFSET_HOURS = -3
"""The table's fixed offset from UTC: Brasilia's clock without daylight saving."""

_WALL = "America/Sao_Paulo"
_TABLE = timezone(timedelta(hours=UTC_OFFSET_HOURS))


def from_wall(stamps: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Put naive Sao Paulo wall-clock stamps on the table's clock.

    Args:
        stamps: zone-less stamps, shape (n,), in any order.

    Returns:
        Zone-less UTC-3 stamps, shape (n,): NaT for a wall hour that never was (the start of
        daylight saving), and the first of the two for one that was twice (its end).
    """
    # Where wall hour 23 was twice ONS publishes one row. It is the first, still daylight saving:
    # from it to the next row (wall hour 0) SE's load falls by 10.8 % on 2018-02-17 and 8.9 % on
    # 2019-02-16, which is what it usually falls from 23 to 01 (10 and 9 %), not from 23 to 00
    # (5 and 4 %); from 22 to 23 it falls as usual (4 to 5 %). A mean or sum of both would not.
    first = np.ones(len(stamps), dtype=bool)
    zoned = stamps.tz_localize(_WALL, nonexistent="NaT", ambiguous=first)
    return zoned.tz_convert(_TABLE).tz_localize(None)


def from_utc(stamps: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Put zone-less UTC stamps, shape (n,), on the table's clock: UTC-3, shape (n,)."""
    return stamps + pd.Timedelta(hours=UTC_OFFSET_HOURS)


def to_wall(stamps: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Turn zone-less UTC-3 stamps, shape (n,), into Sao Paulo wall-clock stamps, shape (n,)."""
    return stamps.tz_localize(_TABLE).tz_convert(_WALL).tz_localize(None)


def was_twice(stamps: pd.DatetimeIndex) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Tell which naive Sao Paulo wall-clock stamps, shape (n,), happened twice: shape (n,)."""
    later = from_wall(stamps) + pd.Timedelta(hours=1)
    # A stamp that was twice reads the same an hour after its first time.
    return np.asarray(later.notna() & (to_wall(later) == stamps), dtype=np.bool_)


def full_hours(
    texts: "pd.Series[str]", source: str, minutes: int = 60
) -> "pd.Series[pd.Timestamp]":
    """Read ISO 8601 texts, shape (n,), as zone-less full hours; the index holds their lines.

    Args:
        texts: the texts.
        source: what the message calls the file.
        minutes: 60 for full hours, 30 for half hours as well.

    Raises:
        DataError: one is no time, carries a zone or is no full hour; the message names the
            source, column and line.
    """
    stamps = pd.to_datetime(texts, format="ISO8601", errors="coerce", utc=True)
    # A spreadsheet's day fraction may miss the hour by microseconds.
    stamps = stamps.dt.tz_localize(None).dt.round("s")
    zoned = texts.str.contains(r"[Zz+]|[T ].*-", regex=True)
    wrong = stamps.isna() | (stamps != stamps.dt.floor(f"{minutes}min")) | zoned
    if wrong.any():
        row = int(wrong.argmax())
        what = "full hour" if minutes == 60 else "full or half hour"
        raise DataError(
            f"{source}, column {texts.name}, line {texts.index[row]}: {texts.iloc[row]!r} is not a "
            f"{what} without a time zone; fetch the file from the publisher again"
        )
    return stamps
