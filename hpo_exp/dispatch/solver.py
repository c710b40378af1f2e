"""Solving a program: HiGHS in this process, again and again; CBC, which shares no code with it."""

import highspy
import numpy as np
import pulp

from hpo_exp.dispatch.infeasibility import explain
from hpo_exp.dispatch.program import DispatchError, Numbers, Program

_NO_SOLUTION = {
    highspy.HighsModelStatus.kInfeasible,
    highspy.HighsModelStatus.kUnboundedOrInfeasible,
}


class Solver:
    """HiGHS holding one program: what stays from solution to solution is kept, its basis too."""

    def __init__(self, program: Program, seconds: float) -> None:
        """Hand PuLP's program to HiGHS; no solution may take longer than `seconds`."""
        self.program = program
        self._seconds = seconds
        interface = pulp.HiGHS(msg=False, threads=1)
        interface.createAndConfigureSolver(program.problem)
        interface.buildSolverModel(program.problem)
        self._highs = program.problem.solverModel
        self._columns = np.arange(self._highs.numVariables, dtype=np.int32)
        self._rows = np.arange(self._highs.numConstrs, dtype=np.int32)

    def solve(self, numbers: Numbers) -> dict[str, np.ndarray]:
        """Solve the program for these numbers; its columns by kind.

        Raises:
            DispatchError: it is infeasible (the conflict is named), or HiGHS ran out of time or
                failed.
        """
        highs = self._highs
        lower, upper = self.program.row_limits(numbers.right)
        highs.changeColsBounds(len(self._columns), self._columns, numbers.lower, numbers.upper)
        highs.changeRowsBounds(len(self._rows), self._rows, lower, upper)
        # HiGHS's clock runs on from solution to solution.
        highs.setOptionValue("time_limit", highs.getRunTime() + self._seconds)
        highs.run()
        status = highs.getModelStatus()
        if status == highspy.HighsModelStatus.kUnknown:  # a stale basis can end so
            highs.clearSolver()
            highs.run()
            status = highs.getModelStatus()
        if status in _NO_SOLUTION:
            raise DispatchError(explain(self.program, highs))
        if status == highspy.HighsModelStatus.kTimeLimit:
            raise DispatchError(
                f"the dispatch program found no solution within {self._seconds:g} s: raise "
                f"dispatch.solver_seconds"
            )
        if status != highspy.HighsModelStatus.kOptimal:
            raise DispatchError(
                f"the dispatch program has no solution: {highs.modelStatusToString(status)}"
            )
        return self.program.values(np.array(highs.getSolution().col_value))

    @property
    def objective(self) -> float:
        """Cost of the last solution."""
        return float(self._highs.getInfo().objective_function_value)


def solve_with_cbc(program: Program, numbers: Numbers) -> tuple[dict[str, np.ndarray], float]:
    """Solve by PuLP's own CBC, a process a call: columns by kind, and the cost.

    Raises:
        DispatchError: CBC found no optimum.
    """
    variables = sorted(program.problem.variables(), key=lambda variable: variable.name)
    problem = pulp.LpProblem("cross_check", pulp.LpMinimize)
    problem.setObjective(program.problem.objective)
    for variable, low, high in zip(variables, numbers.lower, numbers.upper, strict=True):
        variable.bounds(_finite(low), _finite(high))
    rows = zip(program.problem.constraints.values(), numbers.right, strict=True)
    for row, right in rows:
        if np.isfinite(right):
            expression = pulp.LpAffineExpression(list(row.items()))
            problem.addConstraint(pulp.LpConstraint(expression, row.sense, row.name, float(right)))
    status = problem.solve(pulp.PULP_CBC_CMD(msg=False))
    if pulp.LpStatus[status] != "Optimal":
        raise DispatchError(f"CBC ended {pulp.LpStatus[status].lower()}")
    values = np.array([variable.value() or 0.0 for variable in variables])
    return program.values(values), float(pulp.value(problem.objective))


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
