"""Small tables, configurations and inputs that tests of several stages share."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
from hydra import compose, initialize_config_dir

from hpo_exp.command import CONFIG_DIRECTORY, read_config
from hpo_exp.config import DataConfig, FeaturesConfig, TuneConfig
from hpo_exp.data.demo_weather_forecasts import REACH_HOURS, simulate_weather_forecasts
from hpo_exp.data.table import TARGET, HourlyTable, Provenance
from hpo_exp.features.inputs import Inputs, build_inputs

TEMPERATURE = "TEMP_BULB_SECO"
MONDAY = "2022-02-07T00:00"

# Official data's features on the notebook's source, which needs no files.
REAL_FEATURES = (
    "data=seed",
    "search=none",
    "study.name=tests",
    "++data.states={SP: 44.4, RJ: 16.1}",
    "data.fill_hours=3",
    f"features.optional=[{TEMPERATURE}]",
    "cv.validation_hours=96",
)


@cache
def make_config(*overrides: str) -> TuneConfig:
    """Compose `conf/` as the command does."""
    with initialize_config_dir(str(CONFIG_DIRECTORY), version_base="1.3"):
        composed = compose("tune", [*REAL_FEATURES, *overrides])
    return read_config(composed, TuneConfig)


def make_table(columns: dict[str, np.ndarray], start: str = MONDAY) -> HourlyTable:
    """Give columns an hourly index."""
    rows = len(next(iter(columns.values())))
    index = pd.date_range(start, periods=rows, freq="h", name="timestamp")
    frame = pd.DataFrame(columns, index=index, dtype=np.float64)
    return HourlyTable(
        frame, Provenance("tests", simulated=True, subsystem="SE", utc_offset_hours=-3)
    )


def simulate(rows: int, gaps: Iterable[tuple[str, int, int]] = (), seed: int = 0) -> HourlyTable:
    """Simulate load that follows hour, weekday, temperature and a random walk.

    Args:
        rows: hours from `MONDAY`, which is three weeks before a Carnival.
        gaps: column, first row and end of each gap.
        seed: seed of the noise.
    """
    rng = np.random.default_rng(seed)
    hour = np.arange(rows)
    temperature = 22 + 6 * np.sin(2 * np.pi * (hour - 9) / 24) + rng.normal(0, 1, rows)
    load = (
        30_000
        + 4_000 * np.sin(2 * np.pi * (hour - 8) / 24)
        - 3_000 * (hour // 24 % 7 >= 5)
        + 200 * temperature
        + np.cumsum(rng.normal(0, 60, rows))
    )
    columns = {TARGET: load, TEMPERATURE: temperature}
    for name, start, stop in gaps:
        columns[name][start:stop] = np.nan
    return make_table(columns)


def with_runs(table: HourlyTable, delay: int = 5) -> HourlyTable:
    """Put simulated forecasts of its temperature beside a table; they reach beyond its end."""
    values = table.frame[TEMPERATURE].ffill().to_numpy()
    hours = pd.date_range(table.index[0], periods=len(values) + REACH_HOURS, freq="h")
    truth = pd.Series(np.append(values, values[-REACH_HOURS:]), hours, name=TEMPERATURE)
    runs = simulate_weather_forecasts(truth, "SE", delay)
    return replace(table, weather_forecasts=runs)


def inputs_of(table: HourlyTable, config: TuneConfig) -> Inputs:
    """Build a configuration's inputs from a table."""
    return build_inputs(table, config.data, config.features)


def plain_data(**changes: object) -> DataConfig:
    """Return `data` for `build_inputs`."""
    return make_config().data.model_copy(update=changes)


def plain_features(**changes: object) -> FeaturesConfig:
    """Return `features` with next to no calendar, since many inputs are built from them."""
    return make_config().features.model_copy(update={"calendar": ["hour"], **changes})
