"""One page that compares finished runs, as a `--multirun` over subsystems leaves them."""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import plotly.graph_objects as go

from hpo_exp.dispatch.policy_names import MODEL
from hpo_exp.files import write_text
from hpo_exp.report.figures import BLUE, CYCLE, VERMILION, Figure, chart, ticks, words
from hpo_exp.report.headline import regret_share
from hpo_exp.report.language import Text, number
from hpo_exp.report.page import PAGE, render
from hpo_exp.report.run_files import METRICS, FinishedRun, load_run
from hpo_exp.report.texts import name_of


@dataclass(frozen=True)
class ComparedRun:
    """A run's line in the comparison.

    Attributes:
        label: the study's name, with the run's folder where several runs are of one study.
        link: its report, as seen from the comparison.
        run_name: its folder, in its study's.
        data, test: as in `metrics.json`.
        scores: RMSE (MW), MAPE (%) and skill of the model.
        best_baseline: the baseline that the skill is against.
        regret, unit, regret_share: of the model's dispatch; a dash without a dispatch case.
    """

    label: str
    link: str
    run_name: str
    data: dict[str, Any]
    test: dict[str, Any]
    scores: list[Text]
    best_baseline: Text
    regret: Text
    unit: str
    regret_share: Text


def write_comparison(run_directories: Sequence[Path], page: Path) -> Path:
    """Write the page that compares runs, with links to their reports, and return its path.

    Raises:
        RunError: a file of a run is missing or cannot be read.
    """
    runs = [load_run(directory) for directory in run_directories]
    write_text(page, render_comparison(runs, page))
    return page


def render_comparison(runs: Sequence[FinishedRun], page: Path) -> str:
    """The page as HTML, with links relative to where it will be."""
    labels = _labels(runs)
    differences = _differences(runs)
    context = {
        "rows": [_row(run, label, page) for run, label in zip(runs, labels, strict=True)],
        "simulated": sum(bool(run.metrics["data"]["simulated"]) for run in runs),
        "differences": differences or ["alike"],
        "alike": not differences,
        "figures": _figures(runs, labels),
    }
    return render("compare.html.j2", context)


def _labels(runs: Sequence[FinishedRun]) -> list[str]:
    studies = [str(run.metrics["study"]["name"]) for run in runs]
    count = Counter(studies)
    return [
        study if count[study] == 1 else f"{study} {run.directory.name}"
        for run, study in zip(runs, studies, strict=True)
    ]


def _row(run: FinishedRun, label: str, page: Path) -> ComparedRun:
    model = run.test["model"]
    dispatch = run.metrics.get("dispatch")
    policy = {} if dispatch is None else dispatch["policies"][MODEL]
    report = run.directory / METRICS.parent / PAGE
    link = os.path.relpath(report, page.resolve().parent)
    return ComparedRun(
        label=label,
        link=quote(Path(link).as_posix()),
        run_name=f"{run.directory.parent.name}/{run.directory.name}",
        data=run.metrics["data"],
        test=run.test,
        scores=[
            number(model["rmse_mw"]),
            number(model["mape_pct"], ",.2f"),
            number(model["skill"], "+.3f"),
        ],
        best_baseline=name_of(run.best_baseline),
        regret=number(policy.get("regret"), ",.0f"),
        unit="" if dispatch is None else dispatch["unit"],
        regret_share=Text("", "") if dispatch is None else regret_share(run)[1],
    )


def _differences(runs: Sequence[FinishedRun]) -> list[str]:
    """Texts that say why the runs' numbers do not compare directly."""

    def differ(of: Callable[[FinishedRun], object]) -> bool:
        return len({str(of(run)) for run in runs}) > 1

    found = {
        "data_differ": differ(lambda run: run.metrics["data"]["sha256"]),
        "periods_differ": differ(lambda run: (run.test["start"], run.test["end"])),
        "steps_differ": differ(lambda run: (run.test["issue"], run.test["scored_step"])),
        "cases_differ": differ(lambda run: run.metrics.get("dispatch", {}).get("case")),
    }
    return [key for key, differs in found.items() if differs]


def _figures(runs: Sequence[FinishedRun], labels: list[str]) -> list[Figure]:
    """Skill, regret and error by step of the runs that have them."""
    skills = {
        label: 100 * run.test["model"]["skill"]
        for run, label in zip(runs, labels, strict=True)
        if run.test["model"]["skill"] is not None
    }
    units = (run.metrics["dispatch"]["unit"] for run in runs if "dispatch" in run.metrics)
    unit = next(units, "MWh")
    regrets = {
        label: regret_share(run)[0]
        for run, label in zip(runs, labels, strict=True)
        if run.metrics.get("dispatch", {}).get("unit") == unit
    }
    figures = [_bars("compare_skill", skills, "%", BLUE, VERMILION)] if skills else []
    if regrets:
        shown = "%" if unit == "MWh" else f"{unit}/MWh"
        figures.append(_bars("compare_regret", regrets, shown, VERMILION, BLUE))
    if any(run.test["horizon"] > 1 for run in runs):
        figures.append(_steps(runs, labels))
    return figures


def _bars(name: str, values: dict[str, float], unit: str, above: str, below: str) -> Figure:
    """One bar a run, the first run on top, in one colour above 0 and another below."""
    labels = list(reversed(values))
    trace = go.Bar(
        x=[round(values[label], 3) for label in labels],
        y=list(range(len(labels))),
        orientation="h",
        marker={"color": [above if values[label] >= 0 else below for label in labels]},
        texttemplate="%{x:+.2f}",
        hovertemplate=f"%{{x:+.2f}} {unit}<extra></extra>",
    )
    layout = ticks("yaxis", [Text(label, label) for label in labels])
    layout |= {"hovermode": "closest", "bargap": 0.35}
    layout["xaxis"] = {"zeroline": True, "zerolinecolor": "#5a6676"}
    return Figure(name, chart([trace], x=unit, **layout), 120 + 40 * len(labels))


def _steps(runs: Sequence[FinishedRun], labels: list[str]) -> Figure:
    """RMSE (MW) of each run's model by step."""
    traces = []
    for place, (run, label) in enumerate(zip(runs, labels, strict=True)):
        values = run.test["rmse_by_step"][MODEL]
        trace = go.Scatter(
            x=list(range(1, len(values) + 1)),
            y=[None if value is None else round(value, 2) for value in values],
            mode="lines+markers",
            line={"color": CYCLE[place % len(CYCLE)]},
            showlegend=True,
            **words(Text(label, label)),
        )
        traces.append(trace)
    most = max(run.test["horizon"] for run in runs)
    axis = {"dtick": 1 if most <= 12 else 6}
    return Figure("compare_steps", chart(traces, x="h", y="MW", xaxis=axis), 400)
