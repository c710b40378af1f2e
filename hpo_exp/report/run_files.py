"""A finished run, as its files tell it."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from hpo_exp.dispatch.policy_names import MODEL
from hpo_exp.errors import UserError
from hpo_exp.report.outcome import DATA_QUALITY

METRICS = Path("report", "metrics.json")
_STAMP = re.compile(r"(\d{4}-\d{2}-\d{2})_(\d{2})-(\d{2})-(\d{2})")


class RunError(UserError):
    """A folder is not that of a finished run, or a file of it is missing or unreadable."""


@dataclass(frozen=True)
class FinishedRun:
    """What a finished run left.

    Attributes:
        directory: its folder.
        metrics: `report/metrics.json`.
        forecast: `report/forecast.parquet` (MW).
        trials: `trials.csv`.
        dispatch: `report/dispatch.parquet`, or None for a run without a dispatch case.
        data: `report/data_quality.json`, or None for a run from before there was one.
    """

    directory: Path
    metrics: dict[str, Any]
    forecast: pd.DataFrame
    trials: pd.DataFrame
    dispatch: pd.DataFrame | None
    data: dict[str, Any] | None = None

    @property
    def test(self) -> dict[str, Any]:
        """The scores of the test period."""
        return dict(self.metrics["test"])

    @property
    def objective(self) -> str:
        """What the study's trials were judged by, as `study.objective` has it."""
        return str(self.metrics["study"].get("objective", "rmse"))

    @property
    def value_unit(self) -> str:
        """Unit of a trial's (first) value."""
        return str(self.metrics["study"].get("units", ["MW"])[0])

    @property
    def best_baseline(self) -> str:
        """The baseline with the smallest RMSE."""
        baselines = self.test["baselines"]
        return min(baselines, key=lambda name: _or_infinite(baselines[name]["rmse_mw"]))

    @property
    def scored_steps(self) -> tuple[int, int]:
        """First and last step that the scores mean, both included."""
        scored = str(self.test["scored_step"])
        if scored == "pooled":
            return 1, int(self.test["horizon"])
        first, _, last = scored.partition("-")
        return int(first), int(last or first)

    @property
    def parameters(self) -> list[str]:
        """Hyperparameters that the study searched."""
        return [
            name for name in self.trials.columns if name in self.metrics["study"]["best_params"]
        ]

    @property
    def scored_forecasts(self) -> pd.DataFrame:
        """Forecasts that the scores mean, where the load was measured."""
        first, last = self.scored_steps
        steps = self.forecast["step"].between(first, last)
        return self.forecast[steps & self.forecast["actual_mw"].notna()]

    @property
    def started(self) -> str | None:
        """When the run was started, as its folder's name tells it, or None where it does not."""
        for name in (self.directory.name, self.directory.parent.name):
            if stamp := _STAMP.fullmatch(name):
                return f"{stamp[1]} {stamp[2]}:{stamp[3]}:{stamp[4]}"
        return None

    @property
    def dispatched_load(self) -> float:
        """Load of the hours that were dispatched (MWh)."""
        assert self.dispatch is not None
        rows = self.dispatch[self.dispatch["policy"] == MODEL]
        return float(rows["load_mw"].sum())

    def column(self, name: str) -> str:
        """Column of the forecast that holds a leaderboard's name."""
        return "model_mw" if name == MODEL else name


def load_run(directory: Path) -> FinishedRun:
    """Load a finished run from its folder.

    Raises:
        RunError: a file is missing or cannot be read.
    """
    directory = directory.resolve()
    metrics = _read(directory / METRICS, "json")
    report, quality = directory / "report", directory / DATA_QUALITY
    return FinishedRun(
        directory=directory,
        metrics=metrics,
        forecast=_read(report / "forecast.parquet", "parquet"),
        trials=_read(directory / "trials.csv", "csv"),
        dispatch=_read(report / "dispatch.parquet", "parquet") if "dispatch" in metrics else None,
        data=_read(quality, "json") if quality.is_file() else None,
    )


def find_runs(folder: Path) -> list[Path]:
    """The finished runs that a folder stands for.

    Args:
        folder: a run's folder; a study's, which stands for its newest finished run; or that of
            a `--multirun`, which stands for the newest finished run of each study in it.

    Raises:
        RunError: there is none.
    """
    if (folder / METRICS).is_file():
        return [folder]
    if not folder.is_dir():
        raise RunError(f"runs: there is no folder {folder}")
    newest: dict[str, Path] = {}
    for run in sorted((path.parent.parent for path in folder.glob(f"*/{METRICS}")), key=_order):
        newest[_read(run / METRICS, "json")["study"]["name"]] = run
    if not newest:
        raise RunError(
            f"runs: {folder} holds no finished run: neither it nor a folder in it has a {METRICS}"
        )
    return sorted(newest.values(), key=_order)


def _order(run: Path) -> tuple[int, str]:
    """Folders named by time in time's order, those numbered by a multirun in their numbers'."""
    return (int(run.name) if run.name.isdigit() else -1, run.name)


def _read(path: Path, kind: str) -> Any:  # noqa: ANN401 - JSON or a table
    if not path.is_file():
        raise RunError(f"{path} is missing: is {path.parent} of a finished run?")
    try:
        match kind:
            case "json":
                return json.loads(path.read_text(encoding="utf-8"))
            case "csv":
                return pd.read_csv(path)
            case _:
                return pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise RunError(f"{path} cannot be read: {str(error).splitlines()[0]}") from error


def _or_infinite(value: float | None) -> float:
    return float("inf") if value is None else value
