"""One fold of one trial: the unit of work of a search."""

import math
import time
from dataclasses import dataclass, replace

from hpo_exp.data.table import TARGET
from hpo_exp.dispatch.reserve import Forecast
from hpo_exp.features.windows import actual_load, target_rows
from hpo_exp.models.hyperparameters import Hyperparameters
from hpo_exp.models.training import fit
from hpo_exp.models.training_set import TrainingSet, prepare
from hpo_exp.tuning.commitments import dispatch_fold, dispatched_period, find_commitments
from hpo_exp.tuning.fidelity import Fidelity
from hpo_exp.tuning.objective import FoldDispatch
from hpo_exp.tuning.seeds import derive_seed
from hpo_exp.tuning.workspace import Workspace
from hpo_exp.validation.folds import Split
from hpo_exp.validation.scoring import score_steps


@dataclass(frozen=True)
class FoldTask:
    """Train and score one network.

    Attributes:
        trial: the trial's number.
        fold: the fold's index, from 0.
        repeat: 0 in the search; 1, 2, … where a finalist is evaluated again.
        hyperparameters: what to train.
        fidelity: how thoroughly.
    """

    trial: int
    fold: int
    repeat: int
    hyperparameters: Hyperparameters
    fidelity: Fidelity

    @property
    def key(self) -> str:
        """What tells this task from the others of its trial, for stores."""
        return f"{self.fold}/{self.fidelity.epochs}/{self.fidelity.history:g}"

    @property
    def name(self) -> str:
        """What the log calls it."""
        return f"trial {self.trial}, fold {self.fold + 1}"

    def run(self, workspace: Workspace) -> "FoldResult":
        """Train and score it."""
        return run_fold(workspace, self)


@dataclass(frozen=True)
class FoldResult:
    """What one fold came to.

    Attributes:
        task: what was asked.
        rmse: RMSE (MW) of the scored series on the fold's scored hours and steps.
        epochs: the best epoch.
        seconds: wall time.
        dispatch: what its forecasts did to the dispatch, where the study asks.
    """

    task: FoldTask
    rmse: float
    epochs: int
    seconds: float
    dispatch: FoldDispatch | None = None


def prepare_split(
    workspace: Workspace, split: Split, hyperparameters: Hyperparameters, history: float = 1.0
) -> TrainingSet:
    """Scale a split's training part for the network that is to learn from it.

    Args:
        workspace: the experiment.
        split: the split.
        hyperparameters: the network.
        history: share of the training part, the newest, in (0, 1].
    """
    start = split.train_stop - math.ceil((split.train_stop - split.train_start) * history)
    shortened = replace(split, train_start=start)
    return prepare(
        workspace.inputs,
        workspace.matrix,
        slice(start, split.train_stop),
        workspace.training_issues(shortened),
        hyperparameters,
    )


def run_fold(workspace: Workspace, task: FoldTask) -> FoldResult:
    """Train on a fold's past and score what follows.

    Raises:
        TrainingDivergedError: the loss is no longer a number.
        DispatchError: a dispatch program has no solution, or none was found.
    """
    started = time.monotonic()
    split, inputs, config = workspace.folds[task.fold], workspace.inputs, workspace.config
    fidelity = task.fidelity
    training_set = prepare_split(workspace, split, task.hyperparameters, fidelity.history)
    seed = derive_seed(config.study.seed, "fold", task.trial, task.fold, task.repeat)
    trained = fit(training_set, config.trainer, fidelity.epochs, seed)
    issues = workspace.scored_issues(split)
    targets = target_rows(issues, inputs.horizon)
    scored, actual = split.scored_targets(targets), actual_load(inputs, issues)
    forecasts = trained.forecast_all(issues)
    scores = score_steps(
        actual_load(workspace.scored.inputs, issues),
        forecasts[config.cv.scored_target],
        scored,
        config.scored_steps,
    )
    dispatch = None
    if workspace.dispatched is not None and config.dispatch is not None:
        commitments = find_commitments(targets, scored, actual, config.scored_steps)
        delays = config.features.publication_delay
        period = dispatched_period(workspace.dispatched, config.dispatch, commitments, delays)
        foreseen = {name: values[commitments.places] for name, values in forecasts.items()}
        supply = {name: foreseen[name] for name in config.dispatch.supply if name in foreseen}
        forecast = Forecast(foreseen[TARGET], supply)
        dispatch = dispatch_fold(period, forecast, config.dispatch)
    return FoldResult(task, scores.rmse_mw, trained.epochs, time.monotonic() - started, dispatch)
