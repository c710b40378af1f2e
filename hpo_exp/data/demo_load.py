"""The demo's load: the calendar's, the temperature's and chance.

Constants are calibrated on ONS's load curve of SE and the temperature of INMET's A701, 2021 and
2022: a least-squares fit of the load on what `make_load` adds up, and the statistics of its rest.
"""

import holidays
import numpy as np
import pandas as pd

from hpo_exp.data.demo_noise import normal, remembered, season, stream, wandering

# Load (MW) by hour at 20 degC and without a season: a working day after a free one, after
# another working day, Saturday, and Sunday.
DAYS = np.array(
    [
        [34420, 33000, 32160, 31800, 32070, 33240, 35060, 37230, 39390, 40450, 41170, 41230,
         40790, 41570, 42450, 43070, 43470, 42860, 44590, 45450, 44980, 44110, 41990, 39290],
        [37190, 35350, 34280, 33820, 34010, 35020, 36600, 38610, 40490, 41320, 41920, 41890,
         41390, 42240, 43150, 43700, 43990, 43430, 45160, 45800, 45190, 44330, 42350, 39810],
        [37300, 35460, 34280, 33660, 33540, 33590, 33610, 34530, 35840, 36650, 37030, 37060,
         36930, 36870, 37000, 37440, 38300, 39950, 43070, 43650, 42350, 40730, 38800, 37010],
        [35010, 33380, 32240, 31530, 31230, 30880, 30100, 30050, 30740, 31360, 31930, 32460,
         32580, 32290, 32280, 32940, 34350, 36730, 40190, 41120, 40600, 39660, 38230, 36230],
    ],
    dtype=np.float64,
)  # fmt: skip
# What the season adds by hour (MW): times its cosine (1 on 1 January) and its sine (1 on 2 April).
# The evening peak comes earlier in winter, when people light their homes before they leave work.
SUMMER = np.array(
    [610, 590, 510, 410, 300, -290, -760, -350, -40, 200, 300, 340,
     380, 480, 450, 250, -220, -1480, -2770, -860, -230, 0, 250, 480],
    dtype=np.float64,
)  # fmt: skip
AUTUMN = np.array(
    [280, 280, 240, 200, 160, 280, 130, 110, 290, 430, 460, 430,
     500, 540, 450, 280, 70, -130, -500, -380, -250, -110, 0, 140],
    dtype=np.float64,
)  # fmt: skip
# How much of a Sunday a holiday is, by kind, and those that SE's load does not show. The night
# before one is a working day's until people do not get up.
HOLIDAYS = {"public": 0.75, "optional": 0.4}
UNSEEN_HOLIDAYS = "Public Servant", "Ash Wednesday"
WAKING_HOUR = 8
YEAR_END, YEAR_END_DAYS = -3890.0, 3.0  # MW from 22 December to 2 January, and how it sets in
GROWTH, LEVEL_DATE = 630.0, pd.Timestamp("2022-01-01")  # MW a year, and when DAYS holds

# Temperature: fans and compressors follow within hours, walls within days and mostly when warm.
COMFORT = 20.0  # degC
FAST, FAST_HOURS = 208.0, 4.0  # MW/degC
SLOW, COOLING, SLOW_HOURS = 252.0, 598.0, 72.0  # MW/degC: any, and what is added above COMFORT

# Chance: weather and economy nobody measured, people, and each hour's own surprise. The last is
# the RMSE by hour (MW) of a ridge regression one hour ahead on SE's 2022, of which it is a part.
WEEKS, WEEKS_HOURS = 700.0, 200.0  # MW
SURPRISE = np.array(
    [253, 193, 125, 124, 130, 288, 379, 337, 315, 288, 334, 222,
     310, 381, 273, 455, 346, 481, 458, 469, 305, 301, 207, 224],
    dtype=np.float64,
)  # fmt: skip
UNFORESEEN, RIPPLE_HOURS, SWELL_HOURS = 0.71, 0.8, 6.0


