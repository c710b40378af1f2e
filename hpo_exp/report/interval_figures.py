"""Figures of the intervals: a week of them, and how often they hold."""

from typing import Any

import plotly.graph_objects as go

from hpo_exp.dispatch.policy_names import MODEL
from hpo_exp.report.figures import BLACK, BLUE, HOURS, Figure, chart, hourly, series, words
from hpo_exp.report.language import Text, number
from hpo_exp.report.run_files import FinishedRun
from hpo_exp.report.texts import TEXTS, name_of
from hpo_exp.spans import WEEK

OUTER, INNER = "rgba(0,114,178,0.16)", "rgba(0,114,178,0.30)"


def interval_figures(run: FinishedRun) -> list[Figure]:
    """The figures of a run whose model has intervals."""
    found = run.test.get("intervals")
    if not found:
        return []
    promised = 100 * found["probability"]
    by_hour = go.Bar(
        x=list(range(24)), y=_percent(found["coverage_by_hour"]), marker={"color": BLUE},
        **words(TEXTS["coverage_found"]),
    )  # fmt: skip
    figures = [_fan(run), _coverage("coverage_by_hour", by_hour, promised, HOURS)]
    if run.test["horizon"] > 1:
        steps = found["coverage_by_step"]
        by_step = go.Scatter(
            x=list(range(1, len(steps) + 1)), y=_percent(steps), mode="lines+markers",
            line={"color": BLUE}, **words(TEXTS["coverage_found"]),
        )  # fmt: skip
        axis = {"title": {"text": "h"}, "dtick": 1 if len(steps) <= 12 else 6}
        figures.append(_coverage("coverage_by_step", by_step, promised, axis))
    return figures


def _percent(shares: list[float | None]) -> list[float | None]:
    return [None if share is None else round(100 * share, 2) for share in shares]


def _coverage(name: str, trace: Any, promised: float, axis: dict[str, Any]) -> Figure:  # noqa: ANN401 - a plotly trace
    """Coverage in %, with the promise as a line."""
    least = min((share for share in trace.y if share is not None), default=100)
    lowest = 50 if least > 50 else 0
    drawn = chart([trace], y="%", bargap=0.25, xaxis=axis, yaxis={"range": [lowest, 100]})
    drawn.add_hline(y=promised, line={"color": BLACK, "width": 1.2, "dash": "dash"})
    return Figure(name, drawn, 320)


def _fan(run: FinishedRun) -> Figure:
    """The last week: pairs of quantiles as bands, the wider the paler, model and actual."""
    first, last = run.scored_steps
    rows = run.forecast[run.forecast["step"].between(first, last)]
    rows = rows.sort_values(["target_time", "step"]).drop_duplicates("target_time", keep="last")
    columns = quantile_columns(run)
    table = hourly(rows["target_time"], rows[["actual_mw", "model_mw", *columns]]).tail(WEEK)
    levels = run.test["intervals"]["levels"]
    traces: list[Any] = []
    for place in range(len(levels) // 2):
        lower, upper = columns[place], columns[-1 - place]
        share = 100 * (levels[-1 - place] - levels[place])
        band = Text(*2 * [f"{share:.0f} %"])
        colour = OUTER if place == 0 else INNER
        traces += [
            series(table[upper], band, line={"width": 0}, showlegend=False, hoverinfo="skip"),
            series(table[lower], band, line={"width": 0}, fill="tonexty", fillcolor=colour),
        ]
    traces += [
        series(table["actual_mw"], TEXTS["actual"], line={"color": BLACK, "width": 1.6}),
        series(table["model_mw"], name_of(MODEL), line={"color": BLUE, "width": 1.4}),
    ]
    axis = {"type": "date", "tickformat": "%m-%d", "hoverformat": "%Y-%m-%d %H:%M"}
    layout: dict[str, Any] = {"xaxis": axis, "yaxis": {"hoverformat": ",.0f"}}
    return Figure("fan", chart(traces, y="MW", **layout), 400)


def quantile_columns(run: FinishedRun) -> list[str]:
    """Columns of the model's quantiles in the forecast, lowest first."""
    names = [name for name in run.forecast.columns if name.startswith(f"{MODEL}_q")]
    return sorted(names, key=lambda name: float(name.removeprefix(f"{MODEL}_q").replace("_", ".")))


def in_words(run: FinishedRun) -> Text | None:
    """How well the intervals hold, or None where there are none."""
    found = run.test.get("intervals")
    if not found or found["coverage"] is None:
        return None
    hours = [share for share in found["coverage_by_hour"] if share is not None]
    return TEXTS["intervals_hold"].with_values(
        promised=100 * found["probability"], covered=100 * found["coverage"],
        low=100 * min(hours), high=100 * max(hours), width=found["width_mw"],
        pinball=found["pinball_mw"], days=found["days"],
    )  # fmt: skip


def interval_rows(run: FinishedRun) -> list[tuple[str, list[Text]]]:
    """Forecasts that have intervals, by pinball loss: name; coverage (%), width, loss (MW)."""
    found = run.test.get("intervals")
    if not found:
        return []
    rows = {MODEL: found, **found["baselines"]}
    order = sorted(
        rows, key=lambda name: (rows[name]["pinball_mw"] is None, rows[name]["pinball_mw"])
    )
    return [
        (
            name,
            [
                number(_scaled(rows[name]["coverage"]), ".1f"),
                number(rows[name]["width_mw"], ",.0f"),
                number(rows[name]["pinball_mw"], ",.1f"),
            ],
        )
        for name in order
    ]


def _scaled(share: float | None) -> float | None:
    return None if share is None else 100 * share
