"""The report of a finished run: one HTML file that holds all it shows."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from hpo_exp.dispatch.policy_names import MODEL
from hpo_exp.files import write_text
from hpo_exp.report.chance import p_value
from hpo_exp.report.data_section import breaks_within, coverage_rows, shown_findings
from hpo_exp.report.dispatch_figures import dispatch_figures
from hpo_exp.report.dispatch_section import dispatch_section
from hpo_exp.report.figures import Figure
from hpo_exp.report.forecast_figures import forecast_figures
from hpo_exp.report.headline import clipping, left_out, meaning, tiles, verdict
from hpo_exp.report.interval_figures import in_words, interval_figures, interval_rows
from hpo_exp.report.language import DASH, Text, decimals, number
from hpo_exp.report.run_files import METRICS, FinishedRun, load_run
from hpo_exp.report.search_figures import LEAST_TRIALS, search_figures
from hpo_exp.report.target_tables import target_tables
from hpo_exp.report.texts import SOURCES, TEXTS, name_of

PAGE = "index.html"


@dataclass(frozen=True)
class Row:
    """A row of a table: a forecast or policy, its kind, and its numbers in the table's order."""

    name: str
    kind: str
    cells: list[Text]


def write_report(run_directory: Path) -> Path:
    """Write `report/index.html` from a finished run's files, and return its path.

    Raises:
        RunError: a file of the run is missing or cannot be read.
    """
    page = run_directory / METRICS.parent / PAGE
    write_text(page, render_report(load_run(run_directory)))
    return page


def render_report(run: FinishedRun) -> str:
    """The page as HTML; the same files make the same page, byte by byte."""
    metrics = run.metrics
    figures = [
        *forecast_figures(run),
        *interval_figures(run),
        *search_figures(run),
        *dispatch_figures(run),
    ]
    dispatch = metrics.get("dispatch")
    context = {
        **{name: metrics[name] for name in ("study", "data", "test", "code", "versions")},
        "source": SOURCES.get(metrics["data"]["source"], Text(*2 * [metrics["data"]["source"]])),
        "notes": metrics["data"].get("notes", []),
        "filled": _filled(metrics["data"].get("test_hours_filled", {})),
        "meaning": meaning(run),
        "wall_time": duration(metrics["study"]["wall_seconds"]),
        "started": run.started,
        "tiles": tiles(run),
        "verdict": verdict(run),
        "leaderboard": _leaderboard(run),
        "tuned": _tuned(run),
        "figures": _Figures({figure.name: figure for figure in figures}),
        "slices": [figure for figure in figures if figure.name.startswith("slice_")],
        "forecast_notes": _forecast_notes(run),
        "targets": target_tables(run),
        "intervals_hold": in_words(run),
        "interval_rows": interval_rows(run),
        "least_trials": LEAST_TRIALS,
        "value_kind": TEXTS["value_cost" if run.objective == "dispatch_cost" else "value_rmse"],
        "value_unit": run.value_unit,
        "searched": run.parameters,
        "trials": _trials(run),
        "dispatch": dispatch,
        **dispatch_section(run),
        "supply_filled": _filled((dispatch or {}).get("supply_filled_hours", {})),
        "clipping": clipping(run)[0],
        "clips_always": clipping(run)[1],
        "left_out": [sentence.markup() for sentence in left_out(run)],
        **_data_section(run),
        "run_name": f"{run.directory.parent.name}/{run.directory.name}",
    }
    return render("report.html.j2", context)


def render(template: str, context: dict[str, Any]) -> str:
    """Render one of the page's templates."""
    return _environment().get_template(template).render(context, plotly_js=get_plotlyjs())


def say(key: str, /, **values: object) -> Markup:
    """HTML of one of the texts, in both languages."""
    return TEXTS[key].with_values(**values).markup()


def duration(seconds: float) -> str:
    """Seconds in the two largest units that say something, as `1 h 12 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes = whole // 60
    return (
        f"{minutes // 60} h {minutes % 60} min"
        if minutes >= 60
        else f"{minutes} min {whole % 60} s"
    )


def _data_section(run: FinishedRun) -> dict[str, Any]:
    """What the section about the data's quality shows; nothing for a run without it."""
    if run.data is None:
        return {"coverage": None, "findings": [], "test_breaks": False}
    return {
        "coverage": coverage_rows(run.data),
        "findings": shown_findings(run.data),
        "test_breaks": breaks_within(run.data, run.test["start"], run.test["end"]),
    }


class _Figures(dict[str, Figure]):
    """Figures by name; one that a run does not have is None."""

    def __missing__(self, key: str) -> None:
        return None


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("hpo_exp.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"say": say, "name_of": name_of}
    environment.filters |= {"hour": _hour, "parameter": _parameter}
    return environment


def _hour(stamp: str) -> str:
    return f"{pd.Timestamp(stamp):%Y-%m-%d %H:%M}"


def _parameter(value: Any) -> str:  # noqa: ANN401 - a hyperparameter may be anything
    """A hyperparameter as a user would type it."""
    if isinstance(value, float):
        return DASH if pd.isna(value) else f"{value:.4g}"
    return str(value)


def _leaderboard(run: FinishedRun) -> list[Row]:
    """Model, variants and baselines by RMSE."""
    test = run.test
    kinds = {
        **dict.fromkeys(test["baselines"], "baseline"),
        **dict.fromkeys(test.get("variants", {}), "variant"),
        MODEL: MODEL,
    }
    scores = {MODEL: test[MODEL], **test.get("variants", {}), **test["baselines"]}
    columns = {
        measure: f",.{decimals([score[measure] for score in scores.values()])}f"
        for measure in ("rmse_mw", "mae_mw", "mape_pct")
    } | {"mase": ".3f", "skill": "+.3f"}
    significance = test.get("significance", {})
    order = sorted(
        scores, key=lambda name: (scores[name]["rmse_mw"] is None, scores[name]["rmse_mw"])
    )
    return [
        Row(
            name,
            kinds[name],
            [
                *(number(scores[name].get(key), spec) for key, spec in columns.items()),
                p_value(significance[name]["p_value"]) if name in significance else Text("", ""),
            ],
        )
        for name in order
    ]


def _tuned(run: FinishedRun) -> list[Markup]:
    """What the search of a tuned baseline came to."""
    return [
        say(
            "tuned",
            name=name_of(name),
            trials=found["trials"],
            time=duration(found["seconds"]),
            value=found["best_value"],
            parameters=", ".join(f"{k} {_parameter(v)}" for k, v in found["best_params"].items()),
        )
        for name, found in run.test.get("tuned_baselines", {}).items()
    ]


def _trials(run: FinishedRun) -> list[dict[str, Any]]:
    """The table of trials, pruned and failed ones included."""
    trials = run.trials.astype(object).where(run.trials.notna(), None)
    spec = f",.{decimals(trials['value'].tolist())}f"
    return [
        {
            "number": row["number"],
            "state": row["state"],
            "value": number(row["value"], spec),
            "parameters": [row[name] for name in run.parameters],
            "seconds": number(row["seconds"], ",.0f"),
            "mlflow_run": row["mlflow_run"] or "",
        }
        for _, row in trials.iterrows()
    ]


def _filled(hours: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in hours.items() if count)


def _forecast_notes(run: FinishedRun) -> list[Markup]:
    """Which of several forecasts of an hour the figure shows."""
    first, last = run.scored_steps
    if run.test["horizon"] == 1:
        return []
    return [say("forecast_step" if first == last else "forecast_steps", last=last)]
