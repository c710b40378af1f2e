"""Weather forecasts, each with the time it was issued: a value of their own, beside the table.

An hour has as many forecasts as there were runs of the weather model, so they do not fit a table
of one row an hour, and which of them a load forecast may read depends on its own issue time
(`features/weather.py`).
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from hpo_exp.data.csv_text import numbers_in
from hpo_exp.data.named_columns import text_cells
from hpo_exp.data.table import SourceFile
from hpo_exp.errors import DataError

ISSUED, TARGET_HOUR = "issue_time", "target_time"


@dataclass(frozen=True)
class WeatherForecasts:
    """Forecasts of weather, one a run and target hour, in the hourly table's time.

    Attributes:
        names: what is forecast, by the table's names (`TEMP_BULB_SECO`, °C, …).
        issued: hour a run was issued, datetime64[h], shape (forecasts,).
        targets: hour that is forecast, labelled at its start, the same.
        forecast: float64, shape (forecasts, names), NaN where a run lacks one.
        delay: hours from a run's issue until it can be read.
        simulated: whether the values are made up; such forecasts never pass for real.
        files: the files read.

    Raises:
        DataError: a run forecasts an hour twice.
    """

    names: tuple[str, ...]
    issued: np.ndarray
    targets: np.ndarray
    forecast: np.ndarray
    delay: int
    simulated: bool
    files: tuple[SourceFile, ...] = ()

    def __post_init__(self) -> None:
        order = np.lexsort((self.issued, self.targets))
        issued, targets = self.issued[order], self.targets[order]
        twice = (np.diff(issued) == np.timedelta64(0)) & (np.diff(targets) == np.timedelta64(0))
        if twice.any():
            place = int(twice.argmax())
            raise DataError(
                f"the weather forecast issued at {issued[place]} has {targets[place]} twice; keep "
                "one of them"
            )


def read_weather_forecasts(
    path: Path, *, delay: int, utc_offset_hours: int, simulated: bool
) -> WeatherForecasts:
    """Read a CSV (UTF-8 or latin-1, `,` or `;`) or parquet file of forecasts.

    It has a column `issue_time`, a column `target_time` and one of numbers for each thing that
    is forecast, named as the hourly table names it. An empty cell is a value that a run lacks.

    Args:
        path: the file.
        delay: hours from a run's issue until it can be read.
        utc_offset_hours: what is added to the file's times to get the table's: -3 where the file
            is in UTC, as weather services write it, and 0 where it is in the table's own time.
        simulated: whether the values are made up, which the file cannot say.

    Raises:
        DataError: the file cannot be read, has not these columns, a time is none, no full hour
            or carries a zone, a run forecasts its own past or an hour twice, or a cell is no
            number.
    """
    if not path.is_file():
        raise DataError(f"there is no file of weather forecasts at {path}")
    raw, source = path.read_bytes(), path.name
    cells = text_cells(path, raw)
    for name in (ISSUED, TARGET_HOUR):
        if name not in cells:
            raise DataError(
                f"{source} has no column {name}: a weather forecast needs {ISSUED}, {TARGET_HOUR} "
                f"and its values; it has {', '.join(map(str, cells))}"
            )
    offset = np.timedelta64(utc_offset_hours, "h")
    issued, targets = (_hours(cells[name], source) + offset for name in (ISSUED, TARGET_HOUR))
    early = targets < issued
    if early.any():
        line = cells.index[int(early.argmax())]
        raise DataError(
            f"{source}, line {line}: {TARGET_HOUR} lies before {ISSUED}; a forecast is of what is "
            "to come"
        )
    values = {
        str(name): _numbers(cells[name], source)
        for name in cells
        if name not in (ISSUED, TARGET_HOUR)
    }
    if not values or not len(cells):
        raise DataError(f"{source} holds no weather forecast: it has no value beside its times")
    return WeatherForecasts(
        names=tuple(values),
        issued=issued,
        targets=targets,
        forecast=np.column_stack(list(values.values())),
        delay=delay,
        simulated=simulated,
        files=(SourceFile(source, hashlib.sha256(raw).hexdigest()),),
    )


def _hours(texts: "pd.Series[str]", source: str) -> np.ndarray:
    """Read a column of full hours, datetime64[h]."""
    stamps = pd.to_datetime(texts, format="ISO8601", errors="coerce", utc=True).dt.tz_localize(None)
    # A time without a zone is read as UTC, and so stays as it is written.
    zoned = texts.str.fullmatch(r".*[Tt ]\d\d.*([Zz]|[+-]\d\d:?(\d\d)?|UTC|GMT)")
    for wrong, what in (
        (zoned, "carries a time zone; write all times at one offset, without a zone"),
        (stamps.isna(), "is no time; write it as 2022-01-31T18:00"),
        (stamps != stamps.dt.floor("h"), "is no full hour"),
    ):
        if wrong.any():
            line = texts.index[int(wrong.argmax())]
            raise DataError(f"{source}, column {texts.name}, line {line}: {texts[line]!r} {what}")
    return stamps.to_numpy().astype("datetime64[h]")


def _numbers(texts: "pd.Series[str]", source: str) -> np.ndarray:
    numbers = numbers_in(texts)
    wrong = np.isinf(numbers)
    if wrong.any():
        line = texts.index[int(wrong.argmax())]
        raise DataError(
            f"{source}, column {texts.name}, line {line}: {texts[line]!r} is not a number; mend "
            "it, or leave the cell empty"
        )
    return numbers.to_numpy(np.float64)
