"""Promote a run's model, or roll back: `python -m hpo_exp.promote run=… [overrides]`."""

import os

from omegaconf import DictConfig, open_dict

from hpo_exp.command import read_config, run_command
from hpo_exp.lifecycle.config import PromoteConfig

_OF_TUNE = ("cv", "study", "trainer")
"""What conf/data/*.yaml says to `tune` alone."""


def promote(composed: DictConfig) -> None:
    """Read the configuration, then import what examines a model, and run the session."""
    with open_dict(composed):
        for name in _OF_TUNE:
            composed.pop(name, None)
    config = read_config(composed, PromoteConfig)
    os.environ["KERAS_BACKEND"] = "tensorflow"  # both forms of the model are asked by TensorFlow
    from hpo_exp.lifecycle.session import run_promotion

    run_promotion(config)


if __name__ == "__main__":
    run_command(promote, "promote")
