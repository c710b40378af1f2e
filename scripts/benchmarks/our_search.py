"""The same search, ours: `python our_search.py CONFIG OUTPUT`, as `naive_loop.py`.

CONFIG is {overrides, seeds}. The clock runs until both stores know everything. Imports are in
neither loop's clock: ours starts when the workers have had time for theirs. Nor are the
databases, which are created once for all studies. Every compilation is in both.
"""

import json
import statistics
import sys
import time
from contextlib import closing
from pathlib import Path

from settings import configured

from hpo_exp.data.load import load_table
from hpo_exp.features.windows import actual_load, target_rows
from hpo_exp.models.backend import select_backend
from hpo_exp.models.training import fit_for_epochs
from hpo_exp.tracking.mlflow_store import Tracker
from hpo_exp.tuning.coordinator import Coordinator
from hpo_exp.tuning.optuna_store import open_study
from hpo_exp.tuning.progress import sweep_progress
from hpo_exp.tuning.record import StudyRecord
from hpo_exp.tuning.selection import Finalist, select_winner
from hpo_exp.tuning.trial import prepare_split
from hpo_exp.tuning.worker_pool import ProcessExecutor
from hpo_exp.tuning.workspace import Workspace, build_workspace
from hpo_exp.validation.scoring import score_steps

IMPORT_SECONDS = 15.0


def run(overrides: list[str], seeds: int) -> dict[str, object]:
    """Search, then refit the best trial over `seeds` seeds."""
    config = configured(*overrides)
    select_backend("jax", config.trainer.compilation_cache)

    table = load_table(config.data)
    workspace = build_workspace(table, config)
    study = open_study(config, table.sha256)
    tracker = Tracker(config.tracking)
    with closing(ProcessExecutor(workspace, config.executor)) as executor:
        executor.start()
        time.sleep(IMPORT_SECONDS)
        started = time.monotonic()
        with closing(StudyRecord(study, tracker, {})) as record:
            with sweep_progress(study, config.study.trials) as progress:
                Coordinator(study, workspace, executor, record, progress).run()
            assert record.flush(60)
        seconds = time.monotonic() - started
        winner = select_winner(study, workspace, executor)
    states = [trial.state.name.lower() for trial in study.trials]
    errors = [_refit(workspace, winner, seed) for seed in range(seeds)]
    return {
        "seconds": seconds,
        "rmse": statistics.fmean(errors) if errors else None,
        "params": study.best_params,
        "states": {state: states.count(state) for state in set(states)},
        "durations": [
            sum(fold["seconds"] for fold in trial.user_attrs["folds"].values())
            for trial in study.trials
        ],
    }


def _refit(workspace: Workspace, winner: Finalist, seed: int) -> float:
    """RMSE (MW) of the winner on the test year, refitted with a seed."""
    split, config = workspace.test, workspace.config
    training_set = prepare_split(workspace, split, winner.hyperparameters)
    fit = fit_for_epochs(training_set, config.trainer, winner.epochs, seed)
    issues = workspace.scored_issues(split)
    scored = split.scored_targets(target_rows(issues, workspace.inputs.horizon))
    actual = actual_load(workspace.inputs, issues)
    return score_steps(actual, fit.forecast(issues), scored, config.scored_steps).rmse_mw


if __name__ == "__main__":
    settings = json.loads(Path(sys.argv[1]).read_text())
    Path(sys.argv[2]).write_text(json.dumps(run(settings["overrides"], settings["seeds"])))
