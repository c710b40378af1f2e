"""Figures of the search: how it went, what each parameter did, and which mattered."""

from typing import Any

import numpy as np
import optuna
import pandas as pd
import plotly.graph_objects as go
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
from optuna.importance import FanovaImportanceEvaluator, get_param_importances

from hpo_exp.report.figures import BLUE, GREY, VERMILION, Figure, chart, words
from hpo_exp.report.run_files import FinishedRun
from hpo_exp.report.texts import TEXTS

LEAST_TRIALS = 5
"""Complete trials from which importances say anything at all."""
DECADE = 10


def search_figures(run: FinishedRun) -> list[Figure]:
    """History, importances where they can be told, and one slice a searched parameter."""
    figures = [_history(run)] if len(run.trials) > 1 else []
    if run.objective == "both":
        figures.append(_front(run))
    shares = importances(run)
    if shares:
        figures.append(_importances(shares))
    complete = _complete(run)
    return figures + [
        _slice(complete, name, run.value_unit)
        for name in run.parameters
        if complete[name].notna().any()
    ]


def importances(run: FinishedRun) -> dict[str, float]:
    """Share of the objective's variance that each searched parameter explains (fANOVA), by size.

    Empty where there are too few complete trials, or no parameter or value varied.
    """
    complete = _complete(run)
    values = {name: _plain(complete[name]) for name in run.parameters}
    varied = {
        name: items
        for name, items in values.items()
        if None not in items and len(set(map(str, items))) > 1
    }
    if len(complete) < LEAST_TRIALS or not varied or complete["value"].nunique() < 2:
        return {}
    distributions = {name: _distribution(items) for name, items in varied.items()}
    study = _quiet_study()
    study.add_trials(
        optuna.trial.create_trial(
            params={name: items[row] for name, items in varied.items()},
            distributions=distributions,
            value=float(value),
        )
        for row, value in enumerate(complete["value"])
    )
    return get_param_importances(study, evaluator=FanovaImportanceEvaluator(seed=0))


def _quiet_study() -> optuna.Study:
    """A study in memory, created without the line that Optuna logs."""
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        return optuna.create_study()
    finally:
        optuna.logging.set_verbosity(verbosity)


def _complete(run: FinishedRun) -> pd.DataFrame:
    return run.trials[(run.trials["state"] == "complete") & run.trials["value"].notna()]


def _plain(column: pd.Series) -> list[Any]:
    """Python values; whole numbers, which a CSV with gaps turns into floats, are whole again."""
    items = [None if pd.isna(item) else item for item in column.tolist()]
    numbers = [item for item in items if isinstance(item, int | float)]
    whole = len(numbers) == len(items) and all(float(item).is_integer() for item in numbers)
    return [int(item) for item in numbers] if whole else items


def _distribution(items: list[Any]) -> BaseDistribution:
    """The distribution that values were drawn from, as far as they show it."""
    if all(isinstance(item, float) for item in items):
        low, high = min(items), max(items)
        return FloatDistribution(low, high, log=low > 0 and high / low >= DECADE)
    return CategoricalDistribution(sorted(set(items), key=_natural))


def _natural(item: Any) -> tuple[float, str]:  # noqa: ANN401 - a choice may be anything
    """Numbers by size, then words by letter."""
    return (float(item), "") if isinstance(item, int | float) else (np.inf, str(item))


def _history(run: FinishedRun) -> Figure:
    """Trials in the order they were asked; a pruned one at the mean of the folds it finished."""
    trials, complete = run.trials, _complete(run)
    kind = "cost" if run.objective == "dispatch_cost" else "mw"
    folds = trials.filter(regex=rf"^fold_\d+_{kind}$")
    pruned = trials[(trials["state"] == "pruned") & folds.notna().any(axis=1)]
    marker = {"size": 9, "line": {"width": 1, "color": "white"}}
    traces = [
        go.Scatter(
            x=complete["number"].tolist(),
            y=complete["value"].cummin().round(3).tolist(),
            mode="lines",
            line={"color": VERMILION, "shape": "hv"},
            **words(TEXTS["best_so_far"]),
        ),
        go.Scatter(
            x=complete["number"].tolist(),
            y=complete["value"].round(3).tolist(),
            mode="markers",
            marker={**marker, "color": BLUE},
            **words(TEXTS["complete"]),
        ),
        go.Scatter(
            x=pruned["number"].tolist(),
            y=folds.loc[pruned.index].mean(axis=1).round(3).tolist(),
            mode="markers",
            marker={"size": 9, "symbol": "x-thin", "line": {"width": 2, "color": GREY}},
            **words(TEXTS["pruned"]),
        ),
    ]
    shown = [trace for trace in traces if len(trace.x)]
    return Figure("history", chart(shown, x="#", y=run.value_unit, xaxis={"tickformat": "d"}), 340)


def _importances(shares: dict[str, float]) -> Figure:
    names = list(reversed(shares))
    trace = go.Bar(
        x=[round(100 * shares[name], 1) for name in names],
        y=names,
        orientation="h",
        marker={"color": BLUE},
        hovertemplate="%{y}: %{x:.1f} %<extra></extra>",
    )
    layout: dict[str, Any] = {"xaxis": {"range": [0, 100]}, "hovermode": "closest"}
    return Figure("importances", chart([trace], x="%", **layout), 120 + 40 * len(names))


def _front(run: FinishedRun) -> Figure:
    """Error and cost of every complete trial, and the winner."""
    complete = _complete(run)
    won = complete["number"] == run.metrics["study"]["best_trial"]
    traces = [
        go.Scatter(
            x=complete.loc[chosen, "value"].round(3).tolist(),
            y=complete.loc[chosen, "dispatch_cost"].round(1).tolist(),
            customdata=complete.loc[chosen, "number"].tolist(),
            mode="markers",
            marker={"size": 11 if which == "winner" else 9, "color": colour},
            hovertemplate="#%{customdata}: %{x:,.1f} MW · %{y:,.0f}<extra></extra>",
            **words(TEXTS[which]),
        )
        for which, chosen, colour in (("complete", ~won, BLUE), ("winner", won, VERMILION))
    ]
    unit = run.metrics["study"]["units"][1]
    return Figure("front", chart(traces, x="MW", y=unit, hovermode="closest"), 340)


def _slice(complete: pd.DataFrame, name: str, unit: str) -> Figure:
    """Value of the complete trials over one parameter."""
    rows = complete[complete[name].notna()]
    items = _plain(rows[name])
    continuous = all(isinstance(item, float) for item in items)
    axis: dict[str, Any] = {"title": {"text": name}}
    if not continuous:
        order = [str(item) for item in sorted(set(items), key=_natural)]
        axis |= {"type": "category", "categoryorder": "array", "categoryarray": order}
    elif min(items) > 0 and max(items) / min(items) >= DECADE:
        marks = [digit * 10.0**power for power in range(-9, 10) for digit in (1, 3)]
        axis |= {"type": "log", "tickvals": marks, "ticktext": [f"{mark:g}" for mark in marks]}
    trace = go.Scatter(
        x=items if continuous else [str(item) for item in items],
        y=rows["value"].round(3).tolist(),
        mode="markers",
        marker={"size": 9, "color": BLUE, "opacity": 0.75},
        hovertemplate=f"%{{x}}: %{{y:,.1f}} {unit}<extra></extra>",
    )
    layout: dict[str, Any] = {"xaxis": axis, "hovermode": "closest", "showlegend": False}
    return Figure(f"slice_{name}", chart([trace], y=unit, **layout), 260)
