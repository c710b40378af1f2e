"""Anybody's table."""

from hpo_exp.config import DataConfig
from hpo_exp.data.table import HourlyTable


def read_csv_table(config: DataConfig) -> HourlyTable:
    """Read it."""
    raise NotImplementedError
