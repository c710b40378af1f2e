"""Serve the champion of a registered model over HTTP: `python -m hpo_exp.serve name=…`."""

from omegaconf import DictConfig

from hpo_exp.command import read_config, run_command
from hpo_exp.serving.config import ServeConfig


def serve(composed: DictConfig) -> None:
    """Read the configuration, then import what answers, and serve."""
    config = read_config(composed, ServeConfig)
    from hpo_exp.serving.server import run_server

    run_server(config)


if __name__ == "__main__":
    run_command(serve, "serve")
