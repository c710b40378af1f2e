"""The demo's supply: wind, sun, thermal plants, exchange with the neighbours, and hydro's rest.

Constants are calibrated on ONS's energy balance: SE 2021 and 2022, and for the wind NE 2022, since
SE has next to none.
"""

import numpy as np
import pandas as pd

from hpo_exp.data.demo_noise import logistic, normal, season, stream

# Wind: a share of the capacity, larger in spring and at night, with NE's memory.
WIND_CAPACITY = 5_000.0  # MW; gives 2.2 GW on average, so that dispatch has something to weigh
WIND_LEVEL, WIND_YEARLY, WINDIEST_DAY = -0.3, 0.7, 245.0
WIND_DAILY, WINDIEST_HOUR = 0.33, 23.0
WIND_SPREAD, WIND_HOURS, WIND_RIPPLE, WIND_RIPPLE_HOURS = 0.7, 60.0, 0.16, 4.0

# Sun over Minas Gerais, where most of SE's plants stand; they follow it and reach their rating
# well before noon. A row covers the hour from its label on, so its middle counts.
SOLAR_CAPACITY = 1_900.0  # MW; SE's largest hour of 2022 is 2,063
LATITUDE, LONGITUDE, ZONE_LONGITUDE = -17.0, -45.0, -45.0  # degrees; the zone's is UTC-3's
RATED_ELEVATION, CLOUDED = 0.8, 0.7  # sine of the elevation; share lost under full cover

# Thermal plants (MW): ordered by the week, most at the end of the dry season.
THERMAL, THERMAL_YEARLY, THERMAL_PEAK_DAY = 6_600.0, 1_250.0, 290.0
THERMAL_SPREAD, THERMAL_HOURS, THERMAL_RIPPLE, THERMAL_RIPPLE_HOURS = 1_150.0, 900.0, 120.0, 3.0
THERMAL_RANGE = 2_700.0, 12_500.0

# Interchange (MW): exports, so negative is import; deeper in the dry season and in the evening.
# SE's import less what the demo's wind, which SE does not have, gives in its place.
EXCHANGE, EXCHANGE_YEARLY, LEAST_IMPORT_DAY = -3_500.0, 1_100.0, 45.0
EXCHANGE_DAY = np.array(
    [260, 570, 855, 1020, 1010, 725, 400, 65, -190, -290, -250, -165,
     -195, -95, -130, -270, -280, 30, -345, -835, -920, -615, -335, -25],
    dtype=np.float64,
)  # fmt: skip
EXCHANGE_SPREAD, EXCHANGE_HOURS = 2_000.0, 250.0
EXCHANGE_RIPPLE, EXCHANGE_RIPPLE_HOURS = 700.0, 4.0
WIND_EXPORTED, WIND_MEAN = 0.4, 2_200.0
LOAD_IMPORTED, LOAD_MEAN = 0.12, 39_400.0
HYDRO_RANGE = 12_000.0, 46_000.0  # MW: SE's least and most; the neighbours take or give the rest

# Restrictions of the river's flow, ordered by the day, from May to October.
RESTRICTION_MONTHS = 5, 10
RESTRICTION_STARTS, RESTRICTION_ENDS = 0.07, 0.3  # chance a day


def make_supply(
    index: pd.DatetimeIndex, load: np.ndarray, cloud: np.ndarray, subsystem: str
) -> dict[str, np.ndarray]:
    """Simulate what serves a load (MW) under a cloud cover (0 to 1), both of shape (hours,).

    Returns:
        `geracao_{hidraulica,termica,eolica,solar}_mw` and `intercambio_mw`, each in MW and of
        shape (hours,); generation is load plus interchange.
    """
    wind = make_wind(index, subsystem)
    solar = make_solar(index, cloud)
    thermal = _thermal(index, subsystem)
    exchange = _exchange(index, load, wind, subsystem)
    hydro = np.clip(load + exchange - wind - solar - thermal, *HYDRO_RANGE)
    return {
        "geracao_hidraulica_mw": hydro,
        "geracao_termica_mw": thermal,
        "geracao_eolica_mw": wind,
        "geracao_solar_mw": solar,
        "intercambio_mw": hydro + thermal + wind + solar - load,
    }


def make_wind(index: pd.DatetimeIndex, subsystem: str) -> np.ndarray:
    """Simulate wind generation (MW), shape (hours,)."""
    state = WIND_LEVEL + WIND_YEARLY * season(index.day_of_year.to_numpy(), WINDIEST_DAY)
    state += WIND_DAILY * np.cos(2 * np.pi * (index.hour.to_numpy() - WINDIEST_HOUR) / 24)
    state += WIND_SPREAD * normal(subsystem, "wind", len(index), WIND_HOURS)
    state += WIND_RIPPLE * normal(subsystem, "wind ripple", len(index), WIND_RIPPLE_HOURS)
    return WIND_CAPACITY * logistic(state)


def make_solar(index: pd.DatetimeIndex, cloud: np.ndarray) -> np.ndarray:
    """Simulate solar generation (MW), shape (hours,): zero from sunset to sunrise."""
    declination = np.radians(-23.44 * season(index.day_of_year.to_numpy() + 10.0, 0.0))
    noon = 12 - (LONGITUDE - ZONE_LONGITUDE) / 15
    angle = np.radians(15 * (index.hour.to_numpy() + 0.5 - noon))
    latitude = np.radians(LATITUDE)
    elevation = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(
        declination
    ) * np.cos(angle)
    return SOLAR_CAPACITY * np.clip(elevation / RATED_ELEVATION, 0, 1) * (1 - CLOUDED * cloud)


def make_restriction(index: pd.DatetimeIndex, subsystem: str) -> np.ndarray:
    """Simulate `restricao_vazao`, shape (hours,): 1 where the river's flow is restricted."""
    days = index.normalize().unique()
    first, last = RESTRICTION_MONTHS
    restricted, states = False, []
    for month, chance in zip(
        days.month, stream(subsystem, "restriction").uniform(size=len(days)), strict=True
    ):
        stays = chance >= RESTRICTION_ENDS if restricted else chance < RESTRICTION_STARTS
        restricted = bool(stays and first <= month <= last)
        states.append(restricted)
    return np.array(states, np.float64)[days.get_indexer(index.normalize())]


def _thermal(index: pd.DatetimeIndex, subsystem: str) -> np.ndarray:
    plants = THERMAL + THERMAL_YEARLY * season(index.day_of_year.to_numpy(), THERMAL_PEAK_DAY)
    plants += THERMAL_SPREAD * normal(subsystem, "thermal", len(index), THERMAL_HOURS)
    plants += THERMAL_RIPPLE * normal(subsystem, "thermal ripple", len(index), THERMAL_RIPPLE_HOURS)
    return np.clip(plants, *THERMAL_RANGE)


def _exchange(
    index: pd.DatetimeIndex, load: np.ndarray, wind: np.ndarray, subsystem: str
) -> np.ndarray:
    exchange = EXCHANGE + EXCHANGE_YEARLY * season(index.day_of_year.to_numpy(), LEAST_IMPORT_DAY)
    exchange += EXCHANGE_DAY[index.hour.to_numpy()]
    exchange += EXCHANGE_SPREAD * normal(subsystem, "exchange", len(index), EXCHANGE_HOURS)
    exchange += EXCHANGE_RIPPLE * normal(
        subsystem, "exchange ripple", len(index), EXCHANGE_RIPPLE_HOURS
    )
    return exchange + WIND_EXPORTED * (wind - WIND_MEAN) - LOAD_IMPORTED * (load - LOAD_MEAN)
