"""Anybody's hourly table from one file: the notebook's integrated CSV, or columns by role."""

import pandas as pd

from hpo_exp.config import DataConfig
from hpo_exp.data.named_columns import ROLES, TIMESTAMP, read_named
from hpo_exp.data.table import TARGET, HourlyTable, Provenance
from hpo_exp.errors import ConfigError, DataError

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
    read = read_named(config.path, config.columns, ROLES, needed=(TIMESTAMP, "load"))
    source = read.file.name
    values, empty = _without_empty(read.frame)
    frame, gaps = _complete(values, config, source)
    notes = [
        "its hours are taken to be at UTC-3 all year, which the file cannot say",
        *read.notes,
        *empty,
        *gaps,
    ]
    return HourlyTable(
        frame=frame,
        provenance=Provenance(
            source="csv",
            simulated=config.simulated,
            subsystem=config.subsystem,
            utc_offset_hours=UTC_OFFSET_HOURS,
            files=(read.file,),
            notes=tuple(f"{source}: {note}" for note in notes),
            sources=dict.fromkeys(map(str, frame), source),
        ),
    )


def _without_empty(values: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Leave out columns without any value: nobody measured them."""
    empty = [str(name) for name in values if name != TARGET and values[name].isna().all()]
    notes = [f"column {name!r} holds no value and is left out" for name in empty]
    return values.drop(columns=empty), notes


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
