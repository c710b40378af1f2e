"""Search, refit, export and score: `python -m hpo_exp.tune [overrides]`."""

from pathlib import Path

from omegaconf import DictConfig

from hpo_exp.command import read_config, run_command
from hpo_exp.config import TuneConfig


def tune(composed: DictConfig) -> None:
    """Read the configuration, then import what trains and run the session."""
    from hydra.core.hydra_config import HydraConfig

    config = read_config(composed, TuneConfig)
    run_directory = Path(HydraConfig.get().runtime.output_dir)
    from hpo_exp.models.backend import select_backend

    select_backend(config.trainer.backend, config.trainer.compilation_cache)
    from hpo_exp.tuning.session import run_session

    run_session(config, run_directory)


if __name__ == "__main__":
    run_command(tune, "tune")
