"""ONS open data: the load curve and the energy balance of a subsystem, hour by hour.

One file a year and kind, `CURVA_CARGA_2022.csv` or `BALANCO_ENERGIA_SUBSISTEMA_2022.xlsx`, in any
of the publisher's formats.
"""

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from hpo_exp.data.cells import Reading, fingerprinted, numbers, read_cells, without_repeats
from hpo_exp.data.clock import from_wall, full_hours, to_wall, was_twice
from hpo_exp.data.table import TARGET
from hpo_exp.errors import DataError

SIN = "SIN"
SUBSYSTEMS = ("N", "NE", "S", "SE")
BALANCE_LOAD = "carga_balanco_mw"
GENERATION = (
    "geracao_hidraulica_mw",
    "geracao_termica_mw",
    "geracao_eolica_mw",
    "geracao_solar_mw",
)
INTERCHANGE = "intercambio_mw"
"""Export: generation less load, so a negative value is an import."""

_FORMATS = (".parquet", ".csv", ".xlsx")  # of one year's files the first of these is read
_IDS = ("id_subsistema", "id_subsistena")  # the second is the publisher's spelling up to 2022
_STAMP = "din_instante"


class _Kind(NamedTuple):
    """A kind of file: what its name begins with, and our columns by the publisher's."""

    stem: str
    columns: dict[str, str]


_LOAD = _Kind("CURVA_CARGA", {"val_cargaenergiahomwmed": TARGET})
_BALANCE = _Kind(
    "BALANCO_ENERGIA_SUBSISTEMA",
    {
        "val_gerhidraulica": GENERATION[0],
        "val_gertermica": GENERATION[1],
        "val_gereolica": GENERATION[2],
        "val_gersolar": GENERATION[3],
        "val_carga": BALANCE_LOAD,
        "val_intercambio": INTERCHANGE,
    },
)


def read_load(root: Path, subsystem: str, start: pd.Timestamp, end: pd.Timestamp) -> Reading:
    """Read the load curve.

    Args:
        root: folder searched recursively for `CURVA_CARGA_YYYY`.
        subsystem: N, NE, S, SE, or SIN, the sum of the four (missing where one is).
        start: first hour at UTC-3.
        end: last hour at UTC-3, included.

    Returns:
        Column `carga_mw_subsistema` (MW, float64) over the published hours, sorted.

    Raises:
        DataError: no file, or one that cannot be read, lacks a column or the subsystem, holds
            a cell that is no number or no full hour, or contradicts itself.
    """
    ids = SUBSYSTEMS if subsystem == SIN else (subsystem,)
    rows, files, notes = _read_years(root, _LOAD, ids, start, end)
    if not files:
        years = ", ".join(map(str, sorted(_yearly_files(root, _LOAD.stem)))) or "none"
        raise DataError(
            f"{root} holds no {_LOAD.stem}_YYYY.csv (or .parquet, .xlsx) of the period (years "
            f"found: {years}): fetch it, or change data.root, data.start or data.end"
        )
    loads, found = _without_nonpositive(rows, TARGET, _LOAD.stem)
    # A sum over fewer than all of the ids is missing.
    total = loads.groupby(level="timestamp")[TARGET].sum(min_count=len(ids))
    return Reading(total.to_frame(), files, (*notes, *found))


def read_balance(root: Path, subsystem: str, start: pd.Timestamp, end: pd.Timestamp) -> Reading:
    """Read the energy balance, which is optional.

    Args:
        root: folder searched recursively for `BALANCO_ENERGIA_SUBSISTEMA_YYYY`.
        subsystem: N, NE, S, SE, or SIN (the publisher's own total row).
        start: first hour at UTC-3.
        end: last hour at UTC-3, included.

    Returns:
        Columns `geracao_{hidraulica,termica,eolica,solar}_mw`, `carga_balanco_mw` and
        `intercambio_mw` (MW, float64) over the published hours, sorted; no column and a note
        where there is no file.

    Raises:
        DataError: as for `read_load`, but for a missing file.
    """
    rows, files, notes = _read_years(root, _BALANCE, (subsystem,), start, end)
    if not files:
        note = f"no {_BALANCE.stem}_YYYY file is of the period, so its columns are absent"
        return Reading(rows, (), (note,))
    balance, found = _without_nonpositive(rows, BALANCE_LOAD, _BALANCE.stem)
    return Reading(balance[list(_BALANCE.columns.values())], files, (*notes, *found))


