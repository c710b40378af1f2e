"""The demo."""

from hpo_exp.config import DataConfig
from hpo_exp.data.table import HourlyTable


def make_demo_table(config: DataConfig) -> HourlyTable:
    """Make it."""
    raise NotImplementedError
