"""Simulated weather forecasts: what came, and an error that grows with the hours ahead."""

import numpy as np
import pandas as pd

from hpo_exp.config import DataConfig
from hpo_exp.data.demo import simulate
from hpo_exp.data.demo_noise import normal
from hpo_exp.data.weather_forecasts import WeatherForecasts

COLUMN = "TEMP_BULB_SECO"
"""What is forecast (°C)."""

RUN_HOURS, REACH_HOURS = 12, 72
"""A run every 12 hours, three days ahead, as regional models have them."""

ERROR_AT_ONCE, ERROR_A_DAY, ERROR_HOURS = 0.8, 0.6, 9.0
"""Error (°C) of the first hour, what each day ahead adds to it, and how long it lasts."""


def make_demo_weather_forecasts(config: DataConfig, delay: int) -> WeatherForecasts:
    """Simulate forecasts of the demo's temperature, as it was before any sensor failed.

    They reach beyond `data.end`, as forecasts of its last hours do.

    Args:
        config: the demo's, with the last hour of its table.
        delay: hours of computing, after which a run can be read.
    """
    assert config.end is not None  # the demo's table was made by it
    end = pd.Timestamp(config.end) + pd.Timedelta(hours=REACH_HOURS)
    truth = simulate(config.subsystem, end)[COLUMN]
    return simulate_weather_forecasts(truth, config.subsystem, delay)


def simulate_weather_forecasts(
    truth: "pd.Series[float]", subsystem: str, delay: int
) -> WeatherForecasts:
    """Simulate forecasts of a series (°C) by the hour: they know the future, as no real one does.

    Errors are drawn from the first hour on, so that a longer series changes no run of a shorter
    one but by the hours that it adds to it.
    """
    start, values = np.datetime64(truth.index[0], "h"), truth.to_numpy()
    issued = np.arange(0, len(values), RUN_HOURS)
    ahead = np.arange(REACH_HOURS)
    targets = issued[:, None] + ahead
    inside = targets < len(values)
    noise = normal(subsystem, f"{truth.name} forecasts", targets.size, ERROR_HOURS)
    error = noise.reshape(targets.shape) * (ERROR_AT_ONCE + ERROR_A_DAY * ahead / 24)
    found = values[np.minimum(targets, len(values) - 1)] + error
    runs = np.broadcast_to(issued[:, None], targets.shape)
    return WeatherForecasts(
        names=(str(truth.name),),
        issued=start + runs[inside].astype("timedelta64[h]"),
        targets=start + targets[inside].astype("timedelta64[h]"),
        forecast=found[inside][:, None],
        delay=delay,
        simulated=True,
    )
