"""CCEE's hourly settlement price (PLD), from files that the user downloaded."""

import re
from pathlib import Path

import pandas as pd

from hpo_exp.data.cells import Reading, csv_cells, fingerprinted, numbers, without_repeats
from hpo_exp.data.csv_text import decoded
from hpo_exp.errors import DataError

PRICE = "pld_r_mwh"

_FILE = re.compile(r"pld_horario.*\.csv", re.IGNORECASE)
_MARKETS = {"N": "NORTE", "NE": "NORDESTE", "S": "SUL", "SE": "SUDESTE"}
_COLUMNS = ("MES_REFERENCIA", "SUBMERCADO", "DIA", "HORA", "PLD_HORA")


def read_price(root: Path, subsystem: str, start: pd.Timestamp, end: pd.Timestamp) -> Reading:
    """Read the hourly price, which is optional. Its hours are at UTC-3: it began in 2021.

    Args:
        root: folder searched recursively for `pld_horario*.csv`; with quotes and leading zeros
            up to 2024, without either from 2025.
        subsystem: N, NE, S or SE; SIN has none.
        start: first hour at UTC-3.
        end: last hour at UTC-3, included.

    Returns:
        Column `pld_r_mwh` (R$/MWh, float64); no column and a note where no file has an hour of
        the period.

    Raises:
        DataError: a file lacks a column or the submarket, holds a cell that is no number or no
            hour, or contradicts another.
    """
    if subsystem not in _MARKETS:
        return Reading.absent(f"{subsystem} has no settlement price of its own: {PRICE} is absent")
    paths = [path for path in sorted(root.rglob("*")) if _FILE.fullmatch(path.name)]
    parts, files = [], []
    for path in paths:
        raw, file = fingerprinted(root, path)
        rows = _rows(raw, file.name, _MARKETS[subsystem])
        rows = rows[rows["stamp"].between(start, end)]
        if not rows.empty:
            parts.append(rows)
            files.append(file)
    if not parts:
        return Reading.absent(
            f"no pld_horario file has an hour of the period: {PRICE} is absent (CCEE wants people "
            "to download them; see data.publishers.price_page)"
        )
    rows, found = without_repeats(pd.concat(parts), ["stamp"], [PRICE], "pld_horario")
    hours = pd.DatetimeIndex(rows["stamp"], name="timestamp")
    return Reading(rows[[PRICE]].set_index(hours).sort_index(), tuple(files), (), tuple(found))


def _rows(raw: bytes, source: str, market: str) -> pd.DataFrame:
    """Read one file: columns `source`, `line`, `stamp` (UTC-3) and the price."""
    try:
        cells = csv_cells(decoded(raw), header_line=1)
    except ValueError as error:
        raise DataError(
            f"{source} cannot be read ({str(error).strip()}): download it from CCEE again"
        ) from error
    cells = cells.rename(columns=lambda name: str(name).strip().strip('"').upper())
    for name in _COLUMNS:
        if name not in cells:
            raise DataError(f"{source} has no column {name}: download it from CCEE again")
    cells = cells[cells["SUBMERCADO"].str.strip().str.upper() == market]
    if cells.empty:
        raise DataError(f"{source} has no row of {market}: download it from CCEE again")
    rows = pd.DataFrame({"source": source, "line": cells.index}, index=cells.index)
    texts = cells["MES_REFERENCIA"] + cells["DIA"].str.zfill(2) + cells["HORA"].str.zfill(2)
    rows["stamp"] = pd.to_datetime(texts, format="%Y%m%d%H", errors="coerce")
    wrong = rows["stamp"].isna()
    if wrong.any():
        line = rows.index[int(wrong.argmax())]
        said = ", ".join(cells.loc[line, ["MES_REFERENCIA", "DIA", "HORA"]])
        raise DataError(
            f"{source}, line {line}: month, day and hour {said} are no hour; download it from "
            "CCEE again"
        )
    rows[PRICE] = numbers(cells["PLD_HORA"].str.replace(",", "."), source)
    return rows
