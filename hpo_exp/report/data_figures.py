"""Figures of the data themselves: what there is, hour by hour, and where it breaks."""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from hpo_exp.data.findings import Finding, hours_of
from hpo_exp.data.table import TARGET, HourlyTable
from hpo_exp.report.data_texts import COLUMNS
from hpo_exp.report.figures import (
    BLACK,
    BLUE,
    CYCLE,
    GREY,
    ORANGE,
    VERMILION,
    Figure,
    chart,
    series,
    series_chart,
    words,
)
from hpo_exp.report.profile_figures import profile_figures
from hpo_exp.report.texts import TEXTS

_BALANCE = "carga_balanco_mw"
_COVERAGE = [[0.0, "#d55e00"], [0.5, "#f6d99b"], [0.999, "#cfe6f5"], [1.0, "#5ba3cf"]]
_LEVELS = ("geracao_hidraulica_mw", "geracao_termica_mw", "geracao_eolica_mw", "geracao_solar_mw")
_FOUR_WEEKS = 28 * 24


def data_figures(table: HourlyTable) -> list[Figure]:
    """The figures that a table has something to show in."""
    frame = table.frame
    return [_coverage(frame), _load_series(table), _levels(table), *profile_figures(frame)]


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


def _of(table: HourlyTable, check: str, column: str | None = None) -> list[Finding]:
    return [
        item
        for item in table.provenance.findings
        if item.check == check and column in (None, item.column)
    ]
