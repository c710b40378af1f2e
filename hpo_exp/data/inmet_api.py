"""Answers of INMET's API: one station's hours as JSON, with every value as text."""

import re
from pathlib import Path
from typing import Any

import pandas as pd

from hpo_exp.data.cells import fingerprinted, numbers
from hpo_exp.data.clock import full_hours
from hpo_exp.data.json_records import json_records
from hpo_exp.data.table import SourceFile
from hpo_exp.errors import DataError

FOLDER = "inmet_api"
"""Folder of the answers, below the one of raw files."""

REFUSED_TOKEN = "CHAVE INVÁLIDA"  # noqa: S105 - what the server says, not a token
_COLUMNS = {
    "CHUVA": "CHUVA",
    "RAD_GLO": "RADIACAO",
    "TEM_INS": "TEMP_BULB_SECO",
    "UMD_INS": "UMIDADE",
    "VEN_VEL": "VENTO",
}
_DAY, _HOUR = "DT_MEDICAO", "HR_MEDICAO"
_FILE = re.compile(r"([A-Z]\d{3})_\d{4}\.json", re.IGNORECASE)


def read_answers(root: Path, station: str) -> tuple[pd.DataFrame, tuple[SourceFile, ...]]:
    """Read a station's answers, `<root>/inmet_api/<station>_YYYY.json`.

    Returns:
        Columns `source`, `line` (the record's number), `stamp` (UTC) and the weather in INMET's
        units; and the files.

    Raises:
        DataError: an answer is damaged.
    """
    parts, files = [pd.DataFrame(columns=["source", "line", "stamp", *_COLUMNS.values()])], []
    for path in sorted((root / FOLDER).glob("*.json")):
        match = _FILE.fullmatch(path.name)
        if match is None or match[1].upper() != station.upper():
            continue
        raw, file = fingerprinted(root, path)
        files.append(file)
        parts.append(_rows(parsed_answer(raw, file.name), file.name))
    filled = [part for part in parts if not part.empty] or parts
    return pd.concat(filled), tuple(files)


def parsed_answer(raw: bytes, source: str) -> list[dict[str, Any]]:
    """Read an answer's records.

    Raises:
        DataError: it is the refusal of a token, no JSON or no list of hours.
    """
    text = raw.decode("utf-8", errors="replace")
    if REFUSED_TOKEN in text.upper():
        raise DataError(
            f"{source}: INMET says {REFUSED_TOKEN!r}: set data.publishers.weather_api.token to a "
            "valid one, or to null to use the yearly archive"
        )
    return json_records(text, source, (_DAY, _HOUR), f"hours with {_DAY} and {_HOUR}")


def _rows(records: list[dict[str, Any]], source: str) -> pd.DataFrame:
    rows = pd.DataFrame({"source": source, "line": range(1, len(records) + 1)})
    rows.index = pd.Index(rows["line"])
    texts = pd.Series(
        [f"{record[_DAY]}T{str(record[_HOUR]).zfill(4)[:2]}:00" for record in records],
        index=rows.index, name=_DAY, dtype=str,
    )  # fmt: skip
    rows["stamp"] = full_hours(texts, source)
    for own, name in _COLUMNS.items():
        cells = ["" if record.get(own) is None else str(record[own]) for record in records]
        column = pd.Series(cells, index=rows.index, name=own, dtype=str)
        rows[name] = numbers(column.str.replace(",", "."), source)
    return rows
