"""Names for the scenarios of a `--multirun`, so that their studies do not collide."""

import re

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import OmegaConf


def register_scenario_resolver() -> None:
    """Let the configuration say `${scenario:}`: see `scenario_suffix`."""
    OmegaConf.register_new_resolver("scenario", scenario_suffix, replace=True)


def scenario_suffix() -> str:
    """What tells a scenario from its neighbours: its overrides, in a form a folder can bear.

    Empty outside a multirun. Overrides that the study's name shows anyway, or that do not change
    a result, are left out (`hydra.job.config.override_dirname.exclude_keys`).
    """
    if not HydraConfig.initialized() or HydraConfig.get().mode != RunMode.MULTIRUN:
        return ""
    overrides = HydraConfig.get().job.override_dirname
    return f"_{re.sub(r'[^a-zA-Z0-9_.,=+-]+', '-', overrides)}" if overrides else ""
