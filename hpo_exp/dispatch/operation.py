"""A policy through a period: committed and settled program by program, one after another."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from hpo_exp.config import DispatchConfig
from hpo_exp.dispatch.hours import Need, Reserve, State, Values, anywhere
from hpo_exp.dispatch.program import DispatchError
from hpo_exp.dispatch.stages import Stages
from hpo_exp.dispatch.terms import thermal_kinds

ONCE = ("overdraft", "end_shortage")
"""Columns of which a program has one, booked on its last hour."""


@dataclass(frozen=True)
class Plan:
    """What a policy goes by.

    Attributes:
        foreseen: the hours as it foresees them.
        reserve: capacity it keeps ready.
        hydro: hydro it is given (MW), shape (hours,), NaN where it is not; or None.
    """

    foreseen: Need
    reserve: Reserve
    hydro: np.ndarray | None = None


@dataclass(frozen=True)
class Operation:
    """A policy's hours, by kind of column, each array of shape (hours,).

    Attributes:
        committed: what was committed.
        settled: what came of it.
    """

    committed: Values
    settled: Values

    def kept(self, way: Literal["up", "down"]) -> np.ndarray:
        """Reserve that was kept ready (MW), shape (hours,)."""
        return self.committed.get(f"reserve_{way}", np.zeros(len(self.settled["hydro"])))


def cut(times: pd.DatetimeIndex, hours: int) -> list[slice]:
    """Programs of `hours` hours: they begin at midnight and every `hours` on, and after a gap."""
    number = _hours_since_1970(times)
    begins = (np.diff(number) != 1) | (number[1:] // hours != number[:-1] // hours)
    starts = [0, *(np.flatnonzero(begins) + 1).tolist()]
    return [slice(a, b) for a, b in zip(starts, [*starts[1:], len(times)], strict=True)]


def windows(times: pd.DatetimeIndex, hours: int) -> list[slice]:
    """Hours by calendar window of a budget (weeks begin on Monday)."""
    number = _window_numbers(times, hours)
    starts = [0, *(np.flatnonzero(np.diff(number)) + 1).tolist()]
    return [slice(a, b) for a, b in zip(starts, [*starts[1:], len(times)], strict=True)]


def joined(times: pd.DatetimeIndex) -> np.ndarray:
    """Flags of hours that follow on the one before them, shape (hours,)."""
    return np.concatenate([[False], np.diff(_hours_since_1970(times)) == 1])


def operate(
    stages: Stages, plan: Plan, came: Need, times: pd.DatetimeIndex, program_hours: int
) -> Operation:
    """Commit and settle a period, program by program.

    An hour-ahead program starts where the last one was settled; a longer one is committed before
    that is known, so it starts where the last one was committed to end.

    Args:
        stages: the case's programs.
        plan: what the policy goes by.
        came: the hours as they came.
        times: the hours.
        program_hours: hours committed at once.

    Raises:
        DispatchError: a program has no solution, or none was found.
    """
    case = stages.case
    programs, follows = cut(times, program_hours), joined(times)
    budget = case.hydro.budget
    number = _window_numbers(times, budget.hours) if budget else np.zeros(len(times), np.int64)
    committed, settled = _Recorder(len(times)), _Recorder(len(times))
    before = planned = anywhere(case)
    for hours in programs:
        first = hours.start
        if first > 0:
            fresh = number[first] != number[first - 1]
            before = _enter(before, follows=bool(follows[first]), fresh=fresh)
            planned = _enter(planned, follows=bool(follows[first]), fresh=fresh)
        start = before if program_hours == 1 else planned
        foreseen, need = plan.foreseen.part(hours), came.part(hours)
        hydro = None if plan.hydro is None else plan.hydro[hours]
        with _named(times[hours]):
            commitment = stages.commit(foreseen, start, plan.reserve.part(hours), hydro)
            settlement = stages.settle(need, before, commitment)
        planned, before = _leave(before, commitment, case), _leave(before, settlement, case)
        committed.write(hours, commitment)
        settled.write(hours, settlement)
    return Operation(committed.values, settled.values)


def foresee(
    stages: Stages, came: Need, times: pd.DatetimeIndex, hydro: np.ndarray | None = None
) -> Operation:
    """Serve a whole period in hindsight, as one program.

    Args:
        stages: the case's programs.
        came: the hours as they came.
        times: the hours.
        hydro: hydro it is given (MW), as in `Plan`.

    Raises:
        DispatchError: the program has no solution, or none was found.
    """
    budget = stages.case.hydro.budget
    spans = windows(times, budget.hours) if budget else []
    with _named(times):
        values = stages.foresee(came, joined(times), spans, hydro)
    for kind, hours in (("overdraft", [span.stop - 1 for span in spans]), ("end_shortage", [-1])):
        if kind in values:
            booked = np.zeros(len(times))
            booked[hours] = values[kind]
            values[kind] = booked
    return Operation(values, values)


@contextmanager
def _named(times: pd.DatetimeIndex) -> Iterator[None]:
    """Say which program has no solution: its hours are counted from its first one."""
    try:
        yield
    except DispatchError as error:
        raise DispatchError(f"{error} (program of {len(times)} h from {times[0]})") from error


def _hours_since_1970(times: pd.DatetimeIndex) -> np.ndarray:
    return times.to_numpy().astype("datetime64[h]").astype(np.int64)


def _window_numbers(times: pd.DatetimeIndex, hours: int) -> np.ndarray:
    """Number of each hour's window; 1970 began on a Thursday, three days after a Monday."""
    return (_hours_since_1970(times) + (72 if hours == 168 else 0)) // hours


def _enter(state: State, *, follows: bool, fresh: bool) -> State:
    """A state as the next program finds it: ramps start anew after a gap, budgets with a window."""
    return State(
        state.hydro if follows else np.nan,
        state.thermal if follows else np.full_like(state.thermal, np.nan),
        0.0 if fresh else state.used,
        state.storage,
    )


def _leave(state: State, values: Values, case: DispatchConfig) -> State:
    """Where a program ends."""
    hydro = values["hydro"]
    return State(
        hydro=float(hydro[-1]),
        thermal=np.array([values[kind][-1] for kind in thermal_kinds(case)]),
        used=state.used + float(hydro.sum()),
        storage=float(values["storage"][-1]) if "storage" in values else state.storage,
    )


class _Recorder:
    """Collects programs' columns into the period's."""

    def __init__(self, hours: int) -> None:
        self._hours = hours
        self.values: Values = {}

    def write(self, hours: slice, values: Values) -> None:
        """Keep a program's columns."""
        for kind, column in values.items():
            if kind not in self.values:
                self.values[kind] = np.zeros(self._hours)
            if kind in ONCE:
                self.values[kind][hours.stop - 1] = column[0]
            else:
                self.values[kind][hours] = column
