"""The lock that keeps a second coordinator off a study, and dies with the process that holds it."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from hpo_exp.config import StudyConfig, TuneConfig
from hpo_exp.errors import StudyError
from hpo_exp.stores import connect_options, database_url, is_postgresql, shown_url, sqlite_path

# The server itself notices a machine that is gone, and never mistakes a quiet one for it.
SERVER_SETTINGS = {
    "tcp_keepalives_idle": "60",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
    "idle_session_timeout": "0",
}


@contextmanager
def only_coordinator(config: TuneConfig) -> Iterator[None]:
    """Hold the study's lock: in PostgreSQL itself, or in a file beside another database.

    Raises:
        StudyError: another process runs this study, or the lock cannot be reached.
    """
    study = config.study
    lock = _advisory_lock(study) if is_postgresql(study.storage) else _file_lock(config)
    with lock as is_held:
        if not is_held:
            raise StudyError(
                f"study {study.name!r} is being run by another process; wait for it, or choose "
                f"another study.name"
            )
        yield


@contextmanager
def _file_lock(config: TuneConfig) -> Iterator[bool]:
    folder = _lock_folder(config)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _no_store(config.study, f"{error.strerror}: {error.filename}") from error
    lock = FileLock(folder / f"{config.study.name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def _lock_folder(config: TuneConfig) -> Path:
    """Beside the database, so that the lock guards the study from whatever outputs it is run."""
    path = sqlite_path(config.study.storage)
    if path is None:
        return config.outputs / "cache" / "locks"
    return path.with_name(f"{path.name}.locks")


@contextmanager
def _advisory_lock(study: StudyConfig) -> Iterator[bool]:
    """A lock that PostgreSQL keeps for as long as the connection lives."""
    connection = _connect(study)
    try:
        # Ends with the connection; no statement of it is ever left open.
        held = connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _key(study)})
        yield bool(held)
    finally:
        connection.close()


def _connect(study: StudyConfig) -> Connection:
    url = database_url(study.storage)
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
        raise _no_store(study, str(error).splitlines()[0]) from error
    return connection


def _key(study: StudyConfig) -> int:
    """64 bits of the study's name, the same everywhere and always."""
    digest = hashlib.sha256(f"hpo_exp/{study.name}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _no_store(study: StudyConfig, reason: str) -> StudyError:
    return StudyError(
        f"study.storage={shown_url(study.storage)} cannot be opened ({reason}): choose another one"
    )
