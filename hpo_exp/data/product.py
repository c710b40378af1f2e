"""What `python -m hpo_exp.data` leaves: the notebook's table from real data, and all about it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from hpo_exp.data.provenance import write_description
from hpo_exp.data.store import write_table
from hpo_exp.data.table import TARGET, HourlyTable
from hpo_exp.files import sha256, write_text, written_whole

QUALITY, PAGE, MANIFEST = "quality.json", "index.html", "manifest.json"
LAG = "carga_lag_24h"

NOTEBOOK_COLUMNS = (
    TARGET,
    "frequencia_hz",
    "geracao_eolica_mw",
    "restricao_vazao",
    "CHUVA",
    "TEMP_BULB_SECO",
    LAG,
    "alerta_intermitente",
)
"""Columns of the notebook's file, in its order, after `timestamp`."""

_FLAGS = ("restricao_vazao", "alerta_intermitente")


def with_lag(table: HourlyTable) -> HourlyTable:
    """The table with the load of the hour a day before, the notebook's `carga_lag_24h`."""
    if LAG in table.frame:
        return table
    frame = table.frame.assign(**{LAG: table.frame[TARGET].shift(24)})
    known = table.provenance
    sources = {**known.sources, LAG: known.sources.get(TARGET, known.source)}
    return HourlyTable(frame, replace(known, sources=sources))


def notebook_frame(table: HourlyTable) -> pd.DataFrame:
    """The notebook's columns alone; what nobody measured is empty, never made up."""
    frame = table.frame.reindex(columns=list(NOTEBOOK_COLUMNS))
    return frame.astype(dict.fromkeys(_FLAGS, "Int64"))


def product_name(table: HourlyTable) -> str:
    """The notebook's name for the table, by the day of its last hour, without a suffix."""
    return f"dados_hpo_integrados_{table.index[-1]:%Y%m%d}"


def write_product(table: HourlyTable, folder: Path) -> list[Path]:
    """Write the notebook's CSV, all columns as parquet, and what was found as JSON.

    Returns:
        The files written, each whole or as it was before.
    """
    table = with_lag(table)
    name = product_name(table)
    csv, parquet, quality = folder / f"{name}.csv", folder / f"{name}.parquet", folder / QUALITY
    with written_whole(csv) as temporary:
        notebook_frame(table).to_csv(temporary, index_label="timestamp")
    write_table(table, parquet)
    write_description(table, quality)
    return [csv, parquet, quality]


def write_manifest(folder: Path, key: str, files: list[Path]) -> None:
    """Remember out of what the folder's files were made, and their hashes."""
    hashes = {path.name: sha256(path) for path in files}
    write_text(folder / MANIFEST, json.dumps({"key": key, "files": hashes}, indent=1))


def up_to_date(folder: Path, key: str) -> list[Path] | None:
    """The folder's files if they were made out of `key` and are as they were, or None."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        files = {folder / name: digest for name, digest in manifest["files"].items()}
        whole = manifest["key"] == key and all(
            sha256(path) == digest for path, digest in files.items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return list(files) if whole else None
