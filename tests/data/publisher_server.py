"""The publishers' servers on this machine: they serve files, and misbehave as told."""

import hashlib
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from hpo_exp.config import PublishersConfig

AGENT = "Mozilla/5.0 (a test)"


class Request(BaseHTTPRequestHandler):
    """One request, answered by the server's next behaviour for its path, or as it should be."""

    server: "PublisherServer"
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))
        if "Mozilla" not in self.headers.get("User-Agent", ""):
            reset(self)
            return
        misbehaviours = self.server.script.get(self.path.partition("?")[0], [])
        (misbehaviours.pop(0) if misbehaviours else serve)(self)

    def do_HEAD(self) -> None:
        self.server.asked.append((f"HEAD {self.path}", dict(self.headers)))
        self.answer(403, b"")

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        """Stay quiet."""


Behaviour = Callable[[Request], None]


class PublisherServer(ThreadingHTTPServer):
    """Serves `files` by path; `script` holds what goes wrong first, request by request."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Request)
        self.files: dict[str, bytes] = {}
        self.script: dict[str, list[Behaviour]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.stop_waiting = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, *arguments: Any) -> None:
        """Clients that hang up are part of the test."""


@contextmanager
def running_server() -> Iterator[PublisherServer]:
    with PublisherServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.stop_waiting.set()
        server.shutdown()
        thread.join()


def etag(body: bytes) -> str:
    return f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'


def serve(request: Request) -> None:
    """As S3 does: an MD5 as ETag, conditional requests, ranges."""
    body = request.server.files.get(request.path, None)
    if body is None:
        body = request.server.files.get(request.path.partition("?")[0])
    if body is None:
        request.answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        return
    tag = etag(body)
    if request.headers.get("If-None-Match") == tag:
        request.answer(304, b"", ETag=tag)
        return
    span = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
    if span and request.headers.get("If-Range") == tag:
        begin = int(span[1])
        if begin >= len(body):
            request.answer(416, b"")
            return
        told = f"bytes {begin}-{len(body) - 1}/{len(body)}"
        request.answer(206, body[begin:], ETag=tag, Content_Range=told)
        return
    request.answer(200, body, ETag=tag)


def reset(request: Request) -> None:
    """Tear the connection down, as INMET does to clients without a User-Agent."""
    linger = struct.pack("ii", 1, 0)
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    request.connection.close()
    request.close_connection = True


def status(code: int, body: bytes = b"", **headers: str) -> Behaviour:
    return lambda request: request.answer(code, body, **headers)


def says(body: bytes, **headers: str) -> Behaviour:
    """Answer 200 with something else."""
    return lambda request: request.answer(200, body, **headers)


def truncated(share: float) -> Behaviour:
    """Announce the whole body, send a part, and hang up."""

    def behave(request: Request) -> None:
        body = request.server.files[request.path.partition("?")[0]]
        request.send_response(200)
        request.send_header("Content-Length", str(len(body)))
        request.send_header("ETag", etag(body))
        request.end_headers()
        request.wfile.write(body[: int(share * len(body))])
        request.wfile.flush()
        request.close_connection = True
        request.connection.shutdown(socket.SHUT_WR)

    return behave


def cut_with_its_length(share: float) -> Behaviour:
    """Send a part and call it whole: only the ETag tells."""

    def behave(request: Request) -> None:
        body = request.server.files[request.path.partition("?")[0]]
        request.answer(200, body[: int(share * len(body))], ETag=etag(body))

    return behave


def wrong_etag(request: Request) -> None:
    body = request.server.files[request.path.partition("?")[0]]
    request.answer(200, body, ETag=etag(b"another"))


def stalled(request: Request) -> None:
    """Send half of the body, then nothing, for longer than anybody waits."""
    body = request.server.files[request.path.partition("?")[0]]
    request.send_response(200)
    request.send_header("Content-Length", str(len(body)))
    request.send_header("ETag", etag(body))
    request.end_headers()
    request.wfile.write(body[: len(body) // 2])
    request.wfile.flush()
    request.server.stop_waiting.wait(5)
    request.close_connection = True


def dripping(request: Request) -> None:
    """Send the body byte by byte: no pause is long, and there is no end."""
    body = request.server.files[request.path.partition("?")[0]]
    request.send_response(200)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    for byte in body:
        request.wfile.write(bytes([byte]))
        request.wfile.flush()
        time.sleep(0.02)


def redirected_forever(request: Request) -> None:
    request.server.script[request.path] = [redirected_forever]
    request.answer(302, b"", Location=request.path)


def publishers_at(url: str, **changes: Any) -> PublishersConfig:
    """Publishers that are all served at one address, and asked impatiently."""
    http = {
        "user_agent": AGENT, "timeout_s": 0.4, "deadline_s": 20, "attempts": 3,
        "wait_s": 0.01, "longest_wait_s": 0.05,
    }  # fmt: skip
    fields: dict[str, Any] = {
        "http": http | changes.pop("http", {}),
        "load": {"url": f"{url}/load/CURVA_CARGA_{{year}}.csv", "first_year": 2000},
        "balance": {
            "url": f"{url}/balance/BALANCO_ENERGIA_SUBSISTEMA_{{year}}.xlsx", "first_year": 2000,
        },
        "cmo": {"url": f"{url}/cmo/CMO_SEMIHORARIO_{{year}}.csv", "first_year": 2020},
        "weather": {"url": f"{url}/inmet/{{year}}.zip", "first_year": 2000},
        "load_api": {
            "url": f"{url}/api?dat_inicio={{start}}&dat_fim={{end}}&cod_areacarga={{area}}",
            "areas": {"N": "N", "NE": "NE", "S": "S", "SE": "SECO"}, "days": 30, "most_rows": 4944,
        },
        "weather_api": {
            "url": f"{url}/token/{{start}}/{{end}}/{{station}}/{{token}}", "token": None,
        },
        "price_page": f"{url}/price",
    }  # fmt: skip
    return PublishersConfig.model_validate(fields | changes)
