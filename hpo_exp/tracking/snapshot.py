"""What a trial's run in MLflow is to show: a picture of the trial at one moment."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

TERMINAL = {"complete": "FINISHED", "pruned": "KILLED", "failed": "FAILED"}
"""MLflow's status of a trial that ended so."""


@dataclass(frozen=True)
class FoldScore:
    """A fold that was trained as thoroughly as a trial's value asks.

    Attributes:
        fold: its index, from 0.
        rmse: RMSE (MW).
        epochs: the best epoch.
        seconds: training time of the trial up to and with this fold.
        cost: of a mean hour of its dispatch, where trials are dispatched.
    """

    fold: int
    rmse: float
    epochs: int
    seconds: float
    cost: float | None = None


@dataclass(frozen=True)
class Point:
    """One value of a metric, the same whenever it is told: MLflow keeps equal ones once."""

    key: str
    value: float
    timestamp: int
    step: int


@dataclass(frozen=True)
class TrialSnapshot:
    """A trial at one moment; a later picture of it holds all that an earlier one does.

    Attributes:
        number: the trial's number.
        name: the run's name.
        params: all hyperparameters, searched or not.
        started: when it began, in milliseconds since 1970.
        folds: whole folds it has behind it.
        rungs: what was reported to the pruner, by step.
        state: `running`, or how it ended: a key of `TERMINAL`.
        values: what it came to, where it is complete, one a metric of the study.
        error: why it failed, in one line.
        seconds: training time of all its folds.
        ended: when it ended, in milliseconds since 1970.
    """

    number: int
    name: str
    params: Mapping[str, object]
    started: int
    folds: tuple[FoldScore, ...] = ()
    rungs: Mapping[int, float] = field(default_factory=dict)
    state: str = "running"
    values: tuple[float, ...] = ()
    error: str = ""
    seconds: float = 0.0
    ended: int | None = None

    @property
    def ended_in(self) -> str | None:
        """MLflow's status, or None while the trial runs."""
        return TERMINAL.get(self.state)

    def points(self, metrics: Sequence[str]) -> Iterator[Point]:
        """Every metric of the run; `metrics` are the names of the trial's values."""
        for score in self.folds:
            at = self.started + round(1000 * score.seconds)
            yield Point("fold_rmse_mw", score.rmse, at, score.fold)
            yield Point("fold_epochs", score.epochs, at, score.fold)
            if score.cost is not None:
                yield Point("fold_dispatch_cost", score.cost, at, score.fold)
        for step, reported in self.rungs.items():
            yield Point(f"rung_{metrics[0]}", reported, self.started, step)
        if self.ended_in:
            yield Point("duration_seconds", self.seconds, self.started, 0)
            for name, value in zip(metrics, self.values, strict=False):
                yield Point(name, value, self.started, 0)
