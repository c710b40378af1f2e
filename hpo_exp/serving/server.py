"""The service's process: a socket, the application, and the thread that follows the champion."""

import contextlib
import logging
import socket
import sys

import uvicorn

from hpo_exp.errors import ConfigError
from hpo_exp.export.saved_model_reader import limit_threads
from hpo_exp.serving.app import build_app
from hpo_exp.serving.champion import ChampionKeeper
from hpo_exp.serving.config import ServeConfig
from hpo_exp.serving.metrics import Metrics
from hpo_exp.serving.service import Service
from hpo_exp.stores import check_store
from hpo_exp.tracking.mlflow_store import Tracker
from hpo_exp.tracking.registry import Registry

log = logging.getLogger(__name__)

SWITCH_SECONDS = 0.001
"""How long a thread may keep the interpreter from another: loading a champion takes seconds of it,
and requests go on meanwhile."""
IDLE_SECONDS = 75
"""How long a connection that asks nothing is kept; longer than most balancers keep theirs."""


def run_server(config: ServeConfig) -> None:
    """Serve until Ctrl-C or a polite kill; requests under way are answered first.

    Raises:
        UserError: the address or the tracking store cannot be used.
    """
    serving = config.serving
    check_store("tracking.uri", config.tracking.uri)
    with contextlib.closing(_listen(serving.host, serving.port)) as listening:
        sys.modules.setdefault("jax", None)  # type: ignore[arg-type]  # TensorFlow tries it, unused
        limit_threads(serving.threads)
        sys.setswitchinterval(SWITCH_SECONDS)
        metrics = Metrics()
        service = Service(serving, metrics)
        registry = Registry(Tracker(config.tracking), config.name)
        keeper = ChampionKeeper(registry, serving.cache, service.take, metrics.failures.inc)
        server = uvicorn.Server(
            uvicorn.Config(
                build_app(service, metrics, serving),
                access_log=False,
                log_level="warning",
                limit_concurrency=serving.connections,
                timeout_keep_alive=IDLE_SECONDS,
                timeout_graceful_shutdown=int(serving.request_seconds),
                server_header=False,
            )
        )
        keeper.follow(serving.poll_seconds)
        host, port = listening.getsockname()[:2]
        log.info("the champion of %s is served on http://%s:%d", config.name, host, port)
        try:
            # It passes the signal that ended it on; by then everything is answered.
            with contextlib.suppress(KeyboardInterrupt):
                server.run(sockets=[listening])
        finally:
            keeper.stop()
            service.close()


def _listen(host: str, port: int) -> socket.socket:
    """A socket that listens on an address.

    Raises:
        ConfigError: it cannot be had.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError as error:
        raise ConfigError(
            f"serving.host={host} serving.port={port} cannot be listened on: {error.strerror}"
        ) from error
    return listening
