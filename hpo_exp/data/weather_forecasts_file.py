"""The user's file of weather forecasts: a line a run and target hour."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd

from hpo_exp.data.csv_text import numbers_in
from hpo_exp.data.named_columns import text_cells
from hpo_exp.data.table import SourceFile
from hpo_exp.data.weather_forecasts import WeatherForecasts
from hpo_exp.errors import DataError

ISSUED, TARGET_HOUR = "issue_time", "target_time"


def read_weather_forecasts(
    path: Path, *, delay: int, shift_hours: int, simulated: bool
) -> tuple[WeatherForecasts, SourceFile]:
    """Read a CSV (UTF-8 or latin-1, `,` or `;`) or parquet file of forecasts.

    It has a column `issue_time`, a column `target_time` and one of numbers for each thing that
    is forecast, named as the hourly table names it. An empty cell is a value that a run lacks.

    Args:
        path: the file.
        delay: hours from a run's issue until it can be read.
        shift_hours: what is added to the file's times to get the table's: -3 where the file is in
            UTC, as weather services write it, and the table at UTC-3.
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
    shift = np.timedelta64(shift_hours, "h")
    issued, targets = (_hours(cells[name], source) + shift for name in (ISSUED, TARGET_HOUR))
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
    forecasts = WeatherForecasts(
        names=tuple(values),
        issued=issued,
        targets=targets,
        forecast=np.column_stack(list(values.values())),
        delay=delay,
        simulated=simulated,
    )
    return forecasts, SourceFile(source, hashlib.sha256(raw).hexdigest())


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
