"""The schema of `conf/data.yaml`."""

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from hpo_exp.config import DataConfig, Section


class DataCommandConfig(Section):
    """Everything `python -m hpo_exp.data` reads."""

    data: DataConfig
    output: Path = Field(description="folder of the table, its checks and its page")
    show: Literal["summary", "hours"] = Field(
        description="print each finding in one line, or with every stretch of hours it is about"
    )
    outputs: Path = Field(description="root of everything that commands leave")

    @model_validator(mode="after")
    def _check(self) -> "DataCommandConfig":
        if self.data.subsystem not in self.data.subsystems:
            raise ValueError(
                f"data.subsystem is {self.data.subsystem!r}: choose "
                f"{', '.join(self.data.subsystems)}"
            )
        return self
