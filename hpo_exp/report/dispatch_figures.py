"""Figures of the dispatch: hydro hour by hour, where its cost comes from, when it fell short."""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from hpo_exp.dispatch.policy_names import MODEL, PERFECT, REALISED, THRESHOLD
from hpo_exp.report.dispatch_regret import regret_by_part
from hpo_exp.report.figures import (
    BLACK,
    BLUE,
    BLUES,
    GREEN,
    GREY,
    NUMBERS,
    ORANGE,
    PALE_GREEN,
    PURPLE,
    SKY,
    VERMILION,
    Figure,
    amounts,
    chart,
    energy,
    hourly,
    series,
    series_chart,
    ticks,
    words,
)
from hpo_exp.report.run_files import FinishedRun
from hpo_exp.report.texts import TEXTS, name_of

COMMITTED, SETTLED = "committed_geracao_hidraulica_mw", "settled_geracao_hidraulica_mw"
DWARFS = 5.0
"""A policy with this many times the model's imbalance is left to the table."""
NEARLY_ALL = 0.95
"""Share of clipped hours from which a series is said to clip all the time."""
IMBALANCES = {
    "deficit": VERMILION,
    "balancing_up": ORANGE,
    "balancing_down": PURPLE,
    "curtailment": GREEN,
    "surplus": SKY,
}
"""What is not as it was committed, by the policies' keys in `metrics.json` without `_mwh`."""


def dispatch_figures(run: FinishedRun) -> list[Figure]:
    """The figures of the dispatch; none for a run without a dispatch case."""
    if run.dispatch is None:
        return []
    return [_hydro(run.dispatch), _waterfall(run), _imbalance(run), _shortage(run.dispatch)]


def dwarfing(run: FinishedRun) -> list[str]:
    """Policies whose imbalance would make the others' bars invisible."""
    policies: dict[str, Any] = run.metrics["dispatch"]["policies"]
    limit = DWARFS * _total(policies[MODEL])
    return [name for name, policy in policies.items() if 0 < limit < _total(policy)]


def forecasts_matter(run: FinishedRun) -> bool:
    """Whether any two policies that go by a forecast committed hydro differently."""
    assert run.dispatch is not None
    table = _by_policy(run.dispatch, COMMITTED)
    fixed = [name for name in (REALISED, PERFECT, THRESHOLD) if name in table]
    spread = table.drop(columns=fixed).agg(np.ptp, axis=1)
    return bool((spread > 1e-6).any())


def _total(policy: dict[str, Any]) -> float:
    return float(sum(policy.get(f"{kind}_mwh", 0.0) for kind in IMBALANCES))


def _by_policy(dispatch: pd.DataFrame, column: str) -> pd.DataFrame:
    """A column's values, a row an hour and a column a policy."""
    return dispatch.pivot_table(
        index="time", columns="policy", values=column, sort=False, dropna=False
    )


def _policies(dispatch: pd.DataFrame) -> list[str]:
    """The policies but perfect foresight, the model's first."""
    names = [str(name) for name in dispatch["policy"].unique()]
    return [MODEL, *(name for name in names if name not in {MODEL, PERFECT})]


def _hydro(dispatch: pd.DataFrame) -> Figure:
    """Hydro as one policy suggests it, as it was settled, as it was run, and its limits."""
    rows = dispatch[dispatch["policy"] == MODEL]
    table = hourly(rows["time"], rows[["hydro_minimum_mw", "hydro_maximum_mw"]])
    committed, settled, needed = (
        _by_policy(dispatch, column).reindex(table.index)
        for column in (COMMITTED, SETTLED, "hydro_demand_mw")
    )
    limit = {"color": GREY, "width": 1.4, "dash": "dash"}
    traces = []
    if REALISED in committed:  # wide and beneath the others
        line = {"color": PALE_GREEN, "width": 5}
        traces.append(series(settled[REALISED], TEXTS["realised_hydro"], line=line))
    traces += [
        series(settled[PERFECT], TEXTS["perfect_hydro"], line={"color": ORANGE, "width": 1.6}),
        series(table["hydro_maximum_mw"], TEXTS["maximum"], line=limit),
        series(table["hydro_minimum_mw"], TEXTS["minimum"], line={**limit, "dash": "dot"}),
    ]
    choices = tuple(name for name in _policies(dispatch) if name != REALISED)
    leaves = any(
        not np.allclose(committed[name], settled[name], equal_nan=True) for name in choices
    )
    second, words_of = (settled, "settled") if leaves else (needed, "needed")
    for name in choices:
        lines = (
            (second, words_of, {"color": BLACK, "width": 1.6}),
            (committed, "committed", {"color": BLUE, "width": 1.6}),
        )
        traces += [
            _chosen(series(of[name], TEXTS[key], line=line), name) for of, key, line in lines
        ]
    figure = series_chart(traces, table.index, y="MW")
    return Figure("hydro", figure, 460, zooms=True, choices=choices)