def _read_years(
    root: Path, kind: _Kind, ids: tuple[str, ...], start: pd.Timestamp, end: pd.Timestamp
) -> Reading:
    """Read all years from start to end: one row an hour and id, with the id as a column."""
    stem, values = kind.stem, list(kind.columns.values())
    # Years are the wall clock's: the last hour of a year may be in the next year's file.
    first, last = to_wall(pd.DatetimeIndex([start, end]))
    paths = {
        year: path
        for year, path in _yearly_files(root, stem).items()
        if first.year <= year <= last.year
    }
    if not paths:
        return Reading(pd.DataFrame(index=pd.DatetimeIndex([], name="timestamp")), (), ())
    absent = sorted(set(range(min(paths), max(paths) + 1)) - set(paths))
    notes = [f"{stem}_{year} is missing: its hours are empty" for year in absent]
    parts, files = [], []
    for _, path in sorted(paths.items()):
        raw, file = fingerprinted(root, path)
        files.append(file)
        parts.append(_rows(read_cells(path, raw), file.name, kind, ids))
    rows = pd.concat(parts)
    rows = rows[rows["stamp"].between(first, last)]
    rows, found = without_repeats(rows, ["stamp", "id"], values, stem)
    notes += found
    rows, found = _on_table_clock(rows, values, stem)
    return Reading(rows[rows.index >= start], tuple(files), (*notes, *found))


def _yearly_files(root: Path, stem: str) -> dict[int, Path]:
    """Find one file a year: parquet before csv before xlsx."""
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


def _rows(cells: pd.DataFrame, source: str, kind: _Kind, ids: tuple[str, ...]) -> pd.DataFrame:
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
    rows["stamp"] = full_hours(cells[_STAMP], source)
    for column, name in kind.columns.items():
        rows[name] = numbers(cells[column], source)
    return rows


def _on_table_clock(
    rows: pd.DataFrame, values: list[str], what: str
) -> tuple[pd.DataFrame, list[str]]:
    """Index the rows by their hour at UTC-3, sorted, without the hours that never were."""
    notes = []
    wall = pd.DatetimeIndex(rows["stamp"])
    hours = from_wall(wall)
    never = np.asarray(hours.isna())
    if never.any():
        filled = int((rows.loc[never, values].fillna(0.0) != 0.0).any(axis=1).sum())
        notes.append(
            f"{what}: {never.sum()} rows of {_listed(wall[never])}, hours that the start of "
            f"daylight saving skips, dropped ({filled} of them with a value)"
        )
    twice = was_twice(wall)
    if twice.any():
        notes.append(
            f"{what}: wall hour {_listed(wall[twice])} was twice at the end of daylight saving "
            "and is published once: taken as the first time, the hour after it is empty"
        )
    indexed = rows.set_index(hours.rename("timestamp"))[~never]
    return indexed.drop(columns=["source", "line", "stamp"]).sort_index(kind="stable"), notes


def _without_nonpositive(
    rows: pd.DataFrame, column: str, what: str
) -> tuple[pd.DataFrame, list[str]]:
    """Empty loads that are zero or negative, which no subsystem's is, and note them."""
    wrong = rows[column] <= 0.0
    if not wrong.any():
        return rows, []
    note = (
        f"{what}: {wrong.sum()} loads of 0 MW or less emptied, the first at "
        f"{rows.index[int(wrong.argmax())]}"
    )
    return rows.assign(**{column: rows[column].mask(wrong)}), [note]


def _listed(stamps: pd.DatetimeIndex) -> str:
    return ", ".join(str(stamp) for stamp in stamps.unique().sort_values())