def make_load(index: pd.DatetimeIndex, temperature: np.ndarray, subsystem: str) -> np.ndarray:
    """Simulate the load (MW), shape (hours,), that goes with a temperature (degC) of that shape."""
    hour, day = index.hour.to_numpy(), index.day_of_year.to_numpy()
    years = ((index - LEVEL_DATE) / pd.Timedelta(days=365.2425)).to_numpy()
    calendar = (
        (weights_of_days(index) * DAYS[:, hour].T).sum(axis=1)
        + SUMMER[hour] * season(day, 1.0)
        + AUTUMN[hour] * season(day, 92.3)
        + YEAR_END * _year_end(index)
        + GROWTH * years
    )
    return calendar + _weather(temperature) + _chance(hour, subsystem)


def weights_of_days(index: pd.DatetimeIndex) -> np.ndarray:
    """Weigh the rows of `DAYS` in each hour, shape (hours, 4): they sum to 1."""
    days, position = np.unique(index.normalize().to_numpy(), return_inverse=True)
    dates = pd.DatetimeIndex(days)
    weekday = dates.day_of_week.to_numpy()
    holiday = np.maximum.reduce([share * _are_in(dates, kind) for kind, share in HOLIDAYS.items()])
    off = np.where(weekday == 6, 1.0, holiday)
    rested = np.concatenate([[1.0], off[:-1]])  # the first day is New Year's, whatever was before
    usual = np.column_stack([rested, 1 - rested, 0 * off, 0 * off])
    usual[weekday == 5], usual[weekday == 6] = np.eye(4)[2], np.eye(4)[3]
    waking = np.minimum((index.hour.to_numpy() + 0.5) / WAKING_HOUR, 1.0)
    share = (holiday[position] * waking)[:, None]
    return (1 - share) * usual[position] + share * np.eye(4)[3]


def _are_in(dates: pd.DatetimeIndex, kind: str) -> np.ndarray:
    """Tell which days are Brazilian holidays of a kind that the load shows."""
    calendar = holidays.country_holidays("BR", categories=(kind,))
    return np.array(
        [
            day in calendar and not any(name in calendar[day] for name in UNSEEN_HOLIDAYS)
            for day in dates.date
        ]
    )


def _year_end(index: pd.DatetimeIndex) -> np.ndarray:
    """Tell how much of the year's end an hour is, shape (hours,): 0 to 1, setting in by days."""
    hour = index.day_of_year.to_numpy() + index.hour.to_numpy() / 24
    length = np.where(index.is_leap_year, 366, 365)
    before, after = hour - (length - 9), 3.0 - hour  # days since 22 December, until 3 January
    return np.clip(np.maximum(before, after) / YEAR_END_DAYS, 0, 1)


def _weather(temperature: np.ndarray) -> np.ndarray:
    """Answer the temperature (degC) with load (MW): late, and more when it is warm."""
    before = np.concatenate([temperature[:1], temperature[:-1]])
    fast = remembered(before, FAST_HOURS) - COMFORT
    slow = remembered(before, SLOW_HOURS) - COMFORT
    return FAST * fast + SLOW * slow + COOLING * np.maximum(slow, 0)


def _chance(hour: np.ndarray, subsystem: str) -> np.ndarray:
    """Draw what neither calendar nor temperature explain (MW)."""
    weeks = WEEKS * normal(subsystem, "load weeks", len(hour), WEEKS_HOURS)
    draws = UNFORESEEN * SURPRISE[hour] * stream(subsystem, "load").standard_normal(len(hour))
    # Two memories in a row, as of the autoregression of order 2 that fits SE's rest: 1.30, -0.36.
    ripple = wandering(draws, RIPPLE_HOURS) / np.sqrt(1 - np.exp(-2 / RIPPLE_HOURS))
    swell = wandering(ripple, SWELL_HOURS) / np.sqrt(1 - np.exp(-2 / SWELL_HOURS))
    return weeks + swell
