"""Addresses of stores, and a look at each before anything is written anywhere."""

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine, event, make_url
from sqlalchemy.exc import SQLAlchemyError

from hpo_exp.errors import StudyError

SQLITE = "sqlite:///"
PSYCOPG = "postgresql+psycopg://"
SERVERS = ("http", "https", "databricks", "uc")
"""Schemes of MLflow's servers, which are no databases."""


def sqlite_path(url: str) -> Path | None:
    """The file of a SQLite URL, or None for another store."""
    return Path(url.removeprefix(SQLITE)) if url.startswith(SQLITE) else None


def is_postgresql(url: str) -> bool:
    """Whether a database is PostgreSQL, whatever driver its URL names."""
    return database_url(url).startswith("postgresql")


def database_url(url: str) -> str:
    """A database's URL with the driver we ask users to install, where it names none."""
    scheme, separator, rest = url.partition("://")
    return PSYCOPG + rest if separator and scheme in {"postgresql", "postgres"} else url


def shown_url(url: str) -> str:
    """A URL as messages show it: without its password."""
    try:
        return make_url(url).render_as_string(hide_password=True)
    except SQLAlchemyError:  # nor has it one
        return url


def connect_options(url: str) -> dict[str, int]:
    """What a driver is told: SQLite to wait for others, PostgreSQL to keep a quiet line open.

    All values are in seconds, but for the count.
    """
    if sqlite_path(url) is not None:
        return {"timeout": 60}
    if url.startswith(PSYCOPG):
        return {
            "connect_timeout": 20,
            "keepalives_idle": 60,
            "keepalives_interval": 10,
            "keepalives_count": 3,
        }
    return {}


def prepare_store(url: str) -> None:
    """Give a SQLite database its folder, and a log beside it so that readers do not wait.

    Raises:
        OSError: the folder cannot be made.
        sqlite3.Error: the file is no database, or cannot be written.
    """
    path = sqlite_path(url)
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode=WAL")  # kept in the file


@event.listens_for(Engine, "connect")
def _commit_without_waiting(connection: object, record: object) -> None:
    """Leave it to the system when a database with a log reaches the disk.

    A commit survives the death of any process. A power cut may take the last ones, never the
    database: that is what the log is for, so that without one nothing is changed.
    """
    del record
    if isinstance(connection, sqlite3.Connection):
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
        if mode == "wal":
            connection.execute("PRAGMA synchronous=NORMAL")


def check_store(setting: str, url: str) -> None:
    """Look whether a store can be opened, and whether a SQLite file that is there is sound.

    Raises:
        StudyError: it is not; the message names the setting.
    """
    path = sqlite_path(url)
    if url.rstrip("/") == "sqlite:" or url == f"{SQLITE}:memory:":
        reason = "it names no file"
    elif path is not None:
        reason = _folder_fault(path.parent) or _sqlite_fault(path)
    elif url.partition(":")[0] in SERVERS:
        reason = ""
    else:
        reason = _url_fault(url)
    if reason:
        raise StudyError(
            f"{setting}={shown_url(url)} cannot be opened ({reason}): mend it, or choose another "
            f"{setting} or outputs"
        )


def check_folder(setting: str, folder: Path) -> None:
    """Look whether a folder is there or can be made.

    Raises:
        StudyError: a file stands in its way; the message names the setting.
    """
    reason = _folder_fault(folder)
    if reason:
        raise StudyError(f"{setting}={folder} cannot be written: {reason}; choose another one")


def _folder_fault(folder: Path) -> str:
    nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not nearest.is_dir():
        return f"{nearest} is no folder"
    try:
        with tempfile.TemporaryDirectory(dir=nearest):
            return ""
    except OSError as error:
        return f"nothing can be written in {nearest}: {error.strerror}"


def _sqlite_fault(path: Path) -> str:
    if path.is_dir():
        return "it is a folder"
    if not path.is_file():
        return ""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            (answer,) = database.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        answer = str(error)
    return "" if answer == "ok" else str(answer).splitlines()[-1]


def _url_fault(url: str) -> str:
    try:
        make_url(database_url(url)).get_dialect().import_dbapi()
    except SQLAlchemyError as error:
        return str(error).splitlines()[0]
    except ImportError as error:
        if is_postgresql(url):
            return "its driver is missing: pip install 'hpo-exp[postgresql]'"
        return f"its driver is missing: {error}"
    return ""
