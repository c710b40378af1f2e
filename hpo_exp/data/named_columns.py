"""Columns of a user's file, by the role they have or under their own names."""

import hashlib
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from hpo_exp.data.csv_hours import hours_in
from hpo_exp.data.csv_text import decoded, numbers_in, separated
from hpo_exp.data.table import TARGET, SourceFile
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
    "voltage": "tensao_kv",
    "restriction": "restricao_vazao",
    "realised": "despacho_realizado_mw",
    "temperature": "TEMP_BULB_SECO",
    "rain": "CHUVA",
    "radiation": "RADIACAO",
    "humidity": "UMIDADE",
    "wind_speed": "VENTO",
}
"""Role to the table's own column; in a file of the notebook's they are the same."""


class NamedValues(NamedTuple):
    """What a file of the user's holds.

    Attributes:
        frame: float64 columns by hour, in the file's order.
        file: the file.
        notes: what was done while reading.
    """

    frame: pd.DataFrame
    file: SourceFile
    notes: tuple[str, ...]


def read_named(
    path: Path, columns: Mapping[str, str], roles: Mapping[str, str], needed: tuple[str, ...]
) -> NamedValues:
    """Read a file's columns by role, and all others that hold numbers under their own names.

    Args:
        path: a CSV in UTF-8 or latin-1, separated by `,` or `;`, or a parquet file.
        columns: the file's column by role; a role left out has the table's own name.
        roles: the table's column by role.
        needed: roles that the file cannot do without.

    Raises:
        ConfigError: `columns` names no role, or a column that the file does not have.
        DataError: the file cannot be read, its hours are not in order, repeated, zoned or not
            hourly, or a cell is no number.
    """
    names = _names(columns, roles)
    raw, source = path.read_bytes(), path.name
    cells = text_cells(path, raw)
    found = _columns(cells, names, roles, needed, source)
    stamps, dropped = hours_in(cells.pop(found.pop(TIMESTAMP)), source)
    values, left_out = _values(cells.loc[stamps.index], found, source)
    values.index = pd.DatetimeIndex(stamps, name=TIMESTAMP)
    file = SourceFile(source, hashlib.sha256(raw).hexdigest())
    return NamedValues(values, file, (*dropped, *left_out))


def text_cells(path: Path, raw: bytes) -> pd.DataFrame:
    """Read a CSV or parquet file's cells as text ('' for none), by their 1-based line or row.

    Raises:
        DataError: the bytes are no such file.
    """
    if path.suffix.lower() == ".parquet":
        return _parquet(raw, path.name)
    return separated(decoded(raw), path.name)


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


def _names(columns: Mapping[str, str], roles: Mapping[str, str]) -> dict[str, str]:
    """Return each role's column in the file."""
    for role in columns:
        if role not in roles:
            raise ConfigError(f"data.columns.{role} is no role: choose {', '.join(roles)}")
    names = {**roles, **columns}
    for role, name in names.items():
        twin = next((other for other in names if other != role and names[other] == name), None)
        # A default gives way to what the user says.
        if twin is not None and roles[role] != name != roles[twin]:
            raise ConfigError(f"data.columns.{role} and data.columns.{twin} are both {name}")
    said = {name for role, name in names.items() if roles[role] != name}
    return {role: name for role, name in names.items() if roles[role] != name or name not in said}


def _columns(
    cells: pd.DataFrame,
    names: Mapping[str, str],
    roles: Mapping[str, str],
    needed: tuple[str, ...],
    source: str,
) -> dict[str, str]:
    """Return the file's column by the table's, for the roles that the file has."""
    twice = cells.columns[cells.columns.duplicated()]
    if len(twice):
        raise DataError(f"{source} has two columns {twice[0]!r}: rename one")
    for role, name in names.items():
        wanted = role in needed or name != roles[role]
        if wanted and name not in cells:
            raise ConfigError(
                f"data.columns.{role} is {name}, which {source} does not have: choose one of "
                f"{', '.join(cells.columns)}"
            )
    for role in needed:
        if role not in names:
            raise ConfigError(f"data.columns.{role} is another role's: name the {role}'s column")
    return {roles[role]: name for role, name in names.items() if name in cells}


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
