"""The schema of `conf/promote.yaml`."""

from pathlib import Path

from pydantic import Field, model_validator

from hpo_exp.config import DataConfig, Section, TrackingConfig
from hpo_exp.config.promotion import PromotionConfig


class PromoteConfig(Section):
    """Everything `python -m hpo_exp.promote` reads."""

    data: DataConfig
    promotion: PromotionConfig
    tracking: TrackingConfig
    run: str | None = Field(
        description="what to promote: folder of a run or a study (which stands for its newest "
        "run), name of a study in outputs, or id of a study's MLflow run"
    )
    name: str | None = Field(
        pattern=r"^[\w.,=+-]+$", description="registered model, or null for the study's name"
    )
    reason: str = Field(max_length=500, description="why, for the log")
    who: str | None = Field(
        max_length=200, description="who, for the log, or null for the user who calls it"
    )
    dry_run: bool = Field(description="run the gates and say what would happen, and do nothing")
    rollback: bool = Field(description="go back to the champion before")
    outputs: Path = Field(description="root of everything that commands leave")

    @model_validator(mode="after")
    def _check(self) -> "PromoteConfig":
        if self.rollback and self.name is None and self.run is None:
            raise ValueError("rollback needs the registered model: give name, or a run of it")
        if not self.rollback and self.run is None:
            raise ValueError("run says what to promote: give a folder, a study or an MLflow run")
        return self
