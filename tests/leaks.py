"""A table with gaps and weather forecasts, and the two ways to spoil its future.

What the tests for leaks share.
"""

import math
from dataclasses import replace

import numpy as np

from hpo_exp.config import TuneConfig
from hpo_exp.data.table import TARGET, HourlyTable
from tests.builders import TEMPERATURE, make_config, simulate, with_runs

ROWS = 1080
"""45 days: weeks for the weekly lag, then folds of 96 hours from rows 612, 708 and 804."""

TEST_START, TEST_END = "2022-03-16T12:00", "2022-03-20T11:00"  # rows 900 to 995
GAPS = [
    (TARGET, 0, 3),  # nothing to fill from
    (TARGET, 430, 432),
    (TEMPERATURE, 480, 500),  # longer than training accepts
    (TARGET, 540, 560),
    (TARGET, 640, 646),
    (TEMPERATURE, 637, 650),
    (TARGET, 800, 802),
    (TEMPERATURE, 1000, 1010),
]
GAPPY = {"inside a gap": 642, "before a gap": 637, "after a gap": 650}
RUN_DELAY = 3
"""Hours from the issue of a weather forecast to its publication."""

POISONS = [math.nan, 1e9]


def configure(horizon: int, delay: int, *overrides: str) -> tuple[HourlyTable, TuneConfig]:
    """Return the table, and a configuration that publishes load and temperature late."""
    return with_runs(simulate(ROWS, GAPS), RUN_DELAY), make_config(
        f"features.horizon={horizon}",
        f"+features.publication_delay={{{TARGET}: {delay}, {TEMPERATURE}: {delay // 2}}}",
        "features.past_lags=[3]",
        f"features.weather_forecasts=[{TEMPERATURE}]",
        f"cv.test_start={TEST_START}",
        f"cv.test_end={TEST_END}",
        "model.units=4",
        "model.dense_units=4",
        "model.level=window",
        "model.linear=hourly",
        "trainer.half_life_days=20",
        "trainer.epochs=2",
        "trainer.batch_size=32",
        *overrides,
    )


def poison(table: HourlyTable, row: int, value: float) -> HourlyTable:
    """Replace all columns from a row on, and all weather forecasts that come out after it."""
    return _spoil(table, {str(name): row for name in table.frame}, row, value)


def hide(table: HourlyTable, issue: int, value: float, config: TuneConfig) -> HourlyTable:
    """Replace what is not published when a forecast is issued: each column from its own row.

    Of weather forecasts it is every run that comes out later.
    """
    delays = config.features.publication_delay
    starts = {str(name): issue - delays.get(str(name), 0) for name in table.frame}
    return _spoil(table, starts, issue, value)


def _spoil(table: HourlyTable, starts: dict[str, int], known: int, value: float) -> HourlyTable:
    columns = {
        name: np.where(np.arange(len(table.frame)) < start, table.frame[name], value)
        for name, start in starts.items()
    }
    spoilt = replace(table, frame=table.frame.assign(**columns))
    runs = table.weather_forecasts
    if runs is None:
        return spoilt
    start = np.datetime64(table.index[0], "h")
    later = (runs.issued - start).astype(int) + runs.delay > known
    assert later.any()
    wrong = -1e9 if math.isnan(value) else value  # no scored hour may lack a forecast
    others = np.where(later[:, None], wrong, runs.forecast)
    return replace(spoilt, weather_forecasts=replace(runs, forecast=others))
