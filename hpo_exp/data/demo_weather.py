"""The demo's weather: air masses, clouds, rain and temperature.

Constants are calibrated on INMET's station A701 (Sao Paulo, Mirante), 2019 to 2022.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from hpo_exp.data.demo_noise import logistic, normal, remembered, season, stream

# Temperature (degC): A701's mean, its mean day and the size of the rest.
MEAN = 20.3
YEARLY, WARMEST_DAY = 2.8, 30.0
DAY = np.array(
    [-1.9, -2.2, -2.4, -2.7, -2.9, -3.0, -3.1, -2.6, -1.4, 0.1, 1.5, 2.8,
     3.7, 4.4, 4.6, 4.2, 3.4, 2.1, 0.8, -0.1, -0.6, -1.0, -1.3, -1.6]
)  # fmt: skip
AIR_MASS, AIR_MASS_HOURS = 2.9, 60.0
GUST, GUST_HOURS = 0.75, 4.0
CLEAR_RANGE, CLOUDED_RANGE = 1.65, 0.35  # factors of DAY: a wet day's range is 7 degC, a dry's 10

# Rain falls where a latent normal process passes a threshold: lower in summer and in the afternoon.
THRESHOLD, WET_SEASON, WETTEST_DAY, AFTERNOON, WETTEST_HOUR = 1.52, 0.42, 25.0, 0.16, 17.5
SHOWER_HOURS = 4.5
RAIN_SCALE, RAIN_SHAPE = 1.2, 0.53  # Weibull: median 0.6 mm and mean 2.2 mm in a wet hour
GAUGE = 0.2  # mm a tip of the gauge


class Weather(NamedTuple):
    """Hourly weather, each of shape (hours,): degC, mm, and cloud cover from 0 to 1."""

    temperature: np.ndarray
    rain: np.ndarray
    cloud: np.ndarray


def make_weather(index: pd.DatetimeIndex, subsystem: str) -> Weather:
    """Simulate the weather of a subsystem from the first hour of the index on."""
    hours, day = len(index), index.day_of_year.to_numpy()
    hour = index.hour.to_numpy()
    air = normal(subsystem, "air", hours, AIR_MASS_HOURS)  # warm or cold
    # Cold fronts bring clouds: moist air is rather cold air.
    moisture = 0.85 * normal(subsystem, "moisture", hours, 30.0) - 0.53 * air
    showers = 0.6 * moisture + 0.8 * normal(subsystem, "showers", hours, SHOWER_HOURS)
    afternoon = np.cos(2 * np.pi * (hour - WETTEST_HOUR) / 24)
    threshold = THRESHOLD - WET_SEASON * season(day, WETTEST_DAY) - AFTERNOON * afternoon
    wet = showers > threshold
    amount = RAIN_SCALE * stream(subsystem, "rain").weibull(RAIN_SHAPE, hours)
    rain = np.where(wet, np.maximum(np.round(amount / GAUGE), 1) * GAUGE, 0.0)
    soaked = remembered(wet.astype(np.float64), SHOWER_HOURS)
    broken = normal(subsystem, "clouds", hours, 5.0)
    cloud = logistic(
        1.2 * moisture + 0.8 * broken + 3.0 * soaked + 0.5 * season(day, WETTEST_DAY) - 0.6
    )
    overcast = remembered(cloud, 8.0)
    daily_range = CLEAR_RANGE - (CLEAR_RANGE - CLOUDED_RANGE) * overcast
    temperature = (
        MEAN
        + YEARLY * season(day, WARMEST_DAY)
        + DAY[hour] * daily_range
        + AIR_MASS * air
        + GUST * normal(subsystem, "gusts", hours, GUST_HOURS)
    )
    return Weather(np.round(temperature, 1), np.round(rain, 1), cloud)
