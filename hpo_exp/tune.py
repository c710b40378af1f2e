"""Search, refit, export and score: `python -m hpo_exp.tune [overrides]`."""

from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from hpo_exp.command import discard_run, read_config, run_command
from hpo_exp.config import TuneConfig
from hpo_exp.errors import SweepError, UserError


def tune(composed: DictConfig) -> None:
    """Read the configuration, then import what trains and run the session."""
    run_directory = Path(HydraConfig.get().runtime.output_dir)
    try:
        config = read_config(composed, TuneConfig)
        from hpo_exp.models.backend import select_backend

        select_backend(config.trainer.backend, config.trainer.compilation_cache)
        from hpo_exp.tuning.session import run_session

        run_session(config, run_directory)
    except SweepError:
        raise
    except UserError:
        discard_run(run_directory)  # nothing was begun, so nothing is left behind
        raise


if __name__ == "__main__":
    run_command(tune, "tune")
