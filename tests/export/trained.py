"""Tiny trained networks, and the configuration that makes them."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hpo_exp.config import TuneConfig
from hpo_exp.data.load import load_table
from hpo_exp.data.table import HourlyTable
from hpo_exp.models.backend import select_backend
from tests.builders import with_runs
from tests.tuning.composing import configured

select_backend("jax", None)  # before anything below imports Keras

from hpo_exp.export.bundle import write_bundle  # noqa: E402 - after the backend
from hpo_exp.models.blend import Blend  # noqa: E402 - likewise
from hpo_exp.models.training import fit_for_epochs  # noqa: E402 - likewise
from hpo_exp.tuning.trial import prepare_split  # noqa: E402 - likewise
from hpo_exp.tuning.workspace import build_workspace  # noqa: E402 - likewise


@dataclass(frozen=True)
class Trained:
    """A tiny network, what it was trained on, and issue rows of the test period."""

    blend: Blend
    table: HourlyTable
    issues: np.ndarray
    config: TuneConfig


def train(*overrides: str) -> Trained:
    """Train a tiny network for one epoch on the notebook's data and a constant column.

    Weather forecasts are beside them, for those who ask.
    """
    tiny = ["model.units=4", "model.dense_units=3", "model.time_steps=6", "features.optional=[]"]
    config = configured("data=seed", *tiny, *overrides)
    table = load_table(config.data)
    table = with_runs(dataclasses.replace(table, frame=table.frame.assign(constant=1234.5)))
    workspace = build_workspace(table, config)
    training_set = prepare_split(workspace, workspace.test, workspace.fixed)
    fit = fit_for_epochs(training_set, config.trainer, epochs=1, seed=1)
    return Trained(Blend((fit,)), table, workspace.scored_issues(workspace.test), config)


def write(trained: Trained, folder: Path) -> Path:
    write_bundle(trained.blend, trained.table, folder, trained.issues, trained.config)
    return folder
