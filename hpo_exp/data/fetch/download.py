"""A file from a publisher: attempted patiently, verified, and only then put in its place."""

import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from hpo_exp.config import HttpConfig
from hpo_exp.data.fetch.record import Record, is_whole, read_record, write_record
from hpo_exp.data.fetch.server import Advance, Passing, UnavailableError, Unchanged, pull
from hpo_exp.errors import DataError
from hpo_exp.files import sha256

_LEAST_SHARE = 0.5
"""Share of the last version's size below which a new one is taken for damaged: files grow."""

_MD5 = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Wanted:
    """A file to have.

    Attributes:
        url: where it is.
        path: where it is to lie.
        check: raises DataError if a file of this content (first argument) is not what it should
            be; it is told the name to call it by.
        secret: a part of the address that nobody is to see, or ''.
    """

    url: str
    path: Path
    check: Callable[[Path, str], None]
    secret: str = ""

    @property
    def shown(self) -> str:
        """The address as people may see it."""
        return self.url.replace(self.secret, "***") if self.secret else self.url


def download(client: httpx.Client, wanted: Wanted, config: HttpConfig, advance: Advance) -> bool:
    """Have the newest version of a file.

    The body goes to a file of its own, is checked for its length, its MD5 (where the ETag is
    one) and its content, and replaces the one at hand only if all are right; an attempt that
    breaks off is gone on with by the next one, in this run or a later one.

    Returns:
        Whether the file at hand is a new one: False where the server has no newer.

    Raises:
        DataError: the file cannot be had; one that is at hand stays as it is.
    """
    path = wanted.path
    path.parent.mkdir(parents=True, exist_ok=True)
    known = read_record(path)
    etag = known.etag if known and known.url == wanted.shown and is_whole(path, known) else ""
    part = path.with_name(f".{path.name}.part")
    deadline = time.monotonic() + config.deadline_s
    patient = Retrying(
        retry=retry_if_exception_type(Passing),
        stop=lambda state: (
            stop_after_attempt(config.attempts)(state) or time.monotonic() > deadline
        ),
        wait=lambda state: _pause(state, config),
        reraise=True,
    )
    try:
        found = patient(_attempt, client, wanted, part, etag, deadline, advance)
    except Unchanged:
        _discard(part)
        return False
    except Passing as error:
        raise UnavailableError(
            f"{wanted.shown} cannot be fetched: {error} ({config.attempts} attempts); try again "
            "later, or put the file below data.root yourself"
        ) from error
    digest, size = sha256(part), part.stat().st_size
    if etag and known and size < known.size * _LEAST_SHARE:
        _discard(part)
        raise UnavailableError(
            f"{wanted.shown} has shrunk from {known.size:,} to {size:,} bytes: the file at hand is "
            f"kept; delete {path.name} to take the new one"
        )
    part.replace(path)
    _discard(part)
    fetched = datetime.now(UTC).isoformat(timespec="seconds")
    write_record(path, Record(wanted.shown, found, digest, size, fetched))
    return True


def _attempt(
    client: httpx.Client,
    wanted: Wanted,
    part: Path,
    etag: str,
    deadline: float,
    advance: Advance,
) -> str:
    """Pull once and verify; what is wrong is thrown away, so that the next attempt begins anew."""
    found = pull(client, wanted.url, wanted.shown, part, etag, deadline, advance)
    if _MD5.fullmatch(found):
        with part.open("rb") as file:
            md5 = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
        if md5 != found:
            _discard(part)
            raise Passing(f"the body's MD5 is {md5}, the ETag says {found}")
    try:
        wanted.check(part, wanted.path.name)
    except DataError:
        _discard(part)
        raise
    return found


def _pause(state: RetryCallState, config: HttpConfig) -> float:
    """Seconds before the next attempt: doubled each time, or what the server asks for."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.wait_s if isinstance(error, Passing) else None
    doubled = config.wait_s * 2.0 ** (state.attempt_number - 1)
    return min(config.longest_wait_s, doubled if asked is None else asked)


def _discard(part: Path) -> None:
    part.unlink(missing_ok=True)
    part.with_name(f"{part.name}.etag").unlink(missing_ok=True)
