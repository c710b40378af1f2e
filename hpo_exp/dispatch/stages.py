"""The three programs of a case: commitment, settlement, and foresight of a whole period."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from hpo_exp.config import DispatchConfig
from hpo_exp.dispatch.hours import Need, Reserve, State, Values, anywhere
from hpo_exp.dispatch.program import Program
from hpo_exp.dispatch.solver import Solver
from hpo_exp.dispatch.stage import Stage, set_hydro, set_need, set_reserve, set_row
from hpo_exp.dispatch.terms import (
    add_generation,
    add_hydro_limits,
    add_reserve,
    add_schedule,
    add_thermal_ramps,
    add_water,
    thermal_kinds,
)


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
class Stages:
    """A case's programs, each built when a length is first asked for."""

    case: DispatchConfig
    _commitments: dict[int, Stage] = field(default_factory=dict)
    _settlements: dict[int, Stage] = field(default_factory=dict)

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
        set_need(stage, self.case, need, state)
        set_hydro(stage, self.case, hydro)
        if self.case.reserve is not None:
            set_reserve(stage, self.case, need, reserve)
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
        set_need(stage, case, need, state)
        if case.prices.violation is None:  # never further outside than it was committed
            hydro, columns = committed["hydro"], stage.program.columns
            stage.numbers.upper[columns["below_minimum"]] = np.maximum(need.minimum - hydro, 0.0)
            stage.numbers.upper[columns["above_maximum"]] = np.maximum(hydro - need.maximum, 0.0)
            change = np.diff(hydro, prepend=hydro[0] if np.isnan(state.hydro) else state.hydro)
            for kind, most, way in (
                ("ramp_up_excess", case.hydro.ramp_up_mw, change),
                ("ramp_down_excess", case.hydro.ramp_down_mw, -change),
            ):
                if most is not None:
                    stage.numbers.upper[columns[kind]] = np.maximum(way - most, 0.0)
        band = case.regulation_mw
        up, down = committed.get("reserve_up", 0.0), committed.get("reserve_down", 0.0)
        set_row(stage, "schedule_up", committed["hydro"] + band + up)
        set_row(stage, "schedule_down", committed["hydro"] - band - down)
        if case.thermal:
            thermal = np.sum([committed[kind] for kind in thermal_kinds(case)], axis=0)
            set_row(stage, "thermal_schedule_up", thermal)
            set_row(stage, "thermal_schedule_down", thermal)
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
        set_need(stage, self.case, need, anywhere(self.case))
        set_hydro(stage, self.case, hydro)
        for kind in stage.program.rows:
            if "ramp" in kind:
                right = stage.numbers.right[stage.program.rows[kind]]
                right[~joined] = np.inf if stage.program.senses[kind] == "<=" else -np.inf
        return stage.solver.solve(stage.numbers)

    def _stage(self, program: Program) -> Stage:
        return Stage(Solver(program, self.case.solver_seconds), program.numbers())
