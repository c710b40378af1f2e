"""What nobody publishes by the hour, out of a file of the user's: frequency, voltage, dispatch."""

import pandas as pd

from hpo_exp.config import DataConfig
from hpo_exp.data.cells import Reading
from hpo_exp.data.named_columns import ROLES, TIMESTAMP, read_named
from hpo_exp.data.table import TARGET
from hpo_exp.errors import DataError

OWN_ROLES = (TIMESTAMP, "frequency", "voltage", "restriction", "realised")
"""Roles that a user's file can have beside official data; ONS, INMET and CCEE give the others."""


def read_own_file(config: DataConfig, start: pd.Timestamp, end: pd.Timestamp) -> Reading:
    """Read `data.path` by `data.columns`, where the user gives one.

    Returns:
        Columns `frequencia_hz`, `tensao_kv`, `restricao_vazao` and `despacho_realizado_mw`,
        those of them that the file has a value of, by hour at UTC-3.

    Raises:
        ConfigError: `data.columns` names another role, or a column that the file does not have.
        DataError: the file cannot be read, or has none of the columns or no hour of the period.
    """
    if config.path is None:
        return Reading.absent()
    if not config.path.is_file():
        raise DataError(f"data.path is {config.path}, which is no file: set it to your own or null")
    roles = {role: ROLES[role] for role in OWN_ROLES}
    read = read_named(config.path, config.columns, roles, needed=(TIMESTAMP,))
    known = [name for name in roles.values() if name in read.frame]
    values = read.frame[known].loc[start:end].dropna(axis="columns", how="all")
    if values.empty:
        raise DataError(
            f"{read.file.name} has no {', '.join(list(roles.values())[1:])} from {start} to {end}: "
            "name its columns in data.columns, or set data.path to null"
        )
    others = [str(name) for name in read.frame if name not in known and name != TARGET]
    notes = [
        "its hours are taken to be at UTC-3 all year, which the file cannot say",
        *read.notes,
        *([f"columns {', '.join(others)} are not joined to official data"] if others else []),
    ]
    return Reading(values, (read.file,), tuple(f"{read.file.name}: {note}" for note in notes))
