"""Anybody's hourly table from one file: the notebook's integrated CSV, or columns by role."""

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from hpo_exp.config import DataConfig
from hpo_exp.data.csv_hours import hours_in
from hpo_exp.data.csv_text import decoded, numbers_in, separated
from hpo_exp.data.table import TARGET, HourlyTable, Provenance, SourceFile
from hpo_exp.errors import ConfigError, DataError

TIMESTAMP = "timestamp"
ROLES = {
    "timestamp": TIMESTAMP,
    "load": TARGET,
    "frequency": "frequencia_hz",
    "hydro": "geracao_hidraulica_mw",
    "thermal": "geracao_termica_mw",
    "wind": "geracao_eolica_mw",
    "solar": "geracao_solar_mw",
    "interchange": "intercambio_mw",
    "restriction": "restricao_vazao",
    "temperature": "TEMP_BULB_SECO",
    "rain": "CHUVA",
    "radiation": "RADIACAO",
    "humidity": "UMIDADE",
    "wind_speed": "VENTO",
}
"""Role to the table's own column; in a file of the notebook's they are the same."""

UTC_OFFSET_HOURS = -3


def read_csv_table(config: DataConfig) -> HourlyTable:
    """Read `data.path`: a CSV in UTF-8 or latin-1, separated by `,` or `;`, or a parquet file.

    Rows whose timestamp is none are dropped, as the notebook does, and counted. Hours between the
    rows are missing. The table goes from the first hour with a load to the last.

    Returns:
        The columns of `data.columns` under the table's own names, then all others that hold
        numbers under theirs, in the file's units.

    Raises:
        ConfigError: `data.path` is not set or `data.columns` names no role, or a column that the
            file does not have.
        DataError: the file cannot be read, its hours are not in order, repeated, zoned or not
            hourly, or a cell is no number.
    """
    if config.path is None:
        raise ConfigError("data.path is not set: set it to the file to read")
    if not config.path.is_file():
        raise DataError(f"data.path is {config.path}, which is no file: set it to the one to read")
    names = _names(config.columns)
    raw, source = config.path.read_bytes(), config.path.name
    cells = _parquet(raw, source) if _is_parquet(config.path) else separated(decoded(raw), source)
    columns = _columns(cells, names, source)
    stamps, dropped = hours_in(cells.pop(columns.pop(TIMESTAMP)), source)
    values, left_out = _values(cells.loc[stamps.index], columns, source)
    values.index = pd.DatetimeIndex(stamps, name=TIMESTAMP)
    frame, gaps = _complete(values, config, source)
    notes = [
        "its hours are taken to be at UTC-3 all year, which the file cannot say",
        *dropped,
        *left_out,
        *gaps,
    ]
    return HourlyTable(
        frame=frame,
        provenance=Provenance(
            source="csv",
            simulated=config.simulated,
            subsystem=config.subsystem,
            utc_offset_hours=UTC_OFFSET_HOURS,
            files=(SourceFile(source, hashlib.sha256(raw).hexdigest()),),
            notes=tuple(f"{source}: {note}" for note in notes),
        ),
    )


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() == ".parquet"


def _parquet(raw: bytes, source: str) -> pd.DataFrame:
    """Read a parquet file's cells as text ('' for none), by their 1-based row."""
    try:
        frame = pd.read_parquet(io.BytesIO(raw))
    except (ValueError, OSError) as error:
        raise DataError(f"{source} is no parquet file: {str(error).splitlines()[0]}") from error
    if frame.index.name is not None:  # pandas writes its index beside the columns
        frame = frame.reset_index()
    cells = frame.astype(object).map(str).where(frame.notna(), "").astype(str)
    cells.index = pd.RangeIndex(1, 1 + len(cells))
    cells.columns = cells.columns.map(str)
    return cells


def _names(columns: dict[str, str]) -> dict[str, str]:
    """Return each role's column in the file."""
    for role in columns:
        if role not in ROLES:
            raise ConfigError(f"data.columns.{role} is no role: choose {', '.join(ROLES)}")
    names = ROLES | columns
    for role, name in names.items():
        twin = next((other for other in names if other != role and names[other] == name), None)
        # A default gives way to what the user says.
        if twin is not None and ROLES[role] != name != ROLES[twin]:
            raise ConfigError(f"data.columns.{role} and data.columns.{twin} are both {name}")
    said = {name for role, name in names.items() if ROLES[role] != name}
    return {role: name for role, name in names.items() if ROLES[role] != name or name not in said}


def _columns(cells: pd.DataFrame, names: dict[str, str], source: str) -> dict[str, str]:
    """Return the file's column by the table's, for the roles that the file has."""
    twice = cells.columns[cells.columns.duplicated()]
    if len(twice):
        raise DataError(f"{source} has two columns {twice[0]!r}: rename one")
    for role, name in names.items():
        needed = role in ("timestamp", "load") or name != ROLES[role]
        if needed and name not in cells:
            raise ConfigError(
                f"data.columns.{role} is {name}, which {source} does not have: choose one of "
                f"{', '.join(cells.columns)}"
            )
    for role in ("timestamp", "load"):
        if role not in names:
            raise ConfigError(f"data.columns.{role} is another role's: name the {role}'s column")
    return {ROLES[role]: name for role, name in names.items() if name in cells}


def _values(
    cells: pd.DataFrame, columns: dict[str, str], source: str
) -> tuple[pd.DataFrame, list[str]]:
    """Read all columns of numbers, roles first under the table's names, and note the others."""
    values: dict[str, pd.Series[float]] = {}
    notes = []
    for name, own, role in _wanted(cells, columns):
        numbers = numbers_in(cells[own])
        wrong = np.isinf(numbers)
        if not role and (wrong | numbers.isna()).all():
            notes.append(f"column {own!r} holds no numbers and is left out")
            continue
        if wrong.any():
            line = numbers.index[int(wrong.argmax())]
            raise DataError(
                f"{source}, column {own}, line {line}: {cells[own].loc[line]!r} is not a number; "
                "mend it, or leave the cell empty"
            )
        if name in values:
            notes.append(f"column {own!r} is left out: data.columns gives another one its role")
            continue
        values[name] = numbers
    return pd.DataFrame(values), notes


def _wanted(cells: pd.DataFrame, columns: dict[str, str]) -> Iterator[tuple[str, str, bool]]:
    """Yield a name, the file's name for it, and whether it has a role."""
    for name, own in columns.items():
        yield name, own, True
    for own in map(str, cells):
        if own not in columns.values():
            yield own, own, False


def _complete(
    values: pd.DataFrame, config: DataConfig, source: str
) -> tuple[pd.DataFrame, list[str]]:
    """Bring the rows to every hour of the period that has a load at its ends."""
    inside = values.loc[config.start : config.end]
    known = inside.index[inside[TARGET].notna()]
    if known.empty:
        raise DataError(f"{source} has no load from data.start to data.end: change them")
    index = pd.date_range(known[0], known[-1], freq="h", name=TIMESTAMP)
    absent = index[~index.isin(inside.index)]
    notes = []
    if len(absent):
        notes.append(f"{len(absent)} hours are missing, the first {absent[0]}")
    cut = int((inside.index < known[0]).sum() + (inside.index > known[-1]).sum())
    if cut:
        notes.append(f"{cut} rows before the first or after the last load left out")
    frame = inside.reindex(index)
    gaps = frame.isna().sum() - len(absent)
    notes += [f"{name} has no value in {hours} rows" for name, hours in gaps.items() if hours > 0]
    return frame, notes
