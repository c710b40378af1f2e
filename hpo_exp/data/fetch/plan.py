"""Which files a configuration needs of the publishers, and having them."""

import logging
import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import httpx
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from hpo_exp.config import DataConfig, PublishersConfig
from hpo_exp.data import inmet_api, load_api
from hpo_exp.data.fetch.contents import (
    check_archive,
    check_load_answer,
    check_table,
    check_weather_answer,
)
from hpo_exp.data.fetch.download import Wanted, download
from hpo_exp.data.fetch.record import is_whole, read_record
from hpo_exp.data.fetch.server import NotPublishedError, open_client
from hpo_exp.data.inmet_files import station_files
from hpo_exp.data.ons import SIN
from hpo_exp.data.yearly import SUBSYSTEMS, yearly_files
from hpo_exp.errors import ConfigError, DataError

log = logging.getLogger(__name__)


def fetch_missing(config: DataConfig, today: date | None = None) -> None:
    """Fetch into `data.root` what is missing of the period, and anew what may have been revised.

    A file that the user put there is left alone. One that was fetched in its own year is asked
    for again (the publishers revise the current year within the day); a finished one never.

    Args:
        config: period, subsystem, station and publishers.
        today: the day it is, for tests.

    Raises:
        ConfigError: `data.root` is not set.
        DataError: a needed file cannot be had and none is at hand.
    """
    root, publishers = config.root, config.publishers
    if root is None or publishers is None:
        raise ConfigError("data.root is not set: set it to the folder to download into")
    today = today or date.today()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    with (
        open_client(publishers.http) as client,
        Progress(*columns, console=Console(stderr=True), transient=True) as progress,
    ):
        for wanted in _wanted(config, publishers, root, today):
            _have(client, wanted, publishers, progress)
        if "load_api" in config.kinds:
            for wanted in _load_answers(config, publishers, root, today):
                try:
                    _have(client, wanted, publishers, progress)
                except DataError as error:
                    raise DataError(f"{error}; or leave load_api out of data.kinds") from error
    if "price" in config.kinds and not any(root.rglob("pld_horario*.csv")):
        log.info(
            "prices are not downloaded: CCEE wants people to do it, at %s", publishers.price_page
        )


def _have(
    client: httpx.Client, wanted: Wanted, publishers: PublishersConfig, progress: Progress
) -> None:
    """Have one file; where that fails, the one at hand will do."""
    task = progress.add_task(wanted.path.name, total=None)

    def advance(done: int, total: int | None) -> None:
        progress.update(task, completed=done, total=total)

    try:
        new = download(client, wanted, publishers.http, advance)
        log.info("%s: %s", wanted.path.name, "fetched" if new else "unchanged")
    except NotPublishedError as error:
        log.warning("%s", error)  # the readers say what is missing, if it matters
    except OSError as error:  # a full disk, a folder that nothing can be written to
        raise DataError(
            f"{wanted.path} cannot be written ({error.strerror}): set data.root to a folder with "
            "room that you may write to"
        ) from error
    except DataError as error:
        record = read_record(wanted.path)
        if record is None or not is_whole(wanted.path, record):
            raise
        log.warning("%s; the version of %s is kept", error, record.fetched)
    finally:
        progress.remove_task(task)


def _wanted(
    config: DataConfig, publishers: PublishersConfig, root: Path, today: date
) -> Iterator[Wanted]:
    """The files that are not there, or may have changed."""
    tables = {"CURVA_CARGA": publishers.load}
    if "balance" in config.kinds:
        tables["BALANCO_ENERGIA_SUBSISTEMA"] = publishers.balance
    if "cmo" in config.kinds and config.subsystem != SIN:
        tables["CMO_SEMIHORARIO"] = publishers.cmo
    for stem, kind in tables.items():
        there = yearly_files(root, stem) if root.is_dir() else {}
        for year in _years(config, kind.first_year, today):
            url = kind.url.format(year=year)
            path = root / "ons" / url.rpartition("/")[2]
            if _is_due(there.get(year, path), path, year):
                yield Wanted(url, path, check_table)
    if "weather" not in config.kinds or config.station is None:
        return
    token = publishers.weather_api.token
    for year in _years(config, publishers.weather.first_year, today, utc=True):
        if year == today.year and token is not None:
            url = publishers.weather_api.url.format(
                start=f"{year}-01-01", end=today, station=config.station,
                token=token.get_secret_value(),
            )  # fmt: skip
            path = root / inmet_api.FOLDER / f"{config.station}_{year}.json"
            yield Wanted(url, path, check_weather_answer, token.get_secret_value())
            continue
        path = root / "inmet" / f"{year}.zip"
        own = _station_file(root, config.station, year, path)
        if _is_due(own or path, path, year):
            yield Wanted(publishers.weather.url.format(year=year), path, check_archive)


def _load_answers(
    config: DataConfig, publishers: PublishersConfig, root: Path, today: date
) -> Iterator[Wanted]:
    """Answers of the load API for the days after the last file of the load curve was fetched.

    The yearly file is a day or two behind. The last windows are asked for each time.
    """
    end = min(today, config.end.date()) if config.end else today
    if end.year != today.year or config.publishers is None:
        return
    api = publishers.load_api
    first = max(date(today.year, 1, 1), end - timedelta(days=api.days - 1))
    subsystems = SUBSYSTEMS if config.subsystem == SIN else (config.subsystem,)
    for area in (api.areas.get(name) for name in subsystems):
        if area is None:
            raise ConfigError(f"data.publishers.load_api.areas has no area of {config.subsystem}")
        path = root / load_api.FOLDER / f"{area}_{first}_{end}.json"
        url = api.url.format(start=first, end=end, area=area)
        yield Wanted(url, path, partial(check_load_answer, most_rows=api.most_rows))


def _years(config: DataConfig, first: int, today: date, *, utc: bool = False) -> range:
    """Years of the period; in UTC, the last three hours of a year are in the next one's file."""
    begin = max(first, config.start.year if config.start else first)
    last = config.end or None
    end = today.year if last is None else min(today.year, (last + timedelta(hours=3 * utc)).year)
    return range(begin, end + 1)


def _is_due(there: Path, path: Path, year: int) -> bool:
    """Whether a year's file is to be asked for."""
    if there != path:
        return False  # the user's own
    if not path.is_file():
        return True
    record = read_record(path)
    if record is None:
        return False  # likewise
    return not is_whole(path, record) or record.fetched[:4] <= str(year)


def _station_file(root: Path, station: str, year: int, archive: Path) -> Path | None:
    """A file of the user's that covers the station's year, outside the archive."""
    if not root.is_dir():
        return None
    whole = re.compile(rf"_01-01-{year}_A_31-12-{year}\.", re.IGNORECASE)
    for file in station_files(root):
        if file.path != archive and file.station == station.upper() and whole.search(file.name):
            return file.path
    return None
