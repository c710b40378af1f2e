"""What all trials of a study share: inputs, folds and the issue times every trial can read."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from hpo_exp.config import TuneConfig
from hpo_exp.data.table import TARGET, HourlyTable
from hpo_exp.errors import DataError
from hpo_exp.features.gaps import NEVER
from hpo_exp.features.inputs import Inputs, build_inputs
from hpo_exp.features.readable import readable_issues
from hpo_exp.features.windows import Reference, feature_matrix
from hpo_exp.models.hyperparameters import Hyperparameters
from hpo_exp.spans import DAY
from hpo_exp.tuning.fidelity import Ladder, build_ladder
from hpo_exp.tuning.objective import Objective, build_objective
from hpo_exp.tuning.space import Space, build_space, candidates
from hpo_exp.validation.folds import Split, make_folds, make_test_split

BASELINE_REFERENCES: tuple[Reference, ...] = ("last_hour", "day", "week")


@dataclass(frozen=True)
class Workspace:
    """The part of an experiment that no trial changes.

    Attributes:
        config: the experiment's configuration.
        fixed: hyperparameters where the search does not vary them.
        space: those it does.
        inputs: the experiment's inputs; `matrix` their feature matrix.
        time_steps: the longest window of the search.
        trainable: issue rows that read no gap too long for training, shape (rows + 1,).
        folds: the folds, in time.
        ladder: what each trial has to pass.
        test: the final split.
        objective: what trials are judged by.
        dispatched: what trials are dispatched on, where the objective asks for it, or None.
    """

    config: TuneConfig
    fixed: Hyperparameters
    space: Space
    inputs: Inputs
    matrix: np.ndarray
    time_steps: int
    trainable: np.ndarray
    folds: tuple[Split, ...]
    ladder: Ladder
    test: Split
    objective: Objective
    dispatched: HourlyTable | None

    def view(self, target: str) -> "Workspace":
        """The same experiment, asked for another of the series that it forecasts."""
        return replace(self, inputs=self.inputs.view(target))

    @property
    def scored(self) -> "Workspace":
        """The view of the series that a trial's value means."""
        return self.view(self.config.cv.scored_target)

    @property
    def interval_folds(self) -> tuple[Split, ...]:
        """The last folds: those with hours among the `intervals.days` that the test reads first."""
        horizon, delay = self.inputs.horizon, self.inputs.delay
        read = DAY * self.config.intervals.days + 2 * horizon + delay
        return tuple(f for f in self.folds if f.score_stop > self.test.score_start - read)

    def training_issues(self, split: Split) -> np.ndarray:
        """Issue rows of a split's training part."""
        return split.training_issues(self.inputs, self.trainable)

    def scored_issues(self, split: Split) -> np.ndarray:
        """Issue rows of the forecasts that a split scores."""
        return split.scored_issues(self.inputs, self.config.features.issue)


def build_workspace(table: HourlyTable, config: TuneConfig) -> Workspace:
    """Prepare inputs and folds.

    Raises:
        ConfigError: the search, a feature or a variant does not fit the schema or the data.
        DataError: the series does not cover the folds or the test period.
    """
    fixed = Hyperparameters.from_config(config)
    space = build_space(config.search)
    inputs = build_inputs(table, config.data, config.features)
    time_steps = max(candidates(config, fixed, "time_steps"))
    references = ["last_hour", *candidates(config, fixed, "reference")]  # the first: baselines'
    trainable = readable_issues(inputs, time_steps, references, config.data.fill_hours)
    test = make_test_split(inputs, config.cv)
    folds = make_folds(inputs, config.cv, trainable)
    objective = build_objective(config)
    workspace = Workspace(
        config=config,
        fixed=fixed,
        space=space,
        inputs=inputs,
        matrix=feature_matrix(inputs),
        time_steps=time_steps,
        trainable=trainable,
        folds=tuple(folds),
        ladder=build_ladder(config),
        test=test,
        objective=objective,
        dispatched=table if objective.dispatches else None,
    )
    scorable = readable_issues(inputs, time_steps, references, NEVER - 1)
    for fold in folds:
        _check_scorable(workspace, fold, scorable)
    comparable = readable_issues(inputs, time_steps, BASELINE_REFERENCES, NEVER - 1)
    _check_scorable(workspace, test, scorable & comparable)
    return workspace


def check_measured(workspace: Workspace) -> None:
    """Make sure that every split has a load, and all else that is forecast, to be scored by.

    Raises:
        DataError: a split has none.
    """
    for split in (*workspace.folds, workspace.test):
        for column, series in workspace.inputs.series.items():
            if np.isnan(series.actual[split.score_start : split.score_stop]).all():
                name = "load" if column == TARGET else column
                raise DataError(
                    f"{split.name} has no measured {name} from "
                    f"{workspace.inputs.index[split.score_start]} on: change cv, or data.start"
                )


def _check_scorable(workspace: Workspace, split: Split, scorable: np.ndarray) -> None:
    """Scored hours are never dropped, so each must have something to read."""
    issues = workspace.scored_issues(split)
    unreadable = issues[(issues < 0) | ~scorable[np.maximum(issues, 0)]]
    if len(issues) == 0:
        raise DataError(f"{split.name} has no forecast to score: see features.issue and cv")
    if len(unreadable):
        row = int(unreadable[0])
        hour = workspace.inputs.index[0] + row * pd.Timedelta(hours=1)
        if row >= 0:
            _check_weather(workspace.inputs, row, f"{split.name} cannot be forecast at {hour}")
        raise DataError(
            f"{split.name} cannot be forecast at {hour}: its inputs reach back before the first "
            f"known value; begin the data earlier, or use fewer cv.folds"
        )


def _check_weather(inputs: Inputs, row: int, complaint: str) -> None:
    """Say of an issue row that no weather forecast was out, where that is what is missing."""
    steps, columns = np.nonzero(np.isnan(inputs.weather[row]))
    if len(steps):
        raise DataError(
            f"{complaint}: no weather forecast of {inputs.weather_names[columns[0]]} for "
            f"{inputs.index[0] + (row + int(steps[0])) * pd.Timedelta(hours=1)} was out by then; "
            "add the run that was, score other hours (cv), or leave it out of "
            "features.weather_forecasts"
        )
