"""What a finished run has to tell, as `metrics.json` tells it to programs."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from hpo_exp.data.provenance import write_description
from hpo_exp.data.table import HourlyTable
from hpo_exp.files import write_text, written_whole

DATA_QUALITY = Path("report", "data_quality.json")


@dataclass(frozen=True)
class Outcome:
    """A finished run, in plain values.

    Attributes:
        metrics: the contents of `metrics.json`; see `build_metrics`.
        forecast: one row an issue time and step: issue_time, target_time, step, actual_mw,
            model_mw, and one column a baseline and variant (MW).
        trials: one row a trial.
        dispatch: one row a policy and hour, or None without a dispatch case.
    """

    metrics: dict[str, Any]
    forecast: pd.DataFrame
    trials: pd.DataFrame
    dispatch: pd.DataFrame | None


def write_data_description(table: HourlyTable, run_directory: Path) -> None:
    """Write `report/data_quality.json`: where each value comes from, and what was found."""
    write_description(table, run_directory / DATA_QUALITY)


def write_outcome(outcome: Outcome, run_directory: Path) -> None:
    """Write `trials.csv`, the report's parquet files and, last, `report/metrics.json`."""
    with written_whole(run_directory / "trials.csv") as path:
        outcome.trials.to_csv(path, index=False)
    with written_whole(run_directory / "report" / "forecast.parquet") as path:
        outcome.forecast.to_parquet(path, index=False)
    if outcome.dispatch is not None:
        with written_whole(run_directory / "report" / "dispatch.parquet") as path:
            outcome.dispatch.to_parquet(path, index=False)
    text = json.dumps(_finite(outcome.metrics), indent=2, ensure_ascii=False, allow_nan=False)
    write_text(run_directory / "report" / "metrics.json", text)


def _finite(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """JSON has no infinities: they become null."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
