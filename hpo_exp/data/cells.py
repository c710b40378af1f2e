"""Cells of the publishers' files: read as text, so that a wrong one is named by its line."""

import hashlib
import io
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from python_calamine import CalamineError, CalamineWorkbook

from hpo_exp.data.fetch.record import read_record
from hpo_exp.data.findings import Finding, spans_of
from hpo_exp.data.table import SourceFile
from hpo_exp.errors import DataError


class Reading(NamedTuple):
    """What one kind of file gave.

    Attributes:
        frame: hours at UTC-3 by columns.
        files: the files read.
        notes: what is to be known of them, and cannot be said of any hour.
        findings: what was found and done while reading, by hour.
    """

    frame: pd.DataFrame
    files: tuple[SourceFile, ...]
    notes: tuple[str, ...]
    findings: tuple[Finding, ...] = ()

    @classmethod
    def absent(cls, *notes: str) -> "Reading":
        """No hour and no column, and why."""
        return cls(pd.DataFrame(index=pd.DatetimeIndex([], name="timestamp")), (), notes)


def fingerprinted(root: Path, path: Path) -> tuple[bytes, SourceFile]:
    """Return a file's bytes and their fingerprint, named by its path relative to root."""
    raw = path.read_bytes()
    return raw, source_file(root, path, "", raw)


def source_file(root: Path, path: Path, member: str, raw: bytes) -> SourceFile:
    """Describe a file, or a member of an archive, of these bytes."""
    name = path.relative_to(root).as_posix() + (f"/{member}" if member else "")
    record = read_record(path)
    return SourceFile(name, hashlib.sha256(raw).hexdigest(), record.url if record else "")


def read_cells(path: Path, raw: bytes) -> pd.DataFrame:
    """Read a csv, xlsx or parquet file's cells as text ('' for none), by their 1-based line.

    Raises:
        DataError: the bytes are no file of that kind.
    """
    try:
        match path.suffix.lower():
            case ".csv":
                return csv_cells(raw.decode("utf-8-sig"), header_line=1)
            case ".xlsx":
                return _xlsx_cells(raw)
            case _:
                return _parquet_cells(raw)
    except (ValueError, OSError, CalamineError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(
            f"{path.name} cannot be read ({reason}): fetch it from the publisher again"
        ) from error


def csv_cells(text: str, header_line: int) -> pd.DataFrame:
    """Read `;`-separated text whose header is on a 1-based line, as text cells by line.

    Raises:
        ValueError: a line has more or fewer cells than the header has names.
    """
    # pandas takes a line that was cut short for one with empty cells.
    header, *lines = text.split("\n")[header_line - 1 :]
    fewest = header.rstrip(";\r").count(";")
    for number, line in enumerate(lines, header_line + 1):
        if line.count(";") < fewest and line.strip():
            raise ValueError(f"line {number} is cut short")
    cells = pd.read_csv(
        io.StringIO(text),
        sep=";",
        skiprows=header_line - 1,
        dtype=str,
        keep_default_na=False,
        skip_blank_lines=False,
        index_col=False,
    ).fillna("")
    cells.index = pd.RangeIndex(header_line + 1, header_line + 1 + len(cells))
    return cells[(cells != "").any(axis=1)]


def _xlsx_cells(raw: bytes) -> pd.DataFrame:
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(raw)).get_sheet_by_index(0)
    lines = [[str(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    header, body = (lines[0], lines[1:]) if lines else ([], [])
    cells = pd.DataFrame(body, columns=header, dtype=str)
    cells.index = pd.RangeIndex(2, 2 + len(cells))
    return cells[(cells != "").any(axis=1)]


def _parquet_cells(raw: bytes) -> pd.DataFrame:
    values = pd.read_parquet(io.BytesIO(raw))
    cells = values.astype(object).map(str).where(values.notna(), "").astype(str)
    cells.index = pd.RangeIndex(1, 1 + len(cells))
    return cells


def numbers(texts: "pd.Series[str]", source: str) -> "pd.Series[float]":
    """Read texts with a decimal point as float64, '' as NaN; the index holds their lines.

    Raises:
        DataError: one is no finite number; the message names source, column and line.
    """
    texts = texts.str.strip()
    values = pd.to_numeric(texts, errors="coerce").astype(np.float64)
    wrong = (texts != "") & ~np.isfinite(values)
    if wrong.any():
        row = int(wrong.argmax())
        raise DataError(
            f"{source}, column {texts.name}, line {texts.index[row]}: {texts.iloc[row]!r} is not "
            "a number; fetch the file from the publisher again"
        )
    return values


def without_repeats(
    rows: pd.DataFrame, key: list[str], values: list[str], what: str
) -> tuple[pd.DataFrame, list[Finding]]:
    """Drop rows that say the same again.

    Args:
        rows: columns `source`, `line`, `stamp`, the key's and the values'.
        key: columns that make a row unique.
        values: columns in which repeated rows must agree (NaN agrees with NaN).
        what: name of the files for the finding.

    Raises:
        DataError: two rows of one key differ; the message names source, line and hour.
    """
    kept = rows.drop_duplicates([*key, *values])
    clash = kept[kept.duplicated(key)]
    if not clash.empty:
        row = clash.iloc[0]
        raise DataError(
            f"{row['source']}, line {row['line']}: hour {row['stamp']} is there before with other "
            "values; keep the right row"
        )
    repeats = rows[rows.duplicated([*key, *values])]
    if repeats.empty:
        return kept, []
    finding = Finding(
        check="duplicates",
        column=what,
        hours=len(repeats),
        spans=spans_of(pd.DatetimeIndex(repeats["stamp"])),
        action="dropped",
        text=f"{what}: {len(repeats)} repeated rows dropped",
    )
    return kept, [finding]
