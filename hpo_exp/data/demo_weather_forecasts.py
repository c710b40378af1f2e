"""Simulated weather forecasts: what came, and an error that grows with the hours ahead."""

import numpy as np
import pandas as pd

from hpo_exp.data.demo_noise import normal
from hpo_exp.data.table import HourlyTable
from hpo_exp.data.weather_forecasts import WeatherForecasts

RUN_HOURS, REACH_HOURS = 12, 72
"""A run every 12 hours, three days ahead, as regional models have them."""

DELAY_HOURS = 5
"""Hours of computing, after which a run can be read."""

ERROR_AT_ONCE, ERROR_A_DAY, ERROR_HOURS = 0.8, 0.6, 9.0
"""Error (°C) of the first hour, what each day ahead adds to it, and how long it lasts."""


def simulate_weather_forecasts(table: HourlyTable, column: str, subsystem: str) -> WeatherForecasts:
    """Simulate forecasts of a column (°C) of a table: they know the future, as no real one does.

    Where the column has gaps, runs have them as well.
    """
    truth = table.frame[column].to_numpy()
    issued = np.arange(0, len(truth), RUN_HOURS)
    ahead = np.arange(REACH_HOURS)
    targets = issued[:, None] + ahead
    inside = targets < len(truth)
    noise = normal(subsystem, f"{column} forecasts", targets.size, ERROR_HOURS)
    error = noise.reshape(targets.shape) * (ERROR_AT_ONCE + ERROR_A_DAY * ahead / 24)
    values = truth[np.minimum(targets, len(truth) - 1)] + error
    start = np.datetime64(pd.Timestamp(table.index[0]), "h")
    runs = np.broadcast_to(issued[:, None], targets.shape)
    return WeatherForecasts(
        names=(column,),
        issued=start + runs[inside].astype("timedelta64[h]"),
        targets=start + targets[inside].astype("timedelta64[h]"),
        forecast=values[inside][:, None],
        delay=DELAY_HOURS,
        simulated=True,
    )
