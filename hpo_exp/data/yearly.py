"""ONS's yearly files: one a year and kind, of several subsystems, in any of three formats."""

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from hpo_exp.data.cells import Reading, fingerprinted, numbers, read_cells, without_repeats
from hpo_exp.data.clock import from_wall, full_hours, to_wall, was_twice
from hpo_exp.data.findings import Action, Finding, spans_of
from hpo_exp.errors import DataError

SUBSYSTEMS = ("N", "NE", "S", "SE")

_FORMATS = (".parquet", ".csv", ".xlsx")  # of one year's files the first of these is read
_IDS = ("id_subsistema", "id_subsistena")  # the second is the publisher's spelling up to 2022
_STAMP = "din_instante"


class YearlyKind(NamedTuple):
    """A kind of file.

    Attributes:
        stem: what its name begins with.
        columns: our columns by the publisher's.
        minutes: from one row of a subsystem to the next.
    """

    stem: str
    columns: dict[str, str]
    minutes: int = 60


def read_years(
    root: Path, kind: YearlyKind, ids: tuple[str, ...], start: pd.Timestamp, end: pd.Timestamp
) -> Reading:
    """Read all years that touch the period.

    Args:
        root: folder searched recursively for `<stem>_YYYY`.
        kind: what is read.
        ids: subsystems whose rows are picked.
        start: first stamp at UTC-3.
        end: last stamp at UTC-3, included.

    Returns:
        One row a stamp (UTC-3) and subsystem, with the subsystem as column `id`; nothing where
        there is no file.

    Raises:
        DataError: a file cannot be read, lacks a column or a subsystem, holds a cell that is
            no number or no stamp, or contradicts itself; or a year is there twice.
    """
    stem, values = kind.stem, list(kind.columns.values())
    # Years are the wall clock's: the last hour of a year may be in the next year's file.
    first, last = to_wall(pd.DatetimeIndex([start, end]))
    paths = {
        year: path
        for year, path in yearly_files(root, stem).items()
        if first.year <= year <= last.year
    }
    if not paths:
        return Reading.absent()
    absent = sorted(set(range(min(paths), max(paths) + 1)) - set(paths))
    notes = [f"{stem}_{year} is missing: its hours are empty" for year in absent]
    parts, files = [], []
    for _, path in sorted(paths.items()):
        raw, file = fingerprinted(root, path)
        files.append(file)
        parts.append(_rows(read_cells(path, raw), file.name, kind, ids))
    rows = pd.concat(parts)
    rows = rows[rows["stamp"].between(first, last)]
    rows, repeats = without_repeats(rows, ["stamp", "id"], values, stem)
    rows, found = _on_table_clock(rows, kind)
    return Reading(rows[rows.index >= start], tuple(files), tuple(notes), (*repeats, *found))


def yearly_files(root: Path, stem: str) -> dict[int, Path]:
    """Find one file a year under root: parquet before csv before xlsx."""
    pattern = re.compile(rf"{stem}_(\d{{4}})(\.parquet|\.csv|\.xlsx)", re.IGNORECASE)
    found: dict[tuple[int, str], Path] = {}
    for path in sorted(root.rglob("*")):
        match = pattern.fullmatch(path.name)
        if match is None or not path.is_file():
            continue
        key = int(match[1]), match[2].lower()
        if key in found:
            raise DataError(
                f"{found[key].relative_to(root)} and {path.relative_to(root)} in {root} are the "
                "same year twice: keep one of them"
            )
        found[key] = path
    by_preference = sorted(found, key=lambda key: _FORMATS.index(key[1]), reverse=True)
    return {year: found[year, suffix] for year, suffix in by_preference}


def _rows(cells: pd.DataFrame, source: str, kind: YearlyKind, ids: tuple[str, ...]) -> pd.DataFrame:
    """Pick the ids' rows: columns `source`, `line`, `id`, `stamp` (wall clock) and the values."""
    cells = cells.rename(columns=lambda name: str(name).strip().lower())
    id_column = next((name for name in _IDS if name in cells), _IDS[0])
    for name in (id_column, _STAMP, *kind.columns):
        if name not in cells:
            raise DataError(f"{source} has no column {name}: fetch it from the publisher again")
    names = cells[id_column].str.strip()
    for name in ids:
        if not (names == name).any():
            raise DataError(f"{source} has no row of subsystem {name}: choose another one")
    cells = cells[names.isin(ids)]
    rows = pd.DataFrame({"source": source, "line": cells.index, "id": names}, index=cells.index)
    rows["stamp"] = full_hours(cells[_STAMP], source, kind.minutes)
    for column, name in kind.columns.items():
        rows[name] = numbers(cells[column], source)
    return rows


def _on_table_clock(rows: pd.DataFrame, kind: YearlyKind) -> tuple[pd.DataFrame, list[Finding]]:
    """Index the rows by their stamp at UTC-3, sorted, without those that never were."""
    what, values = kind.stem, list(kind.columns.values())
    wall = pd.DatetimeIndex(rows["stamp"])
    hours = from_wall(wall)
    never, twice = np.asarray(hours.isna()), was_twice(wall)
    found = []
    if never.any():
        skipped = rows.loc[never, values]
        filled = int((skipped.fillna(0.0) != 0.0).any(axis=1).sum())
        zeros = int((skipped == 0.0).any(axis=1).sum())
        text = (
            f"{what}: {never.sum()} rows of {_listed(wall[never])}, hours that the start of "
            f"daylight saving skips, dropped ({filled} of them with a value, {zeros} with a "
            "literal 0)"
        )
        found.append(_clock_finding("skipped_hours", what, wall[never], "dropped", text))
    if twice.any():
        text = (
            f"{what}: wall hour {_listed(wall[twice])} was twice at the end of daylight saving "
            "and is published once: taken as the first time, the hour after it is empty"
        )
        found.append(_clock_finding("repeated_hours", what, wall[twice], "kept", text))
    indexed = rows.set_index(hours.rename("timestamp"))[~never]
    return indexed.drop(columns=["source", "line", "stamp"]).sort_index(kind="stable"), found


def _clock_finding(
    check: str, what: str, wall: pd.DatetimeIndex, action: Action, text: str
) -> Finding:
    return Finding(check, what, len(wall), spans_of(wall), action, text)


def _listed(stamps: pd.DatetimeIndex) -> str:
    return ", ".join(str(stamp) for stamp in stamps.unique().sort_values())
