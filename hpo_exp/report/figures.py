"""What all figures of the page share: colours, layout, and how they travel into it."""

import textwrap
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from hpo_exp.report.language import LANGUAGES, Text

HOUR_MS = 3_600_000
LARGE_MONEY = 1_000_000
MILLION = Text("million {unit}", "milhões de {unit}")
LARGE_MWH = 100_000
"""From here on energies are shown in GWh."""

# Okabe and Ito's colours, which people tell apart whatever colours they see.
BLACK, BLUE, ORANGE, GREEN = "#222222", "#0072b2", "#e69f00", "#009e73"
VERMILION, SKY, PURPLE, GREY = "#d55e00", "#56b4e9", "#cc79a7", "#8a8f98"
PALE_GREEN = "#8fd3bd"
CYCLE = (BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, BLACK, GREY)

BLUES = [[0.0, "#f3f8fd"], [0.35, "#a3cbe8"], [0.7, "#2f83bf"], [1.0, "#08306b"]]
"""A scale from little to much."""

# An axis of the hours of a day.
HOURS = {"title": {"text": "h"}, "dtick": 3, "range": [-0.6, 23.6], "showgrid": False}

# Whole thousands, without zeros at the end; the page sets each language's separators.
NUMBERS = ",.6~f"

# Numbers alone, so that dates read the same in every language.
DATE_TICKS = [
    {"dtickrange": [None, 86_399_999], "value": "%H:%M\n%Y-%m-%d"},
    {"dtickrange": [86_400_000, "M1"], "value": "%m-%d\n%Y"},
    {"dtickrange": ["M1", None], "value": "%Y-%m"},
]


@dataclass(frozen=True)
class Figure:
    """A figure of the page; title and caption are in `texts`, under its name.

    Attributes:
        name: names its element and its texts.
        chart: what is drawn.
        height: pixels.
        zooms: whether it is a series of hours with buttons that choose a period.
        choices: policies of which it shows one at a time, the one shown first in front.
    """

    name: str
    chart: go.Figure
    height: int = 340
    zooms: bool = False
    choices: tuple[str, ...] = ()

    def script(self) -> str:
        """The chart as JSON that may stand inside a script element."""
        text: str = self.chart.to_json()
        return text.replace("<", "\\u003c")


def chart(traces: list[Any], *, x: str = "", y: str = "", **layout: Any) -> go.Figure:  # noqa: ANN401 - plotly's layout
    """A chart with the page's looks.

    Args:
        traces: what to draw.
        x: unit of the horizontal axis.
        y: unit of the vertical axis.
        layout: what differs from the common layout.
    """
    axis = {"automargin": True, "gridcolor": "#e6e9ee", "linecolor": "#c3c9d2", "zeroline": False}
    figure = go.Figure(
        traces,
        {
            "template": "none",
            "font": {"family": "system-ui, sans-serif", "size": 13, "color": "#2b3340"},
            "margin": {"l": 56, "r": 16, "t": 16, "b": 44},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "#ffffff",
            "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": "#9aa3af", "activecolor": BLUE},
            "hovermode": "x unified",
            "hoverlabel": {"namelength": -1},
            "legend": {
                "orientation": "h",
                "x": 0,
                "y": 1.02,
                "yanchor": "bottom",
                "traceorder": "normal",
            },
            "xaxis": {**axis, "title": {"text": x, "font": {"size": 13}}},
            "yaxis": {**axis, "title": {"text": y, "font": {"size": 13}}, "tickformat": NUMBERS},
        },
    )
    return figure.update_layout(**layout)


