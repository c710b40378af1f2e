"""Figures of what the load looks like: by hour, week, season and temperature."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from hpo_exp.data.table import TARGET
from hpo_exp.report.data_texts import SEASONS
from hpo_exp.report.figures import (
    BLUE,
    BLUES,
    GREY,
    HOURS,
    ORANGE,
    VERMILION,
    Figure,
    chart,
    hour_heatmap,
    words,
)
from hpo_exp.report.language import Text
from hpo_exp.report.texts import TEXTS

_TEMPERATURE = "TEMP_BULB_SECO"
_LEAST_PAIRS = 500
"""Hours of load and temperature from which a picture of both says something."""
_LEAST_HOURS = 20
"""Hours of a temperature from which a median is drawn."""


def profile_figures(frame: pd.DataFrame) -> list[Figure]:
    """The profiles that an hourly table's columns have something to show in."""
    load = frame[TARGET]
    figures = [_daily_profile(load), _week_profile(load), _month_hour(load)]
    both = frame[[TARGET, _TEMPERATURE]].dropna() if _TEMPERATURE in frame else frame.iloc[:0]
    if len(both) >= _LEAST_PAIRS:
        figures.append(_load_temperature(both[_TEMPERATURE], both[TARGET]))
    return figures


def _daily_profile(load: "pd.Series[float]") -> Figure:
    index = pd.DatetimeIndex(load.index)
    season = index.month % 12 // 3
    traces = []
    for number, (text, colour) in enumerate(
        zip(SEASONS, (VERMILION, ORANGE, BLUE, GREY), strict=True)
    ):
        hours = load[season == number]
        if not hours.empty:
            means = hours.groupby(pd.DatetimeIndex(hours.index).hour).mean()
            traces.append(_profile(means, text, colour))
    return Figure("daily_profile", chart(traces, y="MW", xaxis=HOURS))


def _week_profile(load: "pd.Series[float]") -> Figure:
    index = pd.DatetimeIndex(load.index)
    means = load.groupby(index.day_of_week * 24 + index.hour).mean()
    axis = {"title": {"text": "h"}, "dtick": 24, "range": [-1, 168], "zeroline": False}
    trace = _profile(means, TEXTS["mean_load"], BLUE)
    return Figure("week_profile", chart([trace], y="MW", xaxis=axis))


def _profile(means: "pd.Series[float]", text: Text, colour: str) -> go.Scatter:
    return go.Scatter(
        x=[int(hour) for hour in means.index],
        y=means.to_numpy(np.float32).round(1),
        mode="lines",
        line={"color": colour, "width": 2},
        **words(text),
    )


def _month_hour(load: "pd.Series[float]") -> Figure:
    index = pd.DatetimeIndex(load.index)
    means = load.groupby([index.hour, index.month]).mean().unstack()  # noqa: PD010 - two keys
    return hour_heatmap(
        "month_hour", means, {"dtick": 1, "showgrid": False}, decimals=0, height=400
    )


def _load_temperature(temperature: "pd.Series[float]", load: "pd.Series[float]") -> Figure:
    """How many hours there are of each temperature and load, and the median load."""
    counts, degrees, levels = np.histogram2d(temperature, load, bins=(36, 40))
    middles = (degrees[:-1] + degrees[1:]) / 2
    cell = np.clip(np.digitize(temperature, degrees) - 1, 0, len(middles) - 1)
    medians = load.groupby(cell).median().where(load.groupby(cell).size() >= _LEAST_HOURS)
    heat = go.Heatmap(
        x=middles.round(2),
        y=((levels[:-1] + levels[1:]) / 2).round(0),
        z=np.where(counts.T > 0, counts.T, np.nan).astype(np.float32),
        colorscale=BLUES,
        colorbar={"title": {"text": "h"}, "thickness": 12},
        hovertemplate="%{x:.1f} °C · %{y:,.0f} MW · %{z} h<extra></extra>",
    )
    line = go.Scatter(
        x=middles[medians.index].round(2),
        y=medians.to_numpy(np.float32).round(1),
        mode="lines",
        line={"color": VERMILION, "width": 2.5},
        **words(TEXTS["median_load"]),
    )
    figure = chart([heat, line], x="°C", y="MW", hovermode="closest")
    return Figure("load_temperature", figure, 400)
