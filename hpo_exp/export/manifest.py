"""`manifest.json`: what a bundle says of itself, as it is written and as it is read.

Everything that asks a model (the pyfunc, the service, the gates) goes by this file alone, so that
a bundle needs no configuration beside it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from hpo_exp.config import DataConfig, DispatchConfig, FeaturesConfig, Subsystem
from hpo_exp.data.named_columns import ROLES
from hpo_exp.data.table import TARGET, HourlyTable, Provenance
from hpo_exp.errors import UserError
from hpo_exp.export.signature import forecast_name
from hpo_exp.features.gaps import NEVER
from hpo_exp.features.inputs import LEAST_DAYS, build_inputs
from hpo_exp.features.readable import readable_issues
from hpo_exp.features.windows import Reference
from hpo_exp.spans import DAY

MANIFEST = "manifest.json"
TIMESTAMP = "timestamp"

LONGEST_LAG = 24 * 7 * 5
"""Hours by which a table is surely long enough for any lag but the configured ones."""


class BundleError(UserError):
    """A bundle is incomplete, or not what its manifest says."""


@dataclass(frozen=True)
class Intervals:
    """How far the load may come to lie from its forecast.

    Attributes:
        levels: probabilities that the load lies below each bound, shape (levels,).
        offsets_mw: what is added to the forecast, shape (horizon, hours of the day, levels).
    """

    levels: tuple[float, ...]
    offsets_mw: np.ndarray


@dataclass(frozen=True)
class Manifest:
    """A bundle's manifest.

    Attributes:
        horizon: number of steps.
        time_steps: rows a window reads.
        reference: what a change is predicted against.
        inputs: names of the model's inputs.
        outputs: names of its outputs; the first is the load's forecast (MW).
        columns: columns of the hourly table that are read, the load first.
        names: those and the dispatch's to what the user's table calls them; also `timestamp`.
        scored_steps: first and last step that the model is judged by.
        history_hours: hours before the issue time that a forecast reads.
        data: how gaps are filled and whose holidays count; no files.
        features: how inputs are made.
        dispatch: the dispatch case, or None.
        intervals: bounds around the forecast, or None.
        source, subsystem: of the data it was trained on.
        simulated: whether those were made up.
        utc_offset_hours: offset of all hours from UTC.
        last_issue: issue time of the last window it was trained on.
        sha256: hash of each file of the bundle, by its path.
    """

    horizon: int
    time_steps: int
    reference: Reference
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    columns: tuple[str, ...]
    names: Mapping[str, str]
    scored_steps: tuple[int, int]
    history_hours: int
    data: DataConfig
    features: FeaturesConfig
    dispatch: DispatchConfig | None
    intervals: Intervals | None
    source: str
    subsystem: str
    simulated: bool
    utc_offset_hours: int
    last_issue: pd.Timestamp
    sha256: Mapping[str, str]

    def delay(self, column: str) -> int:
        """Hours by which a column is published late."""
        return self.features.publication_delay.get(column, 0)

    @property
    def further_targets(self) -> dict[str, str]:
        """Columns forecast beside the load, and the outputs that hold them."""
        targets = self.features.targets
        return {column: forecast_name(column) for column in targets}

    @property
    def supply_columns(self) -> tuple[str, ...]:
        """Columns of the sources that the dispatch has to know beside the load."""
        return tuple(self.dispatch.supply) if self.dispatch else ()


def explain_reading(
    table: HourlyTable, data: DataConfig, features: FeaturesConfig, time_steps: int
) -> dict[str, Any]:
    """What a bundle has to say for a table of the last hours to become its inputs."""
    present = [name for name in features.optional if name in table.frame]
    columns = list(dict.fromkeys([TARGET, *features.targets, *features.past, *present]))
    delays = {name: hours for name, hours in features.publication_delay.items() if name in columns}
    used = features.model_copy(update={"optional": present, "publication_delay": delays})
    named = {ROLES[role]: name for role, name in data.columns.items() if role in ROLES}
    names = named if data.source == "csv" else {}
    return {
        "columns": columns,
        "names": {TIMESTAMP: names.get(TIMESTAMP, TIMESTAMP), **names},
        "history_hours": history_hours(columns, data, used, time_steps),
        "fill": data.fill,
        "fill_hours": data.fill_hours,
        "states": dict(data.states),
        "timezone": data.timezone,
        "features": used.model_dump(mode="json"),
    }


def history_hours(
    columns: list[str], data: DataConfig, features: FeaturesConfig, time_steps: int
) -> int:
    """Hours before an issue time that a forecast reads: found by asking, not by a second rule."""
    lags = [LONGEST_LAG, *features.past_lags, *features.ahead_lags]
    rows = (
        time_steps
        + 2 * max(lags)
        + DAY * LEAST_DAYS * len(features.growing)
        + features.horizon
        + max(features.publication_delay.values(), default=0)
    )
    measured = features.model_copy(update={"weather_forecasts": []})  # they reach no hour back
    inputs = build_inputs(_constant_table(columns, rows), data, measured)
    readable = readable_issues(inputs, time_steps, [features.reference], NEVER - 1)
    # A growing series is readable once some days of it are known; the rest makes its level exact.
    days = max(features.growing.values(), default=LEAST_DAYS)
    return int(readable.argmax()) + DAY * (days - LEAST_DAYS)


def _constant_table(columns: list[str], rows: int) -> HourlyTable:
    index = pd.date_range("2020-01-01", periods=rows, freq="h", name=TIMESTAMP)
    frame = pd.DataFrame(0.0, index=index, columns=columns)
    return HourlyTable(frame, Provenance("", simulated=True, subsystem="", utc_offset_hours=0))


def load_manifest(bundle: Path) -> Manifest:
    """Read a bundle's manifest.

    Raises:
        BundleError: it is missing, or does not say what is needed.
    """
    path = bundle / MANIFEST
    try:
        return parse_manifest(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, json.JSONDecodeError) as error:
        raise BundleError(f"{path} cannot be read: {error}") from error
    except (KeyError, TypeError, ValueError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise BundleError(
            f"{path} does not say how the model is asked ({type(error).__name__}: {reason}): "
            f"export the model again"
        ) from error


def parse_manifest(said: Mapping[str, Any]) -> Manifest:
    """Understand a manifest's JSON.

    Raises:
        KeyError, TypeError, ValueError: something is missing or of the wrong kind.
    """
    reading, data = said["reading"], said["data"]
    case = said.get("dispatch")
    names = {name: name for name in reading["columns"]} | reading["names"]
    return Manifest(
        horizon=int(said["horizon"]),
        time_steps=int(said["time_steps"]),
        reference=said["reference"],
        inputs=tuple(said["inputs"]),
        outputs=tuple(said["output"]),
        columns=tuple(reading["columns"]),
        names=names,
        scored_steps=(int(said["scored_steps"][0]), int(said["scored_steps"][1])),
        history_hours=int(reading["history_hours"]),
        data=_reading_rules(data, reading),
        features=FeaturesConfig.model_validate(reading["features"]),
        dispatch=None if case is None else DispatchConfig.model_validate(case),
        intervals=_intervals(said.get("intervals")),
        source=str(data["source"]),
        subsystem=str(data["subsystem"]),
        simulated=bool(data["simulated"]),
        utc_offset_hours=int(data["utc_offset_hours"]),
        last_issue=pd.Timestamp(said["trained"]["last_issue_time"]),
        sha256=dict(said["sha256"]),
    )


def _reading_rules(data: Mapping[str, Any], reading: Mapping[str, Any]) -> DataConfig:
    """The part of the data's configuration that outlives the files."""
    states, subsystem = dict(reading["states"]), str(data["subsystem"])
    return DataConfig(
        source=data["source"],
        root=None,
        subsystem=subsystem,
        subsystems={subsystem: Subsystem(station=None, states=states)},
        station=None,
        states=states,
        timezone=reading["timezone"],
        start=None,
        end=None,
        fill=reading["fill"],
        fill_hours=reading["fill_hours"],
    )


def _intervals(said: Mapping[str, Any] | None) -> Intervals | None:
    if not said or not said.get("levels"):
        return None
    return Intervals(
        levels=tuple(float(level) for level in said["levels"]),
        offsets_mw=np.asarray(said["offsets_mw"], np.float64),
    )
