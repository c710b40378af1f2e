"""The real configuration, composed as the command composes it."""

from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf

from hpo_exp.command import CONFIG_DIRECTORY, read_config
from hpo_exp.config import TuneConfig
from hpo_exp.scenario import register_scenario_resolver


def composed(*overrides: str) -> DictConfig:
    register_scenario_resolver()
    with initialize_config_dir(str(CONFIG_DIRECTORY), version_base="1.3"):
        configuration = compose("tune", list(overrides))
        for key in ("root", "path"):  # data lie anywhere, so that no default can name them
            if OmegaConf.is_missing(configuration.data, key):
                configuration = compose("tune", [*overrides, f"data.{key}=/anywhere"])
    return configuration


def configured(*overrides: str) -> TuneConfig:
    return read_config(composed(*overrides), TuneConfig)