def hour_heatmap(
    name: str, cells: pd.DataFrame, xaxis: dict[str, Any], *, decimals: int, height: int
) -> Figure:
    """Values in MW by hour of the day.

    Args:
        name: the figure's name.
        cells: one row an hour of the day, one column each place on the horizontal axis.
        xaxis: the layout of that axis.
        decimals: decimals shown of a value.
        height: pixels.
    """
    trace = go.Heatmap(
        x=cells.columns.tolist(),
        y=[int(hour) for hour in cells.index],
        z=cells.to_numpy(np.float32).round(decimals + 1),
        colorscale=BLUES,
        colorbar={"title": {"text": "MW"}, "thickness": 12, "tickformat": NUMBERS},
        hovertemplate=f"%{{x}} · %{{y}} h · %{{z:,.{decimals}f}} MW<extra></extra>",
        xgap=1,
        ygap=1,
    )
    yaxis = {"autorange": "reversed", "dtick": 3, "showgrid": False}
    figure = chart([trace], y="h", hovermode="closest", xaxis=xaxis, yaxis=yaxis)
    return Figure(name, figure, height)


def words(text: Text) -> dict[str, Any]:
    """A trace's name in both languages; the page's script shows the chosen one."""
    return {"name": text.en, "meta": dict(zip(LANGUAGES, text, strict=True))}


def ticks(axis: str, texts: list[Text]) -> dict[str, Any]:
    """Layout of an axis of categories named in both languages, at 0, 1, 2 and so on."""
    shown = {
        code: {f"{axis}.ticktext": [_wrapped(text[i]) for text in texts]}
        for i, code in enumerate(LANGUAGES)
    }
    places = {"tickvals": list(range(len(texts))), "ticktext": shown["en"][f"{axis}.ticktext"]}
    return {axis: {"tickmode": "array", **places}, "meta": shown}


def _wrapped(label: str) -> str:
    """A long label on several lines, so that a phone has room left for the bars."""
    return "<br>".join(textwrap.wrap(label, 20, break_long_words=False))


def energy(largest: float) -> tuple[float, str]:
    """The unit that suits an energy of so many MWh: MWh in it, and its name."""
    return (1000.0, "GWh") if abs(largest) >= LARGE_MWH else (1.0, "MWh")


def amounts(largest: float, unit: str) -> tuple[float, Text]:
    """What suits amounts of so many MWh or so much money: units in it, and its name."""
    if unit == "MWh":
        scale, name = energy(largest)
        return scale, Text(name, name)
    if abs(largest) < LARGE_MONEY:
        return 1.0, Text(unit, unit)
    return 1e6, MILLION.with_values(unit=unit)


def hourly(times: pd.Series, values: pd.DataFrame) -> pd.DataFrame:
    """Values on an index of hours without gaps: what is absent is NaN, and drawn as a gap."""
    indexed = values.set_axis(pd.DatetimeIndex(times), axis=0)
    return indexed.reindex(pd.date_range(indexed.index.min(), indexed.index.max(), freq="h"))


def series(values: pd.Series, text: Text, **style: Any) -> go.Scatter:  # noqa: ANN401 - plotly's style
    """A line over hours; the hours follow from the first, so none is written down."""
    start = pd.Timestamp(values.index[0]).isoformat()
    y = values.to_numpy(np.float32).round(2)
    return go.Scatter(x0=start, dx=HOUR_MS, y=y, mode="lines", **words(text), **style)


def series_chart(traces: list[Any], hours: pd.Index, *, y: str) -> go.Figure:
    """A chart of series with a slider, opened on the last two weeks of its hours."""
    last = hours[-1]
    first_shown = max(hours[0], last - pd.Timedelta(days=14))
    return chart(
        traces,
        y=y,
        xaxis={
            "type": "date",
            "range": [first_shown.isoformat(), last.isoformat()],
            "tickformatstops": DATE_TICKS,
            "hoverformat": "%Y-%m-%d %H:%M",
            "rangeslider": {
                "visible": True,
                "thickness": 0.1,
                "bgcolor": "#eef2f6",
                "yaxis": {"rangemode": "auto"},
            },
        },
        yaxis={"hoverformat": ",.1f"},
        margin={"b": 8},
    )
