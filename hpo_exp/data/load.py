"""One way in: the hourly table that the configuration asks for."""

from hpo_exp.config import DataConfig
from hpo_exp.data.assemble import read_ons_table
from hpo_exp.data.csv_file import read_csv_table
from hpo_exp.data.demo import make_demo_table
from hpo_exp.data.seed import make_seed_table
from hpo_exp.data.table import HourlyTable
from hpo_exp.data.weather_forecasts_load import with_weather_forecasts

READERS = {
    "demo": make_demo_table,
    "ons": read_ons_table,
    "csv": read_csv_table,
    "seed": make_seed_table,
}
"""Kind of source to the function that reads it; a new source is one entry more."""


def load_table(config: DataConfig) -> HourlyTable:
    """Fetch what is missing where `data.download` says so, then read, check and repair.

    Official data that were built before out of the same bytes are taken from `data.cache`. Weather
    forecasts are put beside the table where `data.weather_forecasts` names them.

    Raises:
        ConfigError: a setting that the source needs is missing.
        DataError: the data cannot be fetched or read.
    """
    config = fetched(config)
    return with_weather_forecasts(_hourly_table(config), config)


def _hourly_table(config: DataConfig) -> HourlyTable:
    if config.cache is None or config.root is None or not config.root.is_dir():
        return _build(config)
    from hpo_exp.data.cache import cache_key, find_cached, keep

    key = cache_key(config)
    table = find_cached(config.cache, key)
    if table is None:
        table = _build(config)
        keep(config.cache, key, table)
    return table


def fetched(config: DataConfig) -> DataConfig:
    """Fetch what is missing, where `data.download` says so; nothing is left to fetch then.

    Raises:
        ConfigError: `data.root` is not set.
        DataError: a publisher does not give what is needed.
    """
    if not config.download:
        return config
    from hpo_exp.data.fetch.plan import fetch_missing  # nothing else needs an HTTP client

    fetch_missing(config)
    return config.model_copy(update={"download": False})


def _build(config: DataConfig) -> HourlyTable:
    table = READERS[config.source](config)
    if config.quality is None:
        return table
    from hpo_exp.data.quality.inspection import inspected  # pandera takes a while to import

    return inspected(table, config)
