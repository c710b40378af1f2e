"""The configuration, composed as the command composes it; to be imported before Keras."""

from hydra import compose, initialize_config_dir

from hpo_exp.command import CONFIG_DIRECTORY, read_config
from hpo_exp.config import TuneConfig
from hpo_exp.models.backend import select_backend
from hpo_exp.scenario import register_scenario_resolver

select_backend("jax", None)


def configured(*overrides: str) -> TuneConfig:
    """`conf/` with overrides."""
    register_scenario_resolver()
    with initialize_config_dir(str(CONFIG_DIRECTORY), version_base="1.3"):
        return read_config(compose("tune", list(overrides)), TuneConfig)
