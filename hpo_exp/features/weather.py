"""Which weather forecast a load forecast knows: the newest one that was out when it is issued."""

from dataclasses import replace

import numpy as np
import pandas as pd

from hpo_exp.data.table import HourlyTable
from hpo_exp.data.weather_forecasts import WeatherForecasts
from hpo_exp.errors import ConfigError


def weather_ahead(table: HourlyTable, names: list[str], horizon: int) -> np.ndarray:
    """Weather forecast for each step, as known at each issue row of a table.

    Args:
        table: the hours, and the forecasts beside them.
        names: what of the forecasts is read (`features.weather_forecasts`).
        horizon: number of steps.

    Returns:
        float32, shape (rows + 1, horizon, names), NaN where no run that was out has the value.

    Raises:
        ConfigError: there are no forecasts beside the table, or none of a name.
    """
    issues = np.arange(len(table.index) + 1)
    if not names:
        return np.empty((len(issues), horizon, 0), np.float32)
    forecasts = table.weather_forecasts
    if forecasts is None:
        raise ConfigError(
            f"features.weather_forecasts names {names[0]}, but there are no weather forecasts: set "
            "data.weather_forecasts.path to a file of them (data=demo: "
            "data.weather_forecasts.simulate=true)"
        )
    unknown = [name for name in names if name not in forecasts.names]
    if unknown:
        raise ConfigError(
            f"features.weather_forecasts names {unknown[0]}, which the weather forecasts do not "
            f"have; they have {', '.join(forecasts.names)}"
        )
    places = [forecasts.names.index(name) for name in names]
    chosen = replace(forecasts, names=tuple(names), forecast=forecasts.forecast[:, places])
    targets = issues[:, None] + np.arange(horizon)
    return known_weather(chosen, table.index[0], issues, targets).astype(np.float32)


def known_weather(
    forecasts: WeatherForecasts, first_hour: pd.Timestamp, issues: np.ndarray, targets: np.ndarray
) -> np.ndarray:
    """Values of the newest weather forecast known at each issue time, of each target hour.

    A load forecast issued at *t* reads runs that were issued, and `forecasts.delay` hours later
    published, no later than *t*. Where the newest run does not reach a target hour, or lacks a
    value, the newest that has it stands in.

    Args:
        forecasts: the runs.
        first_hour: the hour of row 0.
        issues: issue rows, shape (issues,).
        targets: target rows, shape (issues, horizon).

    Returns:
        Shape (issues, horizon, names), NaN where no run that was out has the value.
    """
    start = np.datetime64(first_hour, "h")
    published = (forecasts.issued - start).astype(np.int64) + forecasts.delay
    hours = (forecasts.targets - start).astype(np.int64)
    known = np.broadcast_to(issues[:, None], targets.shape)
    # One rising number a run and target hour: hours, then times of publication within an hour.
    low = min(int(published.min(initial=0)), int(known.min(initial=0)))
    span = max(int(published.max(initial=0)), int(known.max(initial=0))) - low + 1
    keys, asked = hours * span + published - low, targets * span + known - low
    order = np.argsort(keys)
    values = np.full((*targets.shape, len(forecasts.names)), np.nan)
    for column in range(len(forecasts.names)):
        given = order[np.isfinite(forecasts.forecast[order, column])]
        if len(given) == 0:
            continue
        place = np.searchsorted(keys[given], asked, side="right") - 1
        newest = given[np.maximum(place, 0)]
        there = (place >= 0) & (hours[newest] == targets)
        values[..., column] = np.where(there, forecasts.forecast[newest, column], np.nan)
    return values
