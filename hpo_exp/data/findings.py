"""What was found in the data and what was done about it: one value a finding, never silent."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

Action = Literal["kept", "emptied", "dropped", "imputed", "joined"]
"""What was done with the hours: left as they are, made missing, left out, filled in by a rule, or
taken from another of the publisher's services."""

Span = tuple[str, str]
"""First and last hour of a stretch without a break, both included, ISO 8601 at UTC-3."""

_HOUR = pd.Timedelta(hours=1)


@dataclass(frozen=True)
class Finding:
    """One thing found in one column.

    Attributes:
        check: the check's name, as in `quality.json`.
        column: the table's column, or the file's kind where whole rows are meant.
        hours: hours (of half-hourly files: half hours) that are concerned.
        spans: the same hours as stretches, in time.
        action: what was done.
        text: one sentence for people.
        largest: the most extreme value or difference, where there is one.
        unit: its unit.
    """

    check: str
    column: str
    hours: int
    spans: tuple[Span, ...]
    action: Action
    text: str
    largest: float | None = None
    unit: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The finding as plain JSON values."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {**values, "spans": [list(span) for span in self.spans]}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Finding":
        """Undo `as_dict`."""
        return cls(**{**values, "spans": tuple((a, b) for a, b in values["spans"])})


def spans_of(hours: pd.DatetimeIndex, step: pd.Timedelta = _HOUR) -> tuple[Span, ...]:
    """Join stamps, shape (n,), to stretches in which each follows the last one after `step`."""
    stamps = hours.unique().sort_values()
    if stamps.empty:
        return ()
    begins = np.flatnonzero(np.diff(stamps.to_numpy(), prepend=np.datetime64("NaT")) != step)
    ends = [*(begins[1:] - 1), len(stamps) - 1]
    return tuple(
        (stamps[int(first)].isoformat(), stamps[int(last)].isoformat())
        for first, last in zip(begins, ends, strict=True)
    )


def hours_of(spans: Iterable[Span]) -> pd.DatetimeIndex:
    """The hours of stretches, in order."""
    parts = [pd.date_range(first, last, freq="h") for first, last in spans]
    return pd.DatetimeIndex(np.concatenate([part.to_numpy() for part in parts]) if parts else [])
