"""Locks that keep a second process off something stored, and die with the process that holds them.

In PostgreSQL itself, or in a file beside another database.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from hpo_exp.errors import StudyError
from hpo_exp.stores import connect_options, database_url, is_postgresql, shown_url, sqlite_path

# The server itself notices a machine that is gone, and never mistakes a quiet one for it.
SERVER_SETTINGS = {
    "tcp_keepalives_idle": "60",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
    "idle_session_timeout": "0",
}


@dataclass(frozen=True)
class Guarded:
    """What a lock keeps others off.

    Attributes:
        name: its name in the store.
        setting: the setting that says where it is stored, for messages.
        url: the store.
        outputs: root of what commands leave: where the lock of a store that is neither SQLite nor
            PostgreSQL lies, which guards this machine alone.
    """

    name: str
    setting: str
    url: str
    outputs: Path


@contextmanager
def try_lock(guarded: Guarded) -> Iterator[bool]:
    """Hold a lock for a block, if nobody else does; say whether it is held.

    Raises:
        StudyError: the lock cannot be reached.
    """
    lock = _advisory_lock(guarded) if is_postgresql(guarded.url) else _file_lock(guarded)
    with lock as is_held:
        yield is_held


@contextmanager
def _file_lock(guarded: Guarded) -> Iterator[bool]:
    folder = _lock_folder(guarded)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _no_store(guarded, f"{error.strerror}: {error.filename}") from error
    lock = FileLock(folder / f"{guarded.name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def _lock_folder(guarded: Guarded) -> Path:
    """Beside the database, so that the lock guards it from whatever outputs it is used."""
    path = sqlite_path(guarded.url)
    if path is None:
        return guarded.outputs / "cache" / "locks"
    return path.with_name(f"{path.name}.locks")


@contextmanager
def _advisory_lock(guarded: Guarded) -> Iterator[bool]:
    """A lock that PostgreSQL keeps for as long as the connection lives."""
    connection = _connect(guarded)
    try:
        # Ends with the connection; no statement of it is ever left open.
        key = {"key": _key(guarded.name)}
        held = connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), key)
        yield bool(held)
    finally:
        connection.close()


def _connect(guarded: Guarded) -> Connection:
    url = database_url(guarded.url)
    try:
        engine = create_engine(
            url,
            poolclass=NullPool,  # closed means closed: the lock goes with it
            isolation_level="AUTOCOMMIT",
            connect_args=connect_options(url),
        )
        connection = engine.connect()
        # Servers before version 14 do not know all of them.
        setting = text("SELECT set_config(name, :value, false) FROM pg_settings WHERE name = :name")
        for name, value in SERVER_SETTINGS.items():
            connection.execute(setting, {"name": name, "value": value})
    except (SQLAlchemyError, ImportError) as error:
        raise _no_store(guarded, str(error).splitlines()[0]) from error
    return connection


def _key(name: str) -> int:
    """64 bits of a name, the same everywhere and always."""
    digest = hashlib.sha256(f"hpo_exp/{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _no_store(guarded: Guarded, reason: str) -> StudyError:
    return StudyError(
        f"{guarded.setting}={shown_url(guarded.url)} cannot be opened ({reason}): choose another "
        f"one"
    )
