"""Questions to the service's application, without a network between."""

import asyncio
from typing import Any

import httpx
import pandas as pd

from hpo_exp.config.serving import ServingConfig
from hpo_exp.serving.app import build_app
from hpo_exp.serving.metrics import Metrics
from hpo_exp.serving.service import Service
from tests.promoting import seed_hours

NOW = "2025-09-26T17:30:00"
"""UTC: half an hour after the end of the notebook's last hour, at its offset of -3."""


class Caller:
    """Asks the application."""

    def __init__(self, service: Service, metrics: Metrics, config: ServingConfig) -> None:
        self.app = build_app(service, metrics, config)

    def many(self, requests: list[tuple[str, str, dict[str, Any]]]) -> list[httpx.Response]:
        """Ask several things at once."""

        async def ask() -> list[httpx.Response]:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
                return await asyncio.gather(
                    *(client.request(method, path, **sent) for method, path, sent in requests)
                )

        return asyncio.run(ask())

    def get(self, path: str, **sent: Any) -> httpx.Response:
        return self.many([("GET", path, sent)])[0]

    def post(self, path: str, question: object, **sent: Any) -> httpx.Response:
        return self.many([("POST", path, {"json": question, **sent})])[0]

    def refused(self, path: str, question: object) -> str:
        """The sentence of a 422."""
        answer = self.post(path, question)
        assert answer.status_code == 422, answer.text
        detail = answer.json()["detail"]
        assert isinstance(detail, str)
        return detail


def question(hours: pd.DataFrame | None = None, **more: object) -> dict[str, Any]:
    """The body of a question about the notebook's last hours."""
    frame = seed_hours() if hours is None else hours
    columns = frame.drop(columns="timestamp")
    return {
        "timestamp": [time.isoformat() for time in frame["timestamp"]],
        "columns": {
            name: [None if pd.isna(value) else value for value in columns[name]] for name in columns
        },
        **more,
    }
