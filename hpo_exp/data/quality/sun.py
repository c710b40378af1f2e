"""Whether the sun is up: the geometry alone, to a few minutes."""

import numpy as np
import pandas as pd

_HORIZON = -0.833
"""Elevation of the sun's centre at sunrise (degrees): its radius and the air's refraction."""


def elevation(utc: pd.DatetimeIndex, latitude: float, longitude: float) -> np.ndarray:
    """Elevation of the sun's centre.

    Args:
        utc: zone-less UTC stamps, shape (n,).
        latitude: degrees, south is negative.
        longitude: degrees, west is negative.

    Returns:
        Degrees above the horizon, shape (n,), by Spencer's series (Search 2, 1971).
    """
    day = 2 * np.pi / 365 * (utc.day_of_year.to_numpy() - 1)
    declination = (
        0.006918 - 0.399912 * np.cos(day) + 0.070257 * np.sin(day)
        - 0.006758 * np.cos(2 * day) + 0.000907 * np.sin(2 * day)
        - 0.002697 * np.cos(3 * day) + 0.00148 * np.sin(3 * day)
    )  # fmt: skip
    equation_minutes = 229.18 * (
        0.000075 + 0.001868 * np.cos(day) - 0.032077 * np.sin(day)
        - 0.014615 * np.cos(2 * day) - 0.040849 * np.sin(2 * day)
    )  # fmt: skip
    minutes = utc.hour.to_numpy() * 60 + utc.minute.to_numpy() + equation_minutes + 4 * longitude
    angle, north = np.radians(minutes / 4 - 180), np.radians(latitude)
    sine = np.sin(north) * np.sin(declination) + np.cos(north) * np.cos(declination) * np.cos(angle)
    return np.degrees(np.arcsin(np.clip(sine, -1.0, 1.0)))


def is_night(
    hours: pd.DatetimeIndex, utc_offset_hours: int, latitude: float, longitude: float
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Tell in which hours, labelled at their start, the sun is down from beginning to end."""
    utc = hours - pd.Timedelta(hours=utc_offset_hours)
    moments = [utc + pd.Timedelta(minutes=minutes) for minutes in (0, 30, 60)]
    highest = np.max([elevation(moment, latitude, longitude) for moment in moments], axis=0)
    return np.asarray(highest < _HORIZON, dtype=np.bool_)
