"""The schema of `conf/data.yaml`."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from hpo_exp.config import DataConfig, Section


class DataCommandConfig(Section):
    """Everything `python -m hpo_exp.data` reads."""

    data: DataConfig
    output: Path = Field(description="folder of the table, its checks and its page")
    show: Literal["summary", "hours"] = Field(
        description="print each finding in one line, or with every stretch of hours it is about"
    )
    outputs: Path = Field(description="root of everything that commands leave")
