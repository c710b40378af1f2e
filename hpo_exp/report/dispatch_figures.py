"""Figures of the dispatch: what hydro was committed to, and what it came short or over."""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from hpo_exp.report.figures import (
    BLACK,
    BLUE,
    GREY,
    HOURS,
    NUMBERS,
    PALE_GREEN,
    SKY,
    VERMILION,
    Figure,
    chart,
    energy,
    hourly,
    series,
    series_chart,
    ticks,
    words,
)
from hpo_exp.report.run_files import MODEL, FinishedRun
from hpo_exp.report.texts import TEXTS, name_of

HYDRO = "committed_geracao_hidraulica_mw"
REALISED, PERFECT, THRESHOLD = "realised", "perfect", "threshold_rule"
DWARFS = 5.0
"""A policy with this many times the model's deficit and surplus is left to the table."""
NEARLY_ALL = 0.95
"""Share of clipped hours from which a series is said to clip all the time."""


def dispatch_figures(run: FinishedRun) -> list[Figure]:
    """The figures of the dispatch; none for a run without a dispatch case."""
    if run.dispatch is None:
        return []
    return [_hydro(run.dispatch), _totals(run), _by_hour(run.dispatch)]


def dwarfing(run: FinishedRun) -> list[str]:
    """Policies whose deficit and surplus would make the others' bars invisible."""
    policies: dict[str, Any] = run.metrics["dispatch"]["policies"]
    limit = DWARFS * _imbalance(policies[MODEL])
    return [name for name, policy in policies.items() if 0 < limit < _imbalance(policy)]


def forecasts_matter(run: FinishedRun) -> bool:
    """Whether any two policies that go by a forecast committed hydro differently."""
    assert run.dispatch is not None
    table = _hydro_by_policy(run.dispatch)
    fixed = [name for name in (REALISED, PERFECT, THRESHOLD) if name in table]
    spread = table.drop(columns=fixed).agg(np.ptp, axis=1)
    return bool((spread > 1e-6).any())


def _imbalance(policy: dict[str, Any]) -> float:
    return float(policy["deficit_mwh"] + policy["surplus_mwh"])


def _hydro_by_policy(dispatch: pd.DataFrame) -> pd.DataFrame:
    """Hydro committed (MW), a row an hour and a column a policy."""
    return dispatch.pivot_table(
        index="time", columns="policy", values=HYDRO, sort=False, dropna=False
    )


def _policies(dispatch: pd.DataFrame) -> list[str]:
    """The policies, the model's first."""
    names = [str(name) for name in dispatch["policy"].unique()]
    return [MODEL, *(name for name in names if name != MODEL)]


def _hydro(dispatch: pd.DataFrame) -> Figure:
    """Hydro committed by one policy, what was needed of it, what it really gave, its limits."""
    rows = dispatch[dispatch["policy"] == MODEL]
    columns = ["hydro_demand_mw", "hydro_minimum_mw", "hydro_maximum_mw"]
    table = hourly(rows["time"], rows[columns])
    committed = _hydro_by_policy(dispatch).reindex(table.index)
    limit = {"color": GREY, "width": 1.4, "dash": "dash"}
    traces = []
    if REALISED in committed:  # wide and beneath what was needed, which it often equals
        line = {"color": PALE_GREEN, "width": 5}
        traces.append(series(committed[REALISED], TEXTS["realised_hydro"], line=line))
    traces += [
        series(table["hydro_demand_mw"], TEXTS["needed"], line={"color": BLACK, "width": 1.6}),
        series(table["hydro_maximum_mw"], TEXTS["maximum"], line=limit),
        series(table["hydro_minimum_mw"], TEXTS["minimum"], line={**limit, "dash": "dot"}),
    ]
    choices = tuple(name for name in _policies(dispatch) if name != REALISED)
    for name in choices:
        trace = series(committed[name], TEXTS["committed"], line={"color": BLUE, "width": 1.6})
        traces.append(_chosen(trace, name))
    figure = series_chart(traces, table.index, y="MW")
    return Figure("hydro", figure, 460, zooms=True, choices=choices)


def _chosen(trace: Any, policy: str) -> Any:  # noqa: ANN401 - any of plotly's traces
    """Show a trace only while its policy is chosen."""
    return trace.update(meta={**trace.meta, "policy": policy}, visible=policy == MODEL)


def _totals(run: FinishedRun) -> Figure:
    """Deficit and surplus of each policy over the whole period."""
    policies: dict[str, Any] = run.metrics["dispatch"]["policies"]
    left_out = dwarfing(run)
    names = [name for name in policies if name not in left_out]
    names.sort(key=lambda name: _imbalance(policies[name]), reverse=True)
    scale, unit = energy(max(_imbalance(policies[name]) for name in names))
    traces = [
        go.Bar(
            x=[round(policies[name][f"{kind}_mwh"] / scale, 1) for name in names],
            y=list(range(len(names))),
            orientation="h",
            marker={"color": colour},
            hovertemplate=f"%{{x:,.1f}} {unit}",
            **words(TEXTS[kind]),
        )
        for kind, colour in (("deficit", VERMILION), ("surplus", SKY))
    ]
    layout = ticks("yaxis", [name_of(name) for name in names])
    layout["xaxis"] = {"tickformat": NUMBERS, "nticks": 5, "tickangle": 0}
    figure = chart(traces, x=unit, barmode="stack", hovermode="y unified", bargap=0.3, **layout)
    return Figure("imbalance", figure, 110 + 42 * len(names))


def _by_hour(dispatch: pd.DataFrame) -> Figure:
    """Mean deficit and surplus of an hour, by hour of day, one policy at a time."""
    choices = tuple(_policies(dispatch))
    hours = dispatch["time"].dt.hour
    kinds = ["deficit_mwh", "surplus_mwh"]
    means = dispatch.groupby(["policy", hours])[kinds].mean()
    traces = []
    for name in choices:
        table = means.loc[name]
        for kind, colour in (("deficit", VERMILION), ("surplus", SKY)):
            trace = go.Bar(
                x=table.index.tolist(),
                y=table[f"{kind}_mwh"].to_numpy(np.float32).round(2),
                marker={"color": colour},
                **words(TEXTS[kind]),
            )
            traces.append(_chosen(trace, name))
    layout: dict[str, Any] = {"barmode": "stack", "xaxis": HOURS, "bargap": 0.25}
    return Figure("imbalance_by_hour", chart(traces, y="MWh", **layout), choices=choices)
