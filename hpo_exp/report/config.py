"""The schema of `conf/report.yaml`."""

from pathlib import Path

from pydantic import Field

from hpo_exp.config import Section


class ReportConfig(Section):
    """Everything `python -m hpo_exp.report` reads."""

    runs: list[Path] = Field(
        min_length=1,
        description="folders of finished runs; a study's stands for its newest finished run, a "
        "multirun's for the newest of each of its studies",
    )
    output: Path = Field(description="the page that compares several runs")
