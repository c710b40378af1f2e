"""One request to a publisher's server, and what its answer means."""

import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from hpo_exp.config import HttpConfig
from hpo_exp.errors import DataError

# It logs every address, with the token in it.
logging.getLogger("httpx").setLevel(logging.WARNING)

_TOTAL = re.compile(r"bytes \d+-\d+/(\d+)")

Advance = Callable[[int, int | None], None]
"""Called with the bytes that are there and the bytes expected, where the server says."""


class UnavailableError(DataError):
    """A server does not give a file: another attempt would not help."""


class NotPublishedError(UnavailableError):
    """The server has no such file."""


class Unchanged(Exception):  # noqa: N818 - no error: the copy at hand is the newest
    """The server's file is the one at hand."""


class Passing(Exception):  # noqa: N818 - not an error until it has happened too often
    """A failure that another attempt may get over.

    Attributes:
        wait_s: how long the server asked to wait (s), or None.
    """

    def __init__(self, reason: str, wait_s: float | None = None) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


@contextmanager
def open_client(config: HttpConfig) -> Iterator[httpx.Client]:
    """A client that calls itself as configured, and follows redirections."""
    # Compressed bodies would have neither the length nor the hash that the server names.
    headers = {"User-Agent": config.user_agent, "Accept-Encoding": "identity"}
    with httpx.Client(
        headers=headers, timeout=config.timeout_s, follow_redirects=True, max_redirects=5
    ) as client:
        yield client


def pull(
    client: httpx.Client,
    url: str,
    shown: str,
    part: Path,
    etag: str,
    deadline: float,
    advance: Advance,
) -> str:
    """Ask for a file and write its body to `part`, going on where an earlier attempt broke off.

    Args:
        client: the client.
        url: the address.
        shown: the address as messages name it.
        part: the unfinished file, and beside it `<part>.etag`, the version it is of.
        etag: the version at hand, or '' to have the file whatever it is.
        deadline: when to give up, by `time.monotonic()`.
        advance: told of the progress.

    Returns:
        The ETag of the whole file now in `part`, or ''.

    Raises:
        Unchanged: the server's version is the one at hand.
        NotPublishedError: there is no such file (404, 410).
        UnavailableError: the server refuses it (other 4xx) or answers with nothing (204).
        Passing: the connection broke, the body was cut, or the server is out of order.
    """
    version = part.with_name(f"{part.name}.etag")
    begun = part.stat().st_size if part.is_file() and version.is_file() else 0
    headers = {"If-None-Match": f'"{etag}"'} if etag else {}
    if begun:
        headers |= {"Range": f"bytes={begun}-", "If-Range": f'"{version.read_text()}"'}
    try:
        with client.stream("GET", url, headers=headers) as answer:
            _check_status(answer, shown)
            found = answer.headers.get("ETag", "").strip().removeprefix("W/").strip('"')
            resumed = answer.status_code == httpx.codes.PARTIAL_CONTENT and begun > 0
            total = _total(answer.headers, begun if resumed else 0)
            done = begun if resumed else 0
            if not resumed:
                part.unlink(missing_ok=True)
                version.unlink(missing_ok=True)
                if found:  # a cut body can only be gone on with where its version is known
                    version.write_text(found)
            with part.open("ab") as file:
                for chunk in answer.iter_raw():
                    file.write(chunk)
                    done += len(chunk)
                    advance(done, total)
                    if time.monotonic() > deadline:
                        raise UnavailableError(
                            f"{shown} is too slow: {done:,} bytes came in "
                            "data.publishers.http.deadline_s; raise it, or try again later (what "
                            "came is kept)"
                        )
    except httpx.TransportError as error:
        raise Passing(_reason(error)) from error
    except httpx.HTTPError as error:  # too many redirections, an undecodable answer
        raise UnavailableError(f"{shown} cannot be fetched: {_reason(error)}") from error
    except httpx.InvalidURL as error:
        raise UnavailableError(f"{shown} is no address: see data.publishers") from error
    if total is not None and done != total:
        raise Passing(f"the body has {done:,} bytes of {total:,}")
    return found


def _check_status(answer: httpx.Response, shown: str) -> None:
    code = answer.status_code
    if code in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT):
        return
    if code == httpx.codes.NOT_MODIFIED:
        raise Unchanged
    if code in (httpx.codes.NOT_FOUND, httpx.codes.GONE):
        raise NotPublishedError(
            f"{shown} does not exist ({code}): see data.publishers and data.start"
        )
    if code == httpx.codes.NO_CONTENT:
        raise UnavailableError(
            f"{shown} answers with nothing (204): a token, a day or an area is wrong, see "
            "data.publishers"
        )
    if code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
        raise Passing("the server has not the rest of the file (416)")
    if code in (httpx.codes.FORBIDDEN, httpx.codes.UNAUTHORIZED):
        raise UnavailableError(
            f"{shown} is refused ({code}): download the file in a browser and put it below "
            "data.root"
        )
    if code == httpx.codes.TOO_MANY_REQUESTS or code >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise Passing(f"the server answers {code}", _asked_wait(answer.headers))
    raise UnavailableError(f"{shown} cannot be fetched: the server answers {code}")


def _asked_wait(headers: Mapping[str, str]) -> float | None:
    said = headers.get("Retry-After", "")
    return float(said) if said.isdigit() else None


def _total(headers: Mapping[str, str], begun: int) -> int | None:
    """Size of the whole file, where the server says it."""
    if match := _TOTAL.fullmatch(headers.get("Content-Range", "")):
        return int(match[1])
    length = headers.get("Content-Length", "")
    return begun + int(length) if length.isdigit() else None


def _reason(error: Exception) -> str:
    said = str(error).splitlines()
    return f"{type(error).__name__}: {said[0]}" if said else type(error).__name__
