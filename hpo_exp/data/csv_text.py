"""Text of anybody's table: encodings, separators, decimal commas, and numbers out of it."""

import csv
import io

import numpy as np
import pandas as pd

from hpo_exp.errors import DataError

_EMPTY = {"", "na", "n/a", "nan", "<na>", "none", "null"}
_FLAGS = {"true": "1", "false": "0"}
_COMMA_NUMBER = r"[+-]?\d*,\d+"


def decoded(raw: bytes) -> str:
    """Read bytes as UTF-8, with or without its mark, or else as latin-1."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def separated(text: str, source: str) -> pd.DataFrame:
    """Read separated text as text cells, by their 1-based line; `;` or `,` as the header has it.

    Decimal commas, which only `;` leaves room for, come out as points.

    Raises:
        DataError: there is no header, or a line has not as many cells as it.
    """
    header = text.split("\n", 1)[0]
    separator = max(";,", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        rows = [(reader.line_num, row) for row in reader if any(row)]
    except csv.Error as error:
        raise DataError(f"{source}, line {reader.line_num}: {error}; mend that line") from error
    if not rows or separator not in header:
        raise DataError(f"{source} has no header with names separated by ',' or ';' on line 1")
    (_, names), *body = rows
    if not names[-1].strip():  # lines that end in a separator
        names = names[:-1]
        body = [(line, row[:-1] if not row[-1] else row) for line, row in body]
    for line, row in body:
        if len(row) != len(names):
            raise DataError(
                f"{source}, line {line}: it has {len(row)} cells and the header {len(names)}; "
                "mend that line"
            )
    cells = pd.DataFrame([row for _, row in body], columns=[name.strip() for name in names])
    cells.index = pd.Index([line for line, _ in body])
    cells = cells.astype(str).apply(lambda column: column.str.strip())
    return _with_points(cells, source) if separator == ";" else cells


def _with_points(cells: pd.DataFrame, source: str) -> pd.DataFrame:
    """Turn decimal commas into points, where the file has any.

    Raises:
        DataError: it has both, so that `25.000` may be 25 or 25,000.
    """
    commas = cells.apply(lambda column: column.str.fullmatch(_COMMA_NUMBER))
    if not commas.to_numpy().any():
        return cells
    points = cells.apply(lambda column: column.str.fullmatch(r"[+-]?[\d.]*\.[\d,.]*"))
    if points.to_numpy().any():
        row, column = np.argwhere(points.to_numpy())[0]
        raise DataError(
            f"{source}, column {cells.columns[column]}, line {cells.index[row]}: "
            f"{cells.iloc[row, column]!r} has a point, but other cells have a decimal comma; write "
            "all of them alike, without separators of thousands"
        )
    return cells.where(~commas, cells.apply(lambda column: column.str.replace(",", ".")))


def numbers_in(texts: "pd.Series[str]") -> "pd.Series[float]":
    """Read texts, shape (n,), as float64: NaN where there is none, infinity where it is no number.

    True and False are 1 and 0.
    """
    lower = texts.str.lower()
    values = pd.to_numeric(lower.replace(_FLAGS), errors="coerce").astype(np.float64)
    absent = lower.isin(_EMPTY)
    return values.mask(absent).where(absent | np.isfinite(values), np.inf)