def _chosen(trace: Any, policy: str) -> Any:  # noqa: ANN401 - any of plotly's traces
    """Show a trace only while its policy is chosen."""
    return trace.update(meta={**(trace.meta or {}), "policy": policy}, visible=policy == MODEL)


def waterfall_unit(run: FinishedRun) -> tuple[float, Any]:
    """The unit that suits the model's regret: the case's units in it, and its name."""
    dispatch = run.metrics["dispatch"]
    return amounts(dispatch["policies"][MODEL]["regret"], dispatch["unit"])


def _waterfall(run: FinishedRun) -> Figure:
    """What one policy costs more than perfect foresight, part by part."""
    assert run.dispatch is not None
    table = regret_by_part(run.dispatch)
    choices = tuple(_policies(run.dispatch))
    parts = [part for part in table if table[part].abs().max() > 0] or list(table)[:1]
    scale, _ = waterfall_unit(run)
    regrets = table.to_dict("index")
    traces = []
    for name in choices:
        steps = [round(regrets[name][part] / scale, 3) for part in parts]
        trace = go.Waterfall(
            orientation="h",
            x=[*steps, 0.0],
            y=list(range(len(parts) + 1)),
            measure=[*["relative"] * len(parts), "total"],
            increasing={"marker": {"color": VERMILION}},
            decreasing={"marker": {"color": GREEN}},
            totals={"marker": {"color": BLUE}},
            connector={"line": {"color": GREY, "width": 1}},
            hovertemplate="%{delta:,.2f} → %{final:,.2f}<extra></extra>",
            showlegend=False,
        )
        traces.append(_chosen(trace, name))
    layout = ticks("yaxis", [*(TEXTS[f"part_{part}"] for part in parts), TEXTS["regret"]])
    layout["yaxis"] |= {"autorange": "reversed", "showgrid": False}
    layout["xaxis"] = {"tickformat": NUMBERS, "nticks": 6, "zeroline": True}
    figure = chart(traces, hovermode="closest", **layout)
    return Figure("waterfall", figure, 110 + 34 * (len(parts) + 1), choices=choices)


def _imbalance(run: FinishedRun) -> Figure:
    """What was not as each policy had committed it, over the whole period."""
    policies: dict[str, Any] = run.metrics["dispatch"]["policies"]
    left_out = dwarfing(run)
    names = [name for name in policies if name not in left_out]
    names.sort(key=lambda name: _total(policies[name]), reverse=True)
    scale, unit = energy(max(_total(policies[name]) for name in names))
    traces = [
        go.Bar(
            x=[round(policies[name].get(f"{kind}_mwh", 0.0) / scale, 1) for name in names],
            y=list(range(len(names))),
            orientation="h",
            marker={"color": colour},
            hovertemplate=f"%{{x:,.1f}} {unit}",
            **words(TEXTS[kind]),
        )
        for kind, colour in IMBALANCES.items()
        if kind in {"deficit", "surplus"}
        or any(policies[name].get(f"{kind}_mwh") for name in names)
    ]
    layout = ticks("yaxis", [name_of(name) for name in names])
    layout["xaxis"] = {"tickformat": NUMBERS, "nticks": 5, "tickangle": 0}
    figure = chart(traces, x=unit, barmode="stack", hovermode="y unified", bargap=0.3, **layout)
    return Figure("imbalance", figure, 140 + 42 * len(names))


def _shortage(dispatch: pd.DataFrame) -> Figure:
    """What lacked of one policy's commitment, by hour and month."""
    lacked = dispatch["deficit_mwh"] + dispatch.get("balancing_up_mwh", 0.0)
    times = pd.DatetimeIndex(dispatch["time"])
    means = lacked.groupby([dispatch["policy"], times.hour, times.month]).mean()
    choices = tuple(_policies(dispatch))
    traces = []
    for name in choices:
        cells = means.loc[name].unstack()  # noqa: PD010 - two keys
        trace = go.Heatmap(
            x=[int(month) for month in cells.columns],
            y=[int(hour) for hour in cells.index],
            z=cells.to_numpy(np.float32).round(2),
            zmin=0.0,
            zmax=max(float(cells.max().max()), 1e-3),
            colorscale=BLUES,
            colorbar={"title": {"text": "MWh"}, "thickness": 12, "tickformat": NUMBERS},
            hovertemplate="%{x} · %{y} h · %{z:,.1f} MWh<extra></extra>",
            xgap=1,
            ygap=1,
        )
        traces.append(_chosen(trace, name))
    figure = chart(
        traces,
        y="h",
        hovermode="closest",
        xaxis={"dtick": 1, "showgrid": False},
        yaxis={"autorange": "reversed", "dtick": 3, "showgrid": False},
    )
    return Figure("shortage", figure, 400, choices=choices)
