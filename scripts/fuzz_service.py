"""Malformed requests to a running service, made from its own description by schemathesis.

    python scripts/fuzz_service.py http://127.0.0.1:8000 --requests 10000 --pid PID

Half of them break the description on purpose, the others keep to it and mean nothing; some are no
JSON at all. It counts the answers by status, and fails where one is a 5xx or does not come. With
--pid it also says how much memory the service took before and after.
"""

import argparse
import json
import random
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.result import Err

RAW = (
    b"", b"{", b"null", b"[]", b"NaN", b'{"timestamp": [NaN]}', b"\xff\xfe", b"[" * 100_000,
    b'{"load_mw": [1e999], "supply_mw": {}}', b'{"load_mw": [1], "supply_mw": {"\\ud800": [1]}}',
    b'{"timestamp": ["9999-12-31T23:00:00"], "columns": {"x": [1]}}', b'"' + b"a" * 2_000_000,
)  # fmt: skip
"""Bodies that no description leads to."""
EXAMPLES = 100
"""Requests that hypothesis makes of one operation at a time; then it begins anew."""


class Fuzz:
    """Sends requests, and counts the answers."""

    def __init__(self, url: str, token: str | None) -> None:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self.client = httpx.Client(base_url=url, timeout=30, headers=headers)
        self.statuses: Counter[int] = Counter()
        self.bad: list[str] = []

    def send(self, method: str, path: str, **request: object) -> None:
        """Send one, and note what comes."""
        try:
            answer = self.client.request(method, path, **request)  # type: ignore[arg-type]
        except httpx.InvalidURL:
            return  # not even a request
        except httpx.TransportError as error:
            self.statuses[0] += 1
            self.bad.append(f"{method} {path}: {error!r}")
            return
        self.statuses[answer.status_code] += 1
        if answer.status_code >= 500:
            self.bad.append(f"{method} {path} {request}: {answer.status_code} {answer.text[:200]}")

    @property
    def sent(self) -> int:
        """How many were."""
        return sum(self.statuses.values())


def fuzz(url: str, requests: int, token: str | None, start: int) -> Fuzz:
    """Send so many requests."""
    sender = Fuzz(url, token)
    schema = schemathesis.openapi.from_dict(sender.client.get("/openapi.json").json())
    operations = []
    for found in schema.get_all_operations():
        if isinstance(found, Err):
            raise found.err()
        operations.append(found.ok())
    draw = random.Random(start)  # noqa: S311 - no secret
    for number in _numbers(start):
        for operation in operations:
            mode = GenerationMode.NEGATIVE if number % 2 else GenerationMode.POSITIVE
            _send_examples(sender, operation, mode, number)
            if operation.method.upper() == "POST":
                kind = draw.choice(("application/json", "text/plain", ""))
                headers = {"content-type": kind} if kind else {}
                sender.send("POST", operation.path, content=draw.choice(RAW), headers=headers)
            if sender.sent >= requests:
                return sender
    return sender


def _numbers(start: int) -> Iterator[int]:
    while True:
        yield start
        start += 1


def _send_examples(sender: Fuzz, operation: object, mode: GenerationMode, number: int) -> None:
    strategy = operation.as_strategy(generation_mode=mode)  # type: ignore[attr-defined]
    try:

        @seed(number)
        @settings(
            max_examples=EXAMPLES,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=strategy)
        def send(case: object) -> None:
            request = case.as_transport_kwargs()  # type: ignore[attr-defined]
            keep = ("params", "json", "data", "content", "headers", "cookies")
            given_ = {key: request[key] for key in keep if request.get(key) is not None}
            if isinstance(given_.get("data"), bytes | str):
                given_["content"] = given_.pop("data")
            sender.send(request["method"], operation.path, **given_)  # type: ignore[attr-defined]

        send()
    except Unsatisfiable:
        return  # a request without a body has nothing to break


def main() -> None:
    """Send the requests, print what came back, and fail where something broke."""
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(prog="fuzz_service.py", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--token")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pid", type=int, help="process of the service, to see its memory")
    said = parser.parse_args()
    before = _resident_mb(said.pid)
    sender = fuzz(said.url, said.requests, said.token, said.seed)
    statuses = {str(status): count for status, count in sorted(sender.statuses.items())}
    found = {
        "requests": sender.sent,
        "statuses": statuses,
        "resident_mb": [before, _resident_mb(said.pid)],
    }
    print(json.dumps(found))
    for line in sender.bad[:10]:
        print(line, file=sys.stderr)
    sys.exit(1 if sender.bad else 0)


def _resident_mb(pid: int | None) -> float | None:
    if pid is None:
        return None
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return round(pages * 4096 / 2**20, 1)


if __name__ == "__main__":
    main()
