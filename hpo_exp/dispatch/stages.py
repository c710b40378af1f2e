"""The three programs of a case: commitment, settlement, and foresight of a whole period."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from hpo_exp.config import DispatchConfig
from hpo_exp.dispatch.program import DispatchError, Numbers, Program
from hpo_exp.dispatch.solver import Solver
from hpo_exp.dispatch.terms import (
    add_generation,
    add_hydro_limits,
    add_reserve,
    add_schedule,
    add_thermal_ramps,
    add_water,
    ramped_blocks,
    thermal_kinds,
)

Values = dict[str, np.ndarray]
SLACKS = ("below_minimum", "above_maximum", "ramp_up_excess", "ramp_down_excess")


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


def build_commitment(case: DispatchConfig, hours: int) -> Program:
    """Commit all that can be dispatched, and the reserve."""
    program = Program("despacho_programado", hours)
    columns = add_generation(program, case)
    outside = add_hydro_limits(program, case, columns["hydro"])
    add_thermal_ramps(program, case, columns)
    add_water(program, case, columns["hydro"], [slice(0, hours)])
    add_reserve(program, case, columns["hydro"], outside)
    program.finish()
    return program


def build_settlement(case: DispatchConfig, hours: int) -> Program:
    """Serve what came from a commitment, and pay for what leaves it."""
    program = Program("despacho_liquidado", hours)
    columns = add_generation(program, case)
    add_hydro_limits(program, case, columns["hydro"])
    add_thermal_ramps(program, case, columns)
    add_water(program, case, columns["hydro"], [slice(0, hours)])
    add_schedule(program, case, columns)
    program.finish()
    return program


def build_foresight(case: DispatchConfig, hours: int, windows: Sequence[slice]) -> Program:
    """Serve what came, without a commitment; `windows` are the hours of each budget."""
    program = Program("previsao_perfeita", hours)
    columns = add_generation(program, case)
    add_hydro_limits(program, case, columns["hydro"])
    add_thermal_ramps(program, case, columns)
    add_water(program, case, columns["hydro"], windows)
    program.finish()
    return program


@dataclass
class _Stage:
    """A program of one length, ready to be solved again."""

    solver: Solver
    numbers: Numbers

    @property
    def program(self) -> Program:
        return self.solver.program


@dataclass
class Stages:
    """A case's programs, each built when a length is first asked for."""

    case: DispatchConfig
    _commitments: dict[int, _Stage] = field(default_factory=dict)
    _settlements: dict[int, _Stage] = field(default_factory=dict)

    def commit(
        self, need: Need, state: State, reserve: Reserve, hydro: np.ndarray | None = None
    ) -> Values:
        """Commit the hours at the least cost of what is foreseen.

        Args:
            need: the hours as foreseen.
            state: where they start.
            reserve: capacity to keep ready.
            hydro: hydro that is given (MW), whatever its limits say, NaN where it is not; or None.

        Raises:
            DispatchError: the program has no solution, or none was found.
        """
        hours = len(need.demand)
        if hours not in self._commitments:
            self._commitments[hours] = self._stage(build_commitment(self.case, hours))
        stage = self._commitments[hours]
        _set_need(stage, self.case, need, state)
        _set_hydro(stage, self.case, hydro)
        if self.case.reserve is not None:
            _set_reserve(stage, self.case, need, reserve)
        return stage.solver.solve(stage.numbers)

    def settle(self, need: Need, state: State, committed: Values) -> Values:
        """Serve the hours that came from what was committed, at the least cost.

        Args:
            need: the hours as they came.
            state: where they start.
            committed: what `commit` returned.

        Raises:
            DispatchError: the program has no solution, or none was found.
        """
        case, hours = self.case, len(need.demand)
        if hours not in self._settlements:
            self._settlements[hours] = self._stage(build_settlement(case, hours))
        stage = self._settlements[hours]
        _set_need(stage, case, need, state)
        if case.prices.violation is None:  # never further outside than it was committed
            hydro, columns = committed["hydro"], stage.program.columns
            stage.numbers.upper[columns["below_minimum"]] = np.maximum(need.minimum - hydro, 0.0)
            stage.numbers.upper[columns["above_maximum"]] = np.maximum(hydro - need.maximum, 0.0)
        band = case.regulation_mw
        up, down = committed.get("reserve_up", 0.0), committed.get("reserve_down", 0.0)
        _set_row(stage, "schedule_up", committed["hydro"] + band + up)
        _set_row(stage, "schedule_down", committed["hydro"] - band - down)
        if case.thermal:
            thermal = np.sum([committed[kind] for kind in thermal_kinds(case)], axis=0)
            _set_row(stage, "thermal_schedule_up", thermal)
            _set_row(stage, "thermal_schedule_down", thermal)
        if case.interchange is not None:  # neighbours hold to what was agreed
            for kind in ("import", "export"):
                where = stage.program.columns[kind]
                stage.numbers.lower[where] = stage.numbers.upper[where] = committed[kind]
        return stage.solver.solve(stage.numbers)

    def foresee(
        self,
        need: Need,
        joined: np.ndarray,
        windows: Sequence[slice],
        hydro: np.ndarray | None = None,
    ) -> Values:
        """Serve a whole period at the least cost, as one program that sees everything.

        Args:
            need: the hours as they came.
            joined: flags of hours that follow on the one before them, shape (hours,).
            windows: hours of each budget window.
            hydro: as in `commit`.

        Raises:
            DispatchError: the program has no solution, or none was found.
        """
        stage = self._stage(build_foresight(self.case, len(need.demand), windows))
        _set_need(stage, self.case, need, anywhere(self.case))
        _set_hydro(stage, self.case, hydro)
        for kind in stage.program.rows:
            if "ramp" in kind:
                right = stage.numbers.right[stage.program.rows[kind]]
                right[~joined] = np.inf if stage.program.senses[kind] == "<=" else -np.inf
        return stage.solver.solve(stage.numbers)

    def _stage(self, program: Program) -> _Stage:
        return _Stage(Solver(program, self.case.solver_seconds), program.numbers())


