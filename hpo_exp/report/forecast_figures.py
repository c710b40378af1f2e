"""Figures of the forecast: against what came, and where its errors are."""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from hpo_exp.dispatch.policy_names import MODEL
from hpo_exp.report.figures import (
    BLACK,
    BLUE,
    CYCLE,
    HOURS,
    ORANGE,
    Figure,
    chart,
    hour_heatmap,
    hourly,
    series,
    series_chart,
    words,
)
from hpo_exp.report.run_files import FinishedRun
from hpo_exp.report.texts import TEXTS, name_of

MONTH = "%Y-%m"


def forecast_figures(run: FinishedRun) -> list[Figure]:
    """The figures of the forecast that the run has something to show in."""
    scored = run.scored_forecasts
    months = scored["target_time"].dt.strftime(MONTH)
    hours = scored["target_time"].dt.hour
    figures = [
        _series(run),
        _errors(run, scored, hours, "error_by_hour", HOURS),
    ]
    if len(months.unique()) > 1:
        figures.append(_errors(run, scored, months, "error_by_month", _months(months)))
        figures.append(_heatmap(scored, hours, months))
    if run.test["horizon"] > 1:
        figures.append(_by_step(run))
    return figures


def _series(run: FinishedRun) -> Figure:
    """Actual load, model and best baseline; an hour's forecast is that of its last scored step."""
    first, last = run.scored_steps
    baseline = run.best_baseline
    rows = run.forecast[run.forecast["step"].between(first, last)]
    rows = rows.sort_values(["target_time", "step"]).drop_duplicates("target_time", keep="last")
    table = hourly(rows["target_time"], rows[["actual_mw", "model_mw", baseline]])
    traces = [
        series(table["actual_mw"], TEXTS["actual"], line={"color": BLACK, "width": 1.6}),
        series(
            table[baseline], name_of(baseline), line={"color": ORANGE, "width": 1.2, "dash": "dot"}
        ),
        series(table["model_mw"], name_of(MODEL), line={"color": BLUE, "width": 1.6}),
    ]
    return Figure("forecast", series_chart(traces, table.index, y="MW"), 440, zooms=True)


def _rmse(rows: pd.DataFrame, column: str, by: list[pd.Series]) -> pd.Series:
    """RMSE (MW) of a forecast in each group."""
    squared = (rows[column] - rows["actual_mw"]) ** 2
    mean: pd.Series = squared.groupby([key.to_numpy() for key in by]).mean()
    return mean**0.5


def _errors(
    run: FinishedRun, scored: pd.DataFrame, by: pd.Series, name: str, axis: dict[str, Any]
) -> Figure:
    """RMSE of model and best baseline by a group of target hours."""
    traces = []
    for forecast, colour in ((MODEL, BLUE), (run.best_baseline, ORANGE)):
        error = _rmse(scored, run.column(forecast), [by])
        traces.append(
            go.Bar(
                x=error.index.tolist(),
                y=error.to_numpy(np.float32).round(3),
                marker={"color": colour},
                **words(name_of(forecast)),
            )
        )
    layout: dict[str, Any] = {
        "bargap": 0.25,
        "xaxis": axis,
        "yaxis": {"rangemode": "tozero", "hoverformat": ",.3~r"},
    }
    return Figure(name, chart(traces, y="MW", **layout))


def _months(months: pd.Series) -> dict[str, Any]:
    """An axis of months by their number, with the year beneath the first of each year."""
    names = sorted(months.unique())
    firsts = {name[:4]: name for name in reversed(names)}
    shown = [
        f"{name[5:]}<br>{name[:4]}" if firsts[name[:4]] == name else name[5:] for name in names
    ]
    return {
        "type": "category",
        "tickmode": "array",
        "tickvals": names,
        "ticktext": shown,
        "tickangle": 0,
        "tickfont": {"size": 11},
        "showgrid": False,
    }


def _heatmap(scored: pd.DataFrame, hours: pd.Series, months: pd.Series) -> Figure:
    """RMSE of the model by hour of day and month."""
    error = _rmse(scored, "model_mw", [hours, months]).unstack()  # noqa: PD010 - two keys, no values to pivot
    return hour_heatmap("error_heatmap", error, _months(months), decimals=1, height=460)


def _by_step(run: FinishedRun) -> Figure:
    """RMSE of every forecast by step."""
    by_step = run.test["rmse_by_step"]
    colours = dict(zip(by_step, CYCLE * (1 + len(by_step) // len(CYCLE)), strict=False))
    traces = [
        go.Scatter(
            x=list(range(1, len(values) + 1)),
            y=[None if value is None else round(value, 2) for value in values],
            mode="lines+markers",
            line={"color": colours[name], "width": 3 if name == MODEL else 1.4},
            marker={"size": 6 if name == MODEL else 4},
            **words(name_of(name)),
        )
        for name, values in by_step.items()
    ]
    layout: dict[str, Any] = {
        "xaxis": {"dtick": 1 if run.test["horizon"] <= 12 else 6},
        "yaxis": {"rangemode": "tozero", "hoverformat": ",.1f"},
    }
    return Figure("error_by_step", chart(traces, x="h", y="MW", **layout), 380)
