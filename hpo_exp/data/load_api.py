"""Answers of ONS's load API: half-hourly loads, stamped in UTC at the end of the half hour."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hpo_exp.data.cells import Reading, fingerprinted, numbers
from hpo_exp.data.clock import from_utc
from hpo_exp.data.cmo import whole_hours
from hpo_exp.data.json_records import json_records
from hpo_exp.data.table import TARGET
from hpo_exp.errors import DataError

FOLDER = "ons_load_api"
"""Folder of the answers, below the one of raw files."""

_STAMP, _VALUE, _UPDATED = "din_referenciautc", "val_cargaglobal", "din_atualizacao"
_HALF_HOUR = pd.Timedelta(minutes=30)
_FILE = re.compile(r"([A-Z]+)_\d{4}-\d{2}-\d{2}_\d{4}-\d{2}-\d{2}\.json")
# The API writes nothing at all for a value that it does not have: `"val_cargammgd": ,`.
_EMPTY = re.compile(r":\s*(?=[,}])")


def read_load_answers(
    root: Path, areas: list[str], start: pd.Timestamp, end: pd.Timestamp
) -> Reading:
    """Read the API's answers for some areas and add the areas up.

    Args:
        root: folder of the raw files; answers are `<root>/ons_load_api/<area>_<from>_<to>.json`.
        areas: the API's load areas; all are needed for an hour.
        start: first hour at UTC-3.
        end: last hour at UTC-3, included.

    Returns:
        Column `carga_mw_subsistema` (MW, float64) over the hours of which both halves of every
        area have a load above 0 (a 0 is not measured yet); no column where there is none.

    Raises:
        DataError: an answer is damaged.
    """
    totals: list[pd.Series[float]] = []
    files = []
    for area in areas:
        parts = []
        for path in sorted((root / FOLDER).glob("*.json")):
            match = _FILE.fullmatch(path.name)
            if match and match[1] == area:
                raw, file = fingerprinted(root, path)
                files.append(file)
                parts.append(_halves(parsed_loads(raw, file.name), file.name))
        if parts:
            totals.append(whole_hours(_newest(pd.concat(parts))))
    if not areas or len(totals) < len(areas):
        return Reading.absent()
    load = pd.concat(totals, axis=1).sum(axis=1, min_count=len(areas)).dropna().rename(TARGET)
    return Reading(load.to_frame().loc[start:end], tuple(files), ())


def parsed_loads(raw: bytes, source: str) -> list[dict[str, Any]]:
    """Read an answer's records, mending the API's own slips.

    Raises:
        DataError: it is no JSON beyond them, or no list of half hours.
    """
    text = _EMPTY.sub(": null", raw.decode("utf-8", errors="replace"))
    return json_records(text, source, (_STAMP, _VALUE), f"{_STAMP} and {_VALUE}")


def _halves(records: list[dict[str, Any]], source: str) -> pd.DataFrame:
    """Columns `load` (MW) and `updated`, by the start of the half hour at UTC-3."""
    lines = pd.RangeIndex(1, 1 + len(records))
    texts = pd.Series([str(record[_STAMP]) for record in records], index=lines, dtype=str)
    ends = pd.to_datetime(texts, format="ISO8601", errors="coerce", utc=True).dt.tz_localize(None)
    wrong = ends.isna() | (ends != ends.dt.floor("30min"))
    if wrong.any():
        row = int(wrong.argmax())
        raise DataError(
            f"{source}, record {lines[row]}: {texts.iloc[row]!r} is no half hour; fetch it again"
        )
    cells = ["" if record[_VALUE] is None else str(record[_VALUE]) for record in records]
    loads = numbers(pd.Series(cells, index=lines, name=_VALUE, dtype=str), source)
    updated = [str(record.get(_UPDATED) or "") for record in records]
    return pd.DataFrame(
        {"load": loads.mask(loads <= 0.0).to_numpy(np.float64), "updated": updated},
        index=from_utc(pd.DatetimeIndex(ends)) - _HALF_HOUR,
    )


def _newest(halves: pd.DataFrame) -> "pd.Series[float]":
    """Of a half hour that several answers tell, what was published last."""
    ordered = halves.sort_values("updated", kind="stable")
    return ordered[~ordered.index.duplicated(keep="last")]["load"].sort_index()
