"""Hourly tables as parquet files that carry their own provenance."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from hpo_exp.data.provenance import describe, provenance_from
from hpo_exp.data.table import HourlyTable
from hpo_exp.errors import DataError
from hpo_exp.files import written_whole

METADATA = b"hpo_exp"
"""Key of the schema's metadata under which the provenance lies, as JSON."""


def write_table(table: HourlyTable, path: Path) -> None:
    """Write a table, whole or not at all; its provenance lies in the file's metadata."""
    arrow = pa.Table.from_pandas(table.frame)
    text = json.dumps(describe(table), ensure_ascii=False)
    known = dict(arrow.schema.metadata or {})
    with written_whole(path) as temporary:
        pq.write_table(arrow.replace_schema_metadata({**known, METADATA: text}), temporary)


def read_table(path: Path) -> HourlyTable:
    """Read what `write_table` wrote.

    Raises:
        DataError: the file is not such a file, or its values are not those it was written with.
    """
    try:
        arrow = pq.read_table(path)
        description = json.loads((arrow.schema.metadata or {})[METADATA])
        frame: pd.DataFrame = arrow.to_pandas()
        table = HourlyTable(frame, provenance_from(description))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} is no table of this project's: build it again") from error
    if table.sha256 != description["sha256"]:
        raise DataError(f"{path} holds other values than it was written with: build it again")
    return table


def read_description(path: Path) -> dict[str, Any]:
    """Read what a parquet file says of its own values.

    Raises:
        DataError: it says nothing.
    """
    try:
        description: dict[str, Any] = json.loads((pq.read_schema(path).metadata or {})[METADATA])
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{path} does not say where its values come from") from error
    return description
