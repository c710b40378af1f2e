"""Progress of a sweep on the screen: a live line on a terminal, plain lines elsewhere."""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import optuna
from optuna.trial import TrialState
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from hpo_exp.tuning.objective import RMSE, first_value
from hpo_exp.tuning.trial import FoldTask

log = logging.getLogger(__name__)


class SweepProgress:
    """Trials done, best so far and time left."""

    def __init__(
        self, total: int, done: int, best: float | None, unit: str, bar: Progress | None
    ) -> None:
        self._total, self._done, self._best, self._unit = total, done, best, unit
        self._done_before = done
        self._started = time.monotonic()
        self._bar = bar
        self._task = bar.add_task("trials", total=total, completed=done, note="") if bar else None

    def trial_started(self, number: int, parameters: Mapping[str, Any]) -> None:
        """Say what is being tried."""
        self._show(f"trial {number}: {_list(parameters)}")

    def trial_resumed(self, number: int) -> None:
        """Say that a stopped trial is taken up."""
        log.info("trial %d goes on where it was stopped", number)

    def fold_finished(self, task: FoldTask, rmse: float) -> None:
        """Say what a fold came to."""
        self._show(f"trial {task.trial}: fold {task.fold + 1} {rmse:,.1f} MW")

    def trial_finished(
        self, trial: optuna.Trial, state: str, values: Sequence[float] | None, error: str
    ) -> None:
        """Count a trial, and say where the sweep stands, by the first of the objectives."""
        value = values[0] if values else None
        if state in {"complete", "pruned"}:
            self._done += 1
        if state == "complete" and value is not None:
            self._best = value if self._best is None else min(self._best, value)
        outcome = (
            f"{value:,.1f} {self._unit}" if state == "complete" and value is not None else state
        )
        best = "none yet" if self._best is None else f"{self._best:,.1f} {self._unit}"
        log.info(
            "trial %d: %s (%s); %d of %d trials, best %s, %s",
            trial.number, outcome, error or _list(trial.params), self._done, self._total, best,
            self._time_left(),
        )  # fmt: skip
        self._show("")

    def _time_left(self) -> str:
        finished = self._done - self._done_before
        if finished == 0 or self._done >= self._total:
            return f"{time.monotonic() - self._started:.0f} s so far"
        pace = (time.monotonic() - self._started) / finished
        return f"about {pace * (self._total - self._done) / 60:.1f} min left"

    def _show(self, note: str) -> None:
        if self._bar is not None and self._task is not None:
            best = "" if self._best is None else f"best {self._best:,.1f} {self._unit}"
            self._bar.update(
                self._task, completed=self._done, note=f"{best}  {self._time_left()}  {note}"
            )


def _list(parameters: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_short(value)}" for name, value in parameters.items())


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


@contextmanager
def sweep_progress(study: optuna.Study, total: int) -> Iterator[SweepProgress]:
    """Show a study's progress towards `total` trials for as long as the block runs."""
    trials = study.get_trials(deepcopy=False)
    values = [first_value(trial) for trial in trials if trial.state == TrialState.COMPLETE]
    best = min(values, default=None)
    unit = "MW" if (study.metric_names or [RMSE])[0] == RMSE else "a dispatched hour"
    done = sum(trial.state in (TrialState.COMPLETE, TrialState.PRUNED) for trial in trials)
    console = Console(stderr=True)
    if not console.is_terminal:
        yield SweepProgress(total, done, best, unit, None)
        return
    columns = (
        TextColumn("trials"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        yield SweepProgress(total, done, best, unit, bar)
