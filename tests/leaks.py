"""A table with gaps and the two ways to spoil its future: what the tests for leaks share."""

import math

import numpy as np

from hpo_exp.config import TuneConfig
from hpo_exp.data.table import TARGET, HourlyTable
from tests.builders import TEMPERATURE, make_config, simulate

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
POISONS = [math.nan, 1e9]


def configure(horizon: int, delay: int, *overrides: str) -> tuple[HourlyTable, TuneConfig]:
    """Return the table, and a configuration that publishes load and temperature late."""
    return simulate(ROWS, GAPS), make_config(
        f"features.horizon={horizon}",
        f"+features.publication_delay={{{TARGET}: {delay}, {TEMPERATURE}: {delay // 2}}}",
        "features.past_lags=[3]",
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
    """Replace all columns from a row on."""
    return _spoil(table, {str(name): row for name in table.frame}, value)


def hide(table: HourlyTable, issue: int, value: float, config: TuneConfig) -> HourlyTable:
    """Replace what is not published when a forecast is issued: each column from its own row."""
    delays = config.features.publication_delay
    return _spoil(
        table, {str(name): issue - delays.get(str(name), 0) for name in table.frame}, value
    )


def _spoil(table: HourlyTable, starts: dict[str, int], value: float) -> HourlyTable:
    columns = {
        name: np.where(np.arange(len(table.frame)) < start, table.frame[name], value)
        for name, start in starts.items()
    }
    return HourlyTable(table.frame.assign(**columns), table.provenance)
