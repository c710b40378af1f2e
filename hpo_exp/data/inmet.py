"""INMET weather: one station's yearly files, in both of the publisher's formats.

Eight lines of metadata, a header, then one line an hour in UTC with a decimal comma. Accents may
be mangled in any line, so columns are recognised by the part of their header that has none.
"""

import re
from pathlib import Path

import pandas as pd

from hpo_exp.data.cells import Reading, csv_cells, numbers, without_repeats
from hpo_exp.data.clock import from_utc, full_hours
from hpo_exp.data.csv_text import decoded
from hpo_exp.data.inmet_api import read_answers
from hpo_exp.data.inmet_files import StationFile, station_files
from hpo_exp.errors import DataError

# A stamp is the hour's end for what is summed over the hour, and the instant itself for the rest.
# Radiation shows it: in Sao Paulo the sun rises between 8:07 and 9:50 UTC and sets between 20:27
# and 21:58, and the values stamped 9 and 22 UTC are above 0 in summer and empty in winter; a sum
# from the stamp on would be above 0 at 9 all year and never at 22. So what is stamped h belongs
# to row h-1, which covers h-1 to h, and is known when a forecast is issued at h.
_SUMS = {
    "CHUVA": re.compile(r"PRECIPITA.*TOTAL", re.IGNORECASE),
    "RADIACAO": re.compile(r"RADIA.*GLOBAL", re.IGNORECASE),
}
# Measured at h: row h, though known an hour before that row is complete. The temperature lies
# between the same line's extremes "of the hour before" in 99.99 % of hours, between the next
# line's in 98.9 %.
_INSTANTS = {
    "TEMP_BULB_SECO": re.compile(r"TEMPERATURA DO AR.*BULBO SECO", re.IGNORECASE),
    "UMIDADE": re.compile(r"UMIDADE RELATIVA DO AR", re.IGNORECASE),
    "VENTO": re.compile(r"VENTO.*VELOCIDADE", re.IGNORECASE),
}
WEATHER = (*_SUMS, *_INSTANTS)
"""Columns: rain (mm) and global radiation (kJ/m2) summed over the hour, then temperature (degC),
relative humidity (%) and wind speed (m/s) at its start."""

_HOUR = pd.Timedelta(hours=1)
_MISSING = -9999.0
_HEADER = re.compile(r"DATA[^;]*;HORA", re.IGNORECASE)
_METADATA_LINES = 8
_PERIOD = re.compile(r"_(\d\d-\d\d-\d{4})_A_(\d\d-\d\d-\d{4})\.", re.IGNORECASE)


def read_weather(root: Path, station: str, start: pd.Timestamp, end: pd.Timestamp) -> Reading:
    """Read one station's weather.

    Args:
        root: folder searched recursively for `INMET_*_<station>_*.CSV`, for the publisher's
            yearly archives `YYYY.zip` that hold one, and for answers of its API.
        station: the station's code, such as A701.
        start: first hour at UTC-3.
        end: last hour at UTC-3, included.

    Returns:
        Columns `WEATHER`, float64, over the published hours at UTC-3, sorted; what is missing is
        NaN, the night's empty radiation included.

    Raises:
        DataError: the station has no file (of the period), or one is another station's, lacks
            a column, holds a cell that is no number or no full hour, or contradicts another.
    """
    files = station_files(root)
    own = [file for file in files if file.station == station.upper()]
    answers, answer_files = read_answers(root, station)
    if not own and answers.empty:
        stations = ", ".join(sorted({file.station for file in files})) or "none"
        raise DataError(
            f"data.station is {station}, of which {root} holds no file: choose one of {stations} "
            f"or null, or fetch INMET_*_{station}_*.CSV"
        )
    own = [file for file in own if _may_cover(file, start, end)]
    if not own and answers.empty:
        raise DataError(
            f"data.station is {station}, of which {root} holds no file from {start} to {end}: "
            "fetch it, set data.station to null, or change data.start or data.end"
        )
    read = [file.read() for file in own]
    parts = [_rows(raw, source.name, station) for raw, source in read]
    # What the API said of an hour gives way to the archive, which comes later.
    archived = {stamp for part in parts for stamp in part["stamp"]}
    parts.append(answers[~answers["stamp"].isin(archived)])
    rows, found = without_repeats(
        pd.concat([part for part in parts if not part.empty]),
        ["stamp"], list(WEATHER), f"INMET {station}",
    )  # fmt: skip
    measured = rows.set_index(from_utc(pd.DatetimeIndex(rows["stamp"])).rename("timestamp"))
    sums = measured[list(_SUMS)].shift(freq=-_HOUR)
    frame = pd.concat([sums, measured[list(_INSTANTS)]], axis=1, sort=True)
    sources = (*(source for _, source in read), *answer_files)
    return Reading(frame.loc[start:end], sources, (), tuple(found))


def _may_cover(file: StationFile, start: pd.Timestamp, end: pd.Timestamp) -> bool:
    """Tell whether the period in a file's name, if there is one, touches start to end."""
    match = _PERIOD.search(file.name)
    if match is None:
        return True
    days = pd.DatetimeIndex([f"{day[6:]}-{day[3:5]}-{day[:2]}" for day in match.groups()])
    first, last = from_utc(days)
    return bool(first - _HOUR <= end and start <= last + 23 * _HOUR)


def _rows(raw: bytes, source: str, station: str) -> pd.DataFrame:
    """Read one file: columns `source`, `line`, `stamp` (UTC) and the weather."""
    text = decoded(raw)
    lines = text.split("\n", _METADATA_LINES + 1)
    if len(lines) <= _METADATA_LINES or not _HEADER.match(lines[_METADATA_LINES]):
        raise DataError(
            f"{source} has no header 'Data;Hora UTC;…' on line {_METADATA_LINES + 1}: fetch it "
            "from the publisher again"
        )
    _check_station(lines[:_METADATA_LINES], source, station)
    try:
        cells = csv_cells(text, header_line=_METADATA_LINES + 1)
    except ValueError as error:
        raise DataError(f"{source} cannot be read: {str(error).strip()}") from error
    rows = pd.DataFrame({"source": source, "line": cells.index}, index=cells.index)
    rows["stamp"] = full_hours(_stamp_texts(cells), source)
    for name, header in (_SUMS | _INSTANTS).items():
        column = next((column for column in cells if header.match(str(column))), None)
        if column is None:
            raise DataError(f"{source} has no column of {name} (a header like {header.pattern})")
        values = numbers(cells[column].str.replace(",", "."), source)
        rows[name] = values.mask(values == _MISSING)
    return rows


def _check_station(metadata: list[str], source: str, station: str) -> None:
    code = next((line.split(";")[1].strip() for line in metadata if "(WMO)" in line), "none")
    if code.upper() != station.upper():
        raise DataError(
            f"{source} is named as station {station}'s but holds {code}'s: move it away or "
            "set data.station"
        )


def _stamp_texts(cells: pd.DataFrame) -> "pd.Series[str]":
    """Write `2018-01-01`, `00:00` and `2019/01/01`, `0000 UTC` alike, as ISO 8601."""
    days = cells.iloc[:, 0].str.replace("/", "-")
    hours = cells.iloc[:, 1].str.replace(r"^(\d\d):?(\d\d)( UTC)?$", r"\1:\2", regex=True)
    return (days + "T" + hours).rename("Data")
