"""What every request passes before the application sees it: token, size, time; and is counted by.

Plain ASGI, so that a request that is refused costs next to nothing.
"""

import asyncio
import hmac
import json
import time
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hpo_exp.config.serving import ServingConfig
from hpo_exp.serving.metrics import Metrics

OPEN = ("/health", "/ready")
"""Paths that need no token: whoever watches the service has none."""


class _TooLargeError(Exception):
    """The body is longer than allowed."""


class Gatekeeper:
    """Refuses what is too large, too slow or not allowed, and counts every answer.

    Args:
        app: the application.
        config: the limits, and the token.
        metrics: where answers are counted.
        paths: the application's own paths; all others are counted as one.
    """

    def __init__(
        self, app: ASGIApp, config: ServingConfig, metrics: Metrics, paths: frozenset[str]
    ) -> None:
        self._app, self._config = app, config
        self._metrics, self._paths = metrics, paths
        token = config.token and config.token.get_secret_value()
        self._expected = f"Bearer {token}".encode() if token else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, answer = time.perf_counter(), _Answer(send)
        try:
            async with asyncio.timeout(self._config.request_seconds):
                refusal = self._refusal(scope)
                if refusal is not None:
                    await answer.refuse(*refusal)
                else:
                    await self._app(scope, await self._body(receive), answer.send)
        except _TooLargeError:
            await answer.refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, self._too_large())
        except TimeoutError:
            limit = self._config.request_seconds
            await answer.refuse(
                HTTPStatus.REQUEST_TIMEOUT, f"the request took more than {limit:g} s"
            )
        path = scope["path"] if scope["path"] in self._paths else "other"
        self._metrics.requests.labels(path, str(answer.status)).inc()
        self._metrics.seconds.labels(path).observe(time.perf_counter() - started)

    def _refusal(self, scope: Scope) -> tuple[HTTPStatus, str] | None:
        """Why a request is refused by its head, or None."""
        headers = dict(scope["headers"])
        if self._expected is not None and scope["path"] not in OPEN:
            given = headers.get(b"authorization", b"")
            if not hmac.compare_digest(given, self._expected):
                return HTTPStatus.UNAUTHORIZED, "give the token: Authorization: Bearer …"
        length = headers.get(b"content-length", b"")
        if length.isdigit() and int(length) > self._config.request_bytes:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, self._too_large()
        return None

    def _too_large(self) -> str:
        return f"the request is larger than {self._config.request_bytes} bytes"

    async def _body(self, receive: Receive) -> Receive:
        """Read the body, no more of it than is allowed, whatever the head said; then hand it on.

        Raises:
            _TooLargeError: it is longer.
        """
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] != "http.request":  # the caller is gone
                return receive
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self._config.request_bytes:
                raise _TooLargeError
        whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return whole.pop() if whole else await receive()

        return replay


class _Answer:
    """Passes an answer on, and remembers its status."""

    def __init__(self, send: Send) -> None:
        self._send, self._begun = send, False
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self._begun = message["status"], True
        await self._send(message)

    async def refuse(self, status: HTTPStatus, detail: str) -> None:
        """Answer instead of the application, unless it has begun to."""
        if self._begun:
            return
        body = json.dumps({"detail": detail}).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
        ]
        if status == HTTPStatus.UNAUTHORIZED:
            headers.append((b"www-authenticate", b"Bearer"))
        if status in (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_TIMEOUT):
            headers.append((b"connection", b"close"))  # the rest of it is not wanted
        start = {"type": "http.response.start", "status": int(status), "headers": headers}
        await self.send(start)
        await self._send({"type": "http.response.body", "body": body})
