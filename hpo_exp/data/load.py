"""One way in: the hourly table that the configuration asks for."""

from hpo_exp.config import DataConfig
from hpo_exp.data.assemble import read_ons_table
from hpo_exp.data.csv_file import read_csv_table
from hpo_exp.data.demo import make_demo_table
from hpo_exp.data.seed import make_seed_table
from hpo_exp.data.table import HourlyTable

READERS = {
    "demo": make_demo_table,
    "ons": read_ons_table,
    "csv": read_csv_table,
    "seed": make_seed_table,
}
"""Kind of source to the function that reads it; a new source is one entry more."""


def load_table(config: DataConfig) -> HourlyTable:
    """Read or simulate the hourly table.

    Raises:
        ConfigError: a setting that the source needs is missing.
        DataError: the data cannot be read.
    """
    return READERS[config.source](config)
