"""A linear program of some hours: built once with PuLP, its numbers changed for every solution.

Columns (variables) and rows (constraints) come in kinds, one a quantity of the dispatch, with one
place an hour. What differs between two programs of a shape is bounds of columns and right-hand
sides of rows, so that is all that is set before it is solved again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pulp

from hpo_exp.errors import UserError

Sense = Literal["<=", ">=", "=="]
_SENSES = {"<=": pulp.LpConstraintLE, ">=": pulp.LpConstraintGE, "==": pulp.LpConstraintEQ}


class DispatchError(UserError):
    """The dispatch program has no solution, or none was found."""


@dataclass
class Numbers:
    """What makes a program of its shape this one: everything but its matrix and prices.

    Attributes:
        lower, upper: bounds of the columns, shape (columns,).
        right: right-hand sides of the rows, shape (rows,); infinite where a row is off.
    """

    lower: np.ndarray
    upper: np.ndarray
    right: np.ndarray


class Program:
    """The program's columns, rows and prices, by kind."""

    def __init__(self, name: str, hours: int) -> None:
        """Begin an empty program over `hours` hours that minimises its cost."""
        self.problem = pulp.LpProblem(name, pulp.LpMinimize)
        self.hours = hours
        self.columns: dict[str, slice] = {}
        self.rows: dict[str, slice] = {}
        self.senses: dict[str, Sense] = {}
        self._objective: list[tuple[pulp.LpVariable, float]] = []
        self._variables: list[pulp.LpVariable] = []
        self._lower: list[float] = []
        self._upper: list[float] = []

    def add_columns(
        self,
        kind: str,
        count: int,
        *,
        price: float = 0.0,
        lower: float = 0.0,
        upper: float = np.inf,
    ) -> list[pulp.LpVariable]:
        """Add `count` variables that cost `price` each, between bounds that can be set later."""
        first = len(self._variables)
        # HiGHS numbers the columns by name.
        found = [pulp.LpVariable(f"{first + n:07d}_{kind}") for n in range(count)]
        self._variables += found
        self._lower += count * [lower]
        self._upper += count * [upper]
        self._objective += [(variable, price) for variable in found]
        self.columns[kind] = slice(first, first + count)
        return found

    def add_rows(
        self, kind: str, terms: Iterable[Sequence[tuple[pulp.LpVariable, float]]], sense: Sense
    ) -> None:
        """Add one row a list of terms; each is at first compared with 0."""
        first = count = len(self.problem.constraints)
        for row in terms:
            expression = pulp.LpAffineExpression(row)
            self.problem.addConstraint(
                pulp.LpConstraint(expression, _SENSES[sense], f"{kind}_{count - first:04d}", 0.0)
            )
            count += 1
        self.rows[kind], self.senses[kind] = slice(first, count), sense

    def finish(self) -> None:
        """Price the program: from here on it can be solved."""
        self.problem.setObjective(pulp.LpAffineExpression(self._objective))

    def numbers(self) -> Numbers:
        """Fresh numbers: the columns' first bounds, all rows off."""
        rows = len(self.problem.constraints)
        right = np.full(rows, np.inf)
        for kind, where in self.rows.items():
            right[where] = {"<=": np.inf, ">=": -np.inf, "==": 0.0}[self.senses[kind]]
        return Numbers(np.array(self._lower), np.array(self._upper), right)

    def values(self, solution: np.ndarray) -> dict[str, np.ndarray]:
        """A solution's columns by kind."""
        return {kind: solution[where] for kind, where in self.columns.items()}

    def row_limits(self, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper limits of the rows for right-hand sides, each of shape (rows,)."""
        lower, upper = right.copy(), right.copy()
        for kind, where in self.rows.items():
            if self.senses[kind] == "<=":
                lower[where] = -np.inf
            elif self.senses[kind] == ">=":
                upper[where] = np.inf
        return lower, upper

    def kind_of_row(self, row: int) -> tuple[str, int]:
        """The kind of a row, and its place in it."""
        return _kind_of(row, self.rows)

    def kind_of_column(self, column: int) -> tuple[str, int]:
        """The kind of a column, and its place in it."""
        return _kind_of(column, self.columns)


def _kind_of(place: int, kinds: Mapping[str, slice]) -> tuple[str, int]:
    for kind, where in kinds.items():
        if where.start <= place < where.stop:
            return kind, place - where.start
    raise IndexError(place)
