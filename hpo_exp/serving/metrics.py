"""What the service counts, for Prometheus."""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
BATCH = (1, 2, 4, 8, 16, 32, 64, 128)


class Metrics:
    """The counters of one service."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        self.requests = Counter(
            "hpo_exp_requests", "Requests answered", ["path", "status"], registry=registry
        )
        self.seconds = Histogram(
            "hpo_exp_request_seconds",
            "Time from a request's first byte to its answer's last",
            ["path"],
            registry=registry,
            buckets=SECONDS,
        )
        self.batch = Histogram(
            "hpo_exp_batch_forecasts",
            "Forecasts computed at once",
            registry=registry,
            buckets=BATCH,
        )
        self.version = Gauge(
            "hpo_exp_champion_version", "Version that serves, 0 for none", registry=registry
        )
        self.loads = Counter("hpo_exp_champion_loads", "Champions loaded", registry=registry)
        self.failures = Counter(
            "hpo_exp_champion_failures",
            "Looks at the registry that ended in an error",
            registry=registry,
        )
