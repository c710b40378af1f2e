"""A full disk, told apart from other errors: the user can mend it, and nothing is broken by it."""

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hpo_exp.config import TuneConfig
from hpo_exp.errors import DiskFullError, UserError
from hpo_exp.stores import sqlite_path

FULL = (errno.ENOSPC, errno.EDQUOT)
POSTGRESQL_FULL = "53100"
LEAST_FREE = 1 << 20
"""Bytes; SQLite reports some writes that found less than this as a failure of the disk."""


@contextmanager
def disk_errors(config: TuneConfig) -> Iterator[None]:
    """Turn what libraries raise on a full disk into one sentence.

    Raises:
        DiskFullError: no space is left for a database or a file of the block's.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        place = _full_place(error, config)
        if place is None:
            raise
        raise DiskFullError(
            f"no space is left for {place}: free some there, then run the same command again; "
            f"the databases are whole, and every fold that is finished is kept"
        ) from error


def _full_place(error: BaseException, config: TuneConfig) -> str | None:
    """What there was no space for, or None where that is not the reason."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, sqlite3.Error) and _is_full(cause, config):
            return f"study.storage={config.study.storage}"
        if getattr(cause, "sqlstate", None) == POSTGRESQL_FULL:
            return "study.storage on its PostgreSQL server"
        if isinstance(cause, OSError) and cause.errno in FULL:
            return str(cause.filename or _fullest(config))
        cause = cause.__cause__ or cause.__context__
    return None


def _is_full(error: sqlite3.Error, config: TuneConfig) -> bool:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest says what was written
    if code != sqlite3.SQLITE_IOERR:
        return code == sqlite3.SQLITE_FULL
    path = sqlite_path(config.study.storage)
    return path is not None and _free(path.parent) < LEAST_FREE


def _fullest(config: TuneConfig) -> Path:
    """The folder with the least space, among those that a run writes to."""
    stores = (sqlite_path(config.study.storage), sqlite_path(config.tracking.uri))
    folders = [config.outputs, *(path.parent for path in stores if path is not None)]
    return min(folders, key=_free)


def _free(folder: Path) -> int:
    """Bytes that are left where a folder is or would be."""
    absolute = folder.absolute()
    return shutil.disk_usage(
        next(path for path in (absolute, *absolute.parents) if path.exists())
    ).free
