"""What a program is about: hours to serve, reserve to keep, and where they start."""

from dataclasses import dataclass

import numpy as np

from hpo_exp.config import DispatchConfig
from hpo_exp.dispatch.program import DispatchError

Values = dict[str, np.ndarray]
"""Columns of a program by kind (MW), each of shape (hours,)."""


@dataclass(frozen=True)
class Need:
    """Hours to serve, each array of shape (hours,) in MW.

    Attributes:
        demand: load less what comes whatever is dispatched; may be negative.
        curtailable: how much of that can be turned off.
        minimum, maximum: hydro's limits.
    """

    demand: np.ndarray
    curtailable: np.ndarray
    minimum: np.ndarray
    maximum: np.ndarray

    def part(self, hours: slice) -> "Need":
        """Some of the hours."""
        return Need(
            self.demand[hours], self.curtailable[hours], self.minimum[hours], self.maximum[hours]
        )


@dataclass(frozen=True)
class Reserve:
    """Capacity to keep ready (MW), each array of shape (hours,).

    Attributes:
        up, down: how much.
        binding: whether that is a rule; else it is kept only where that pays.
    """

    up: np.ndarray
    down: np.ndarray
    binding: bool

    def part(self, hours: slice) -> "Reserve":
        """Some of the hours."""
        return Reserve(self.up[hours], self.down[hours], self.binding)


@dataclass(frozen=True)
class State:
    """Where an hour starts.

    Attributes:
        hydro: hydro of the hour before (MW), NaN where the first hour may start anywhere.
        thermal: the same of each block, shape (blocks,).
        used: energy of hydro in the budget's window so far (MWh).
        storage: water in the reservoir (MWh).
    """

    hydro: float
    thermal: np.ndarray
    used: float
    storage: float


def anywhere(case: DispatchConfig) -> State:
    """The state before the first hour of a period."""
    reservoir = case.hydro.reservoir
    storage = 0.0 if reservoir is None else reservoir.start_mwh
    return State(np.nan, np.full(len(case.thermal), np.nan), 0.0, storage)


def check(need: Need) -> None:
    """Refuse what a solver would misread.

    Raises:
        DispatchError: a minimum is above its maximum, or a demand is not a number.
    """
    crossed = np.flatnonzero(need.minimum > need.maximum)
    if len(crossed):
        hour = int(crossed[0])
        raise DispatchError(
            f"hydro's minimum of {need.minimum[hour]:,.0f} MW is above its maximum of "
            f"{need.maximum[hour]:,.0f} MW in hour {hour} of the program: mend dispatch.hydro"
        )
    unknown = np.flatnonzero(~np.isfinite(need.demand))
    if len(unknown):
        raise DispatchError(f"the demand in hour {int(unknown[0])} of the program is not a number")
