"""Settings of the HTTP service."""

import ipaddress
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator, model_validator

from hpo_exp.config.section import Section

Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]


class ServingConfig(Section):
    """The service."""

    host: str = Field(min_length=1, description="address to listen on; loopback by default")
    port: int = Field(ge=0, le=65535, description="port to listen on; 0 for any that is free")
    token: SecretStr | None = Field(
        description="what callers have to know (`Authorization: Bearer …`), best left in the "
        "environment; null on loopback alone"
    )
    cache: Path = Field(description="folder of fetched bundles")
    poll_seconds: Positive = Field(description="how often the registry is asked for its champion")
    stale_hours: Positive | None = Field(
        description="longest time since the end of the newest hour, or null for hours of the past"
    )
    request_bytes: Count = Field(description="largest request (bytes)")
    request_seconds: Positive = Field(description="longest time for one request, its body included")
    connections: Count = Field(description="most connections at once; others are told to come back")
    batch: Count = Field(description="most forecasts that are computed at once")
    threads: Count = Field(description="threads that TensorFlow computes on")

    @field_validator("token", mode="before")
    @classmethod
    def _no_empty_token(cls, value: object) -> object:
        return value or None

    @model_validator(mode="after")
    def _check(self) -> "ServingConfig":
        if self.token is None and not is_loopback(self.host):
            raise ValueError(
                f"host {self.host} can be reached from outside: set serving.token (or "
                f"HPO_EXP_TOKEN in the environment), or listen on 127.0.0.1"
            )
        return self


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
