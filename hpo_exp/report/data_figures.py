"""Figures of the data themselves: what there is, where it breaks, and what it looks like."""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from hpo_exp.data.findings import Finding, hours_of
from hpo_exp.data.table import TARGET, HourlyTable
from hpo_exp.report.data_texts import COLUMNS, SEASONS
from hpo_exp.report.figures import (
    BLACK,
    BLUE,
    CYCLE,
    GREY,
    HOURS,
    NUMBERS,
    ORANGE,
    VERMILION,
    Figure,
    chart,
    series,
    series_chart,
    words,
)
from hpo_exp.report.texts import TEXTS

_TEMPERATURE = "TEMP_BULB_SECO"
_BALANCE = "carga_balanco_mw"
_BLUES = [[0.0, "#f3f8fd"], [0.35, "#a3cbe8"], [0.7, "#2f83bf"], [1.0, "#08306b"]]
_COVERAGE = [[0.0, "#d55e00"], [0.5, "#f6d99b"], [0.999, "#cfe6f5"], [1.0, "#5ba3cf"]]
_LEVELS = ("geracao_hidraulica_mw", "geracao_termica_mw", "geracao_eolica_mw", "geracao_solar_mw")
_FOUR_WEEKS = 28 * 24
_LEAST_PAIRS = 500


def data_figures(table: HourlyTable) -> list[Figure]:
    """The figures that a table has something to show in."""
    frame = table.frame
    load = frame[TARGET]
    figures = [
        _coverage(frame),
        _load_series(table),
        _levels(table),
        _daily_profile(load),
        _week_profile(load),
        _month_hour(load),
    ]
    both = frame[[TARGET, _TEMPERATURE]].dropna() if _TEMPERATURE in frame else frame.iloc[:0]
    if len(both) >= _LEAST_PAIRS:
        figures.append(_load_temperature(both[_TEMPERATURE], both[TARGET]))
    return figures


def _coverage(frame: pd.DataFrame) -> Figure:
    months = pd.DatetimeIndex(frame.index).strftime("%Y-%m")
    share = 100.0 * frame.notna().groupby(months).mean()
    trace = go.Heatmap(
        x=list(share.index),
        y=list(share.columns),
        z=share.T.to_numpy(np.float32).round(1),
        zmin=0,
        zmax=100,
        colorscale=_COVERAGE,
        colorbar={"title": {"text": "%"}, "thickness": 12},
        hovertemplate="%{y} · %{x} · %{z:.1f} %<extra></extra>",
        xgap=1,
        ygap=2,
    )
    axes: dict[str, Any] = {
        "xaxis": {"type": "category", "nticks": 12, "showgrid": False},
        "yaxis": {"autorange": "reversed", "showgrid": False, "automargin": True},
    }
    figure = chart([trace], hovermode="closest", **axes)
    return Figure("coverage", figure, 110 + 24 * len(share.columns))


def _load_series(table: HourlyTable) -> Figure:
    frame = table.frame
    traces = []
    if _BALANCE in frame:
        traces.append(series(frame[_BALANCE], COLUMNS[_BALANCE], line={"color": ORANGE}))
    traces.append(series(frame[TARGET], COLUMNS[TARGET], line={"color": BLUE, "width": 1.4}))
    hours = hours_of(span for item in _of(table, "spike", TARGET) for span in item.spans)
    if len(hours):
        marked = frame[TARGET].where(frame.index.isin(hours))
        style = {"color": VERMILION, "size": 8, "symbol": "circle-open"}
        traces.append(series(marked, TEXTS["spikes"], marker=style).update(mode="markers"))
    return Figure("load_series", series_chart(traces, frame.index, y="MW"), 420, zooms=True)


def _levels(table: HourlyTable) -> Figure:
    """Four-week means, a value a day, with the breaks."""
    frame = table.frame
    traces = []
    for name, colour in zip((TARGET, *_LEVELS), (BLACK, *CYCLE), strict=False):
        if name not in frame:
            continue
        mean = frame[name].rolling(_FOUR_WEEKS, min_periods=_FOUR_WEEKS // 2).mean().iloc[::24]
        known = mean.dropna()
        traces.append(
            go.Scatter(
                x=[f"{day:%Y-%m-%d}" for day in pd.DatetimeIndex(known.index)],
                y=known.to_numpy(np.float32).round(1),
                mode="lines",
                line={"color": colour, "width": 1.8},
                **words(COLUMNS[name]),
            )
        )
    days = {item.spans[0][0][:10] for item in _of(table, "definition_break")}
    style = {"color": GREY, "width": 1.5, "dash": "dot"}
    shapes = [
        {"type": "line", "x0": day, "x1": day, "y0": 0, "y1": 1, "yref": "paper", "line": style}
        for day in sorted(days)
    ]
    notes = [
        {"x": day, "y": 1, "yref": "paper", "text": day, "showarrow": False, "yanchor": "top",
         "xanchor": "left", "font": {"size": 12, "color": GREY}}
        for day in sorted(days)
    ]  # fmt: skip
    figure = chart(traces, y="MW", shapes=shapes, annotations=notes, xaxis={"type": "date"})
    return Figure("levels", figure, 380)


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


def _profile(means: "pd.Series[float]", text: Any, colour: str) -> go.Scatter:  # noqa: ANN401 - Text
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
    trace = go.Heatmap(
        x=[int(month) for month in means.columns],
        y=[int(hour) for hour in means.index],
        z=means.to_numpy(np.float32).round(1),
        colorscale=_BLUES,
        colorbar={"title": {"text": "MW"}, "thickness": 12, "tickformat": NUMBERS},
        hovertemplate="%{x} · %{y} h · %{z:,.0f} MW<extra></extra>",
        xgap=1,
        ygap=1,
    )
    axes: dict[str, Any] = {
        "xaxis": {"dtick": 1, "showgrid": False},
        "yaxis": {"autorange": "reversed", "dtick": 3, "showgrid": False},
    }
    return Figure("month_hour", chart([trace], y="h", hovermode="closest", **axes), 400)


def _load_temperature(temperature: "pd.Series[float]", load: "pd.Series[float]") -> Figure:
    """How many hours there are of each temperature and load, and the median load."""
    counts, degrees, levels = np.histogram2d(temperature, load, bins=(36, 40))
    middles = (degrees[:-1] + degrees[1:]) / 2
    cell = np.clip(np.digitize(temperature, degrees) - 1, 0, len(middles) - 1)
    medians = load.groupby(cell).median().where(load.groupby(cell).size() >= 20)
    heat = go.Heatmap(
        x=middles.round(2),
        y=((levels[:-1] + levels[1:]) / 2).round(0),
        z=np.where(counts.T > 0, counts.T, np.nan).astype(np.float32),
        colorscale=_BLUES,
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


def _of(table: HourlyTable, check: str, column: str | None = None) -> list[Finding]:
    return [
        item
        for item in table.provenance.findings
        if item.check == check and column in (None, item.column)
    ]
