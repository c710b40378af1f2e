"""A program of one length with its numbers: what is set before it is solved again."""

from dataclasses import dataclass

import numpy as np

from hpo_exp.config import DispatchConfig
from hpo_exp.dispatch.hours import Need, Reserve, State, check
from hpo_exp.dispatch.program import Numbers, Program
from hpo_exp.dispatch.solver import Solver
from hpo_exp.dispatch.terms import ramped_blocks

SLACKS = ("below_minimum", "above_maximum", "ramp_up_excess", "ramp_down_excess")


@dataclass
class Stage:
    """A program of one length, ready to be solved again."""

    solver: Solver
    numbers: Numbers

    @property
    def program(self) -> Program:
        """The program that is solved."""
        return self.solver.program


def set_need(stage: Stage, case: DispatchConfig, need: Need, state: State) -> None:
    """Everything that all three programs are told of their hours."""
    check(need)
    hydro = case.hydro
    set_row(stage, "balance", need.demand)
    set_row(stage, "hydro_minimum", need.minimum)
    set_row(stage, "hydro_maximum", need.maximum)
    if hydro.ramp_up_mw is not None:
        _set_ramp(stage, "ramp_up", hydro.ramp_up_mw, state.hydro)
    if hydro.ramp_down_mw is not None:
        _set_ramp(stage, "ramp_down", -hydro.ramp_down_mw, state.hydro)
    for kind, block in ramped_blocks(case):
        assert block.ramp_mw is not None
        before = float(state.thermal[int(kind.removeprefix("thermal_"))])
        _set_ramp(stage, f"{kind}_ramp_up", block.ramp_mw, before)
        _set_ramp(stage, f"{kind}_ramp_down", -block.ramp_mw, before)
    if case.curtailable:
        stage.numbers.upper[stage.program.columns["curtailment"]] = need.curtailable
    if hydro.budget is not None:
        right = np.full(_count(stage, "budget"), hydro.budget.mwh)
        right[0] = max(right[0] - state.used, 0.0)
        set_row(stage, "budget", right)
    if hydro.reservoir is not None:
        inflow = np.full(len(need.demand), hydro.reservoir.inflow_mw)
        inflow[0] += state.storage
        set_row(stage, "storage_balance", inflow)
        set_row(stage, "end_storage", np.array([hydro.reservoir.end_mwh]))


def set_row(stage: Stage, kind: str, right: np.ndarray) -> None:
    """Set the right-hand sides of a kind of rows, one an hour."""
    stage.numbers.right[stage.program.rows[kind]] = right


def _set_ramp(stage: Stage, kind: str, most: float, before: float) -> None:
    """A ramp's limit for every hour; the first one's where the hour before is known."""
    right = np.full(_count(stage, kind), most)
    right[0] = np.copysign(np.inf, most) if np.isnan(before) else before + most
    set_row(stage, kind, right)


def _count(stage: Stage, kind: str) -> int:
    where = stage.program.rows[kind]
    return where.stop - where.start


def set_hydro(stage: Stage, case: DispatchConfig, hydro: np.ndarray | None) -> None:
    """Let hydro keep its rules, or break them at a price; where it is given, it is what it is."""
    given = np.full(stage.program.hours, np.nan) if hydro is None else hydro
    decided, where = np.isnan(given), stage.program.columns["hydro"]
    stage.numbers.lower[where] = np.where(decided, 0.0, given)
    stage.numbers.upper[where] = np.where(decided, np.inf, given)
    if case.prices.violation is None:
        for kind in SLACKS:
            if kind in stage.program.columns:
                stage.numbers.upper[stage.program.columns[kind]] = np.where(decided, 0.0, np.inf)


def set_reserve(stage: Stage, case: DispatchConfig, need: Need, reserve: Reserve) -> None:
    """Ask for reserve: as a rule, or as far as it pays."""
    set_row(stage, "reserve_up_room", need.maximum)
    set_row(stage, "reserve_down_room", need.minimum)
    set_row(stage, "reserve_up", reserve.up)
    set_row(stage, "reserve_down", reserve.down)
    short = np.inf if reserve.binding and case.prices.violation is not None else 0.0
    for way in ("up", "down"):
        columns, upper = stage.program.columns, stage.numbers.upper
        upper[columns[f"reserve_{way}_short"]] = short
        upper[columns[f"reserve_{way}_foregone"]] = 0.0 if reserve.binding else np.inf