def _set_need(stage: _Stage, case: DispatchConfig, need: Need, state: State) -> None:
    """Everything that all three programs are told of their hours."""
    _check(need)
    hydro = case.hydro
    _set_row(stage, "balance", need.demand)
    _set_row(stage, "hydro_minimum", need.minimum)
    _set_row(stage, "hydro_maximum", need.maximum)
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
        _set_row(stage, "budget", right)
    if hydro.reservoir is not None:
        inflow = np.full(len(need.demand), hydro.reservoir.inflow_mw)
        inflow[0] += state.storage
        _set_row(stage, "storage_balance", inflow)
        _set_row(stage, "end_storage", np.array([hydro.reservoir.end_mwh]))


def _set_row(stage: _Stage, kind: str, right: np.ndarray) -> None:
    stage.numbers.right[stage.program.rows[kind]] = right


def _set_ramp(stage: _Stage, kind: str, most: float, before: float) -> None:
    """A ramp's limit for every hour; the first one's where the hour before is known."""
    right = np.full(_count(stage, kind), most)
    right[0] = np.copysign(np.inf, most) if np.isnan(before) else before + most
    _set_row(stage, kind, right)


def _count(stage: _Stage, kind: str) -> int:
    where = stage.program.rows[kind]
    return where.stop - where.start


def _set_hydro(stage: _Stage, case: DispatchConfig, hydro: np.ndarray | None) -> None:
    """Let hydro keep its rules, or break them at a price; where it is given, it is what it is."""
    given = np.full(stage.program.hours, np.nan) if hydro is None else hydro
    decided, where = np.isnan(given), stage.program.columns["hydro"]
    stage.numbers.lower[where] = np.where(decided, 0.0, given)
    stage.numbers.upper[where] = np.where(decided, np.inf, given)
    if case.prices.violation is None:
        for kind in SLACKS:
            if kind in stage.program.columns:
                stage.numbers.upper[stage.program.columns[kind]] = np.where(decided, 0.0, np.inf)


def _set_reserve(stage: _Stage, case: DispatchConfig, need: Need, reserve: Reserve) -> None:
    """Ask for reserve: as a rule, or as far as it pays."""
    _set_row(stage, "reserve_up_room", need.maximum)
    _set_row(stage, "reserve_down_room", need.minimum)
    _set_row(stage, "reserve_up", reserve.up)
    _set_row(stage, "reserve_down", reserve.down)
    short = np.inf if reserve.binding and case.prices.violation is not None else 0.0
    for way in ("up", "down"):
        columns, upper = stage.program.columns, stage.numbers.upper
        upper[columns[f"reserve_{way}_short"]] = short
        upper[columns[f"reserve_{way}_foregone"]] = 0.0 if reserve.binding else np.inf


def _check(need: Need) -> None:
    """Refuse what a solver would misread."""
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
