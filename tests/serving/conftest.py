from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hpo_exp.config.serving import ServingConfig
from hpo_exp.export.manifest import load_manifest
from hpo_exp.export.saved_model_reader import SavedModelReader
from hpo_exp.serving.champion import Champion
from hpo_exp.serving.metrics import Metrics
from hpo_exp.serving.service import Service
from hpo_exp.serving.traced_inputs import fast_inputs
from tests.serving.asking import NOW, Caller


@pytest.fixture(scope="session")
def bundle(finished_run: Path) -> Path:
    return finished_run / "best"


@pytest.fixture(scope="session")
def champion(bundle: Path) -> Champion:
    manifest = load_manifest(bundle)
    return Champion("load", 7, manifest, fast_inputs(manifest), SavedModelReader(bundle))


def config(**changes: object) -> ServingConfig:
    values = {
        "host": "127.0.0.1", "port": 0, "token": None, "cache": "cache", "poll_seconds": 1,
        "stale_hours": 3, "request_bytes": 100_000, "request_seconds": 1, "connections": 10,
        "batch": 8, "threads": 1,
    }  # fmt: skip
    return ServingConfig.model_validate(values | changes)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def service(metrics: Metrics, champion: Champion) -> Iterator[Service]:
    service = Service(
        config(), metrics, clock=lambda: datetime.fromisoformat(NOW).replace(tzinfo=UTC)
    )
    service.take(champion)
    yield service
    service.close()


@pytest.fixture
def caller(service: Service, metrics: Metrics) -> Caller:
    return Caller(service, metrics, config())
