"""The limits of conf/quality, for tests."""

from typing import Any

import yaml

from hpo_exp.command import CONFIG_DIRECTORY
from hpo_exp.config import QualityConfig


def limits(**repairs: Any) -> QualityConfig:
    """Return the configured limits, with some repairs."""
    text = (CONFIG_DIRECTORY / "quality" / "default.yaml").read_text(encoding="utf-8")
    values = yaml.safe_load(text)
    values["repairs"] |= repairs
    return QualityConfig.model_validate(values)
