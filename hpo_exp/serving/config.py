"""The schema of `conf/serve.yaml`."""

from pathlib import Path

from pydantic import Field

from hpo_exp.config import Section, TrackingConfig
from hpo_exp.config.serving import ServingConfig


class ServeConfig(Section):
    """Everything `python -m hpo_exp.serve` reads."""

    serving: ServingConfig
    tracking: TrackingConfig
    name: str = Field(
        pattern=r"^[\w.,=+-]+$", description="registered model whose champion answers"
    )
    outputs: Path = Field(description="root of everything that commands leave")
