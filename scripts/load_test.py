"""Load of a running service: single forecasts at a steady rate, and how long each of them takes.

    python scripts/load_test.py http://127.0.0.1:8000 hours.json --rate 500 --seconds 30

The rate does not wait for answers, and a request's time counts from when it was due, so that a
service that falls behind cannot hide it. `hours.json` is the body of a `POST /v1/forecast`.
"""

import argparse
import asyncio
import json
import math
import re
import time
from collections import Counter, deque
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

PATH = "/v1/forecast"
_LENGTH = re.compile(rb"(?i)content-length: *(\d+)")


class Connection(asyncio.Protocol):
    """A connection that is kept open: one request at a time, those that are due wait in line."""

    def __init__(self, request: bytes, load: "Load") -> None:
        self._request, self._load = request, load
        self._due: deque[float] = deque()
        self._received = b""
        self._transport: asyncio.Transport | None = None

    @property
    def waiting(self) -> int:
        """Requests that are under way or in line."""
        return len(self._due)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def ask(self, due: float) -> None:
        """Send a request that is due now, or as soon as the one before it is answered."""
        self._due.append(due)
        if len(self._due) == 1:
            self._write()

    def data_received(self, data: bytes) -> None:
        """Take an answer, and send what waits."""
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found:
            return
        length = _LENGTH.search(head)
        if length is None or len(body) < int(length[1]):
            return
        status = int(head.split(b" ", 2)[1])
        self._load.note(status, time.perf_counter() - self._due.popleft(), body)
        self._received = b""
        if self._due:
            self._write()

    def connection_lost(self, error: Exception | None) -> None:
        """Requests that are not answered any more have failed."""
        del error
        self._transport = None
        for _ in self._due:
            self._load.note(0, float("nan"), b"")
        self._due.clear()

    def _write(self) -> None:
        if self._transport is None or self._transport.is_closing():
            self._due.clear()
            self._load.note(0, float("nan"), b"")
            return
        self._transport.write(self._request)


class Load:
    """What was sent, and what came back."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.versions: Counter[int] = Counter()
        self.seconds: list[float] = []

    def note(self, status: int, seconds: float, body: bytes) -> None:
        """Note an answer; status 0 for none."""
        self.statuses[status] += 1
        self.seconds.append(seconds)
        if status == 200:
            self.versions[json.loads(body)["model"]["version"]] += 1


async def run(url: str, body: bytes, rate: float, seconds: float, connections: int) -> Load:
    """Send requests at a rate (a second) for some seconds."""
    address = urlsplit(url)
    host, port = address.hostname or "127.0.0.1", address.port or 80
    request = (
        f"POST {PATH} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body
    load, loop = Load(), asyncio.get_running_loop()
    pool = deque(
        [
            (await loop.create_connection(lambda: Connection(request, load), host, port))[1]
            for _ in range(connections)
        ]
    )
    started = time.perf_counter()
    total = int(rate * seconds)
    sent = 0
    while sent < total:
        now = time.perf_counter()
        while sent < total and started + sent / rate <= now:
            # In turn among those with least to do, so that none is closed for idling.
            least = min(connection.waiting for connection in pool)
            while pool[0].waiting > least:
                pool.rotate(-1)
            pool[0].ask(started + sent / rate)
            pool.rotate(-1)
            sent += 1
        await asyncio.sleep(0.001)
    deadline = time.perf_counter() + 30
    while sum(load.statuses.values()) < total and time.perf_counter() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    load.statuses[0] += total - sum(load.statuses.values())  # never answered
    return load


def report(load: Load, rate: float, seconds: float) -> dict[str, object]:
    """The figures of a load, times in ms."""
    times = 1000 * np.array([value for value in load.seconds if not math.isnan(value)])
    quantiles = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999, "max": 1.0}
    return {
        "rate": rate,
        "seconds": seconds,
        "requests": sum(load.statuses.values()),
        "statuses": {str(status): count for status, count in load.statuses.items() if count},
        "versions": {str(version): count for version, count in sorted(load.versions.items())},
        **{
            f"{name}_ms": round(float(np.quantile(times, level)), 2) if len(times) else None
            for name, level in quantiles.items()
        },
    }


def main() -> None:
    """Send the load, and print its figures as JSON."""
    parser = argparse.ArgumentParser(prog="load_test.py", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("body", type=Path, help="JSON of a question")
    parser.add_argument("--rate", type=float, default=500, help="requests a second")
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--connections", type=int, default=16)
    given = parser.parse_args()
    body = given.body.read_bytes()
    load = asyncio.run(run(given.url, body, given.rate, given.seconds, given.connections))
    print(json.dumps(report(load, given.rate, given.seconds)))


if __name__ == "__main__":
    main()
