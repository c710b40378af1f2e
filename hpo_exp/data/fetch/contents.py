"""Whether what came is what was asked for: an error page is no table, whatever its status."""

import zipfile
from pathlib import Path

from hpo_exp.data.inmet_api import parsed_answer
from hpo_exp.data.load_api import parsed_loads
from hpo_exp.errors import DataError

_BEGINNINGS = {".parquet": b"PAR1", ".xlsx": b"PK\x03\x04"}


def check_table(path: Path, name: str) -> None:
    """Make sure that a file begins (and, where the format says so, ends) like a table of ONS's.

    Raises:
        DataError: it does not.
    """
    with path.open("rb") as file:
        begin = file.read(512)
        file.seek(max(0, path.stat().st_size - 4))
        end = file.read()
    suffix = Path(name).suffix.lower()
    if suffix == ".csv":
        good = begin.lower().startswith((b"id_subsist", b"\xef\xbb\xbfid_subsist"))
    else:
        good = begin.startswith(_BEGINNINGS[suffix]) and (suffix != ".parquet" or end == b"PAR1")
    if not good:
        shown = begin[:60].decode("utf-8", errors="replace").split("\n")[0]
        raise DataError(
            f"{name} came as something else (it begins {shown!r}): see data.publishers, or try "
            "again later; the file at hand, if any, stays"
        )


def check_archive(path: Path, name: str) -> None:
    """Make sure that a file is a whole zip archive with a station's file in it.

    Raises:
        DataError: it is not.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile as error:
        raise DataError(
            f"{name} came as no archive ({error}): try again later; the file at hand, if any, stays"
        ) from error
    if not any(member.upper().endswith(".CSV") for member in names):
        raise DataError(f"{name} came without any station's file: see data.publishers.weather.url")


def check_weather_answer(path: Path, name: str) -> None:
    """Make sure that an answer of INMET's API is a list of hours.

    Raises:
        DataError: it is not, or says that the token is not valid.
    """
    parsed_answer(path.read_bytes(), name)


def check_load_answer(path: Path, name: str, most_rows: int) -> None:
    """Make sure that an answer of ONS's load API is a list of half hours, and all of them.

    Raises:
        DataError: it is not, it is empty (as for an area that does not exist), or it was cut.
    """
    raw = path.read_bytes()
    records = parsed_loads(raw, name) if raw.strip() else []
    if not records:
        raise DataError(
            f"{name} came empty: see data.publishers.load_api.areas (a wrong area is answered so)"
        )
    if len(records) >= most_rows:
        raise DataError(
            f"{name} has {len(records)} rows, at which the API cuts: lower "
            "data.publishers.load_api.days"
        )
