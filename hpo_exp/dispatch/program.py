"""The linear program that commits hydro generation to a forecast demand.

The notebook's program for one hour, over any number of hours at once: minimise the absolute
deviation between the demand left for hydro and what hydro gives, between its limits.
"""

from dataclasses import dataclass

import numpy as np
import pulp

from hpo_exp.errors import UserError


class DispatchError(UserError):
    """The dispatch program has no solution, or none was found."""


@dataclass(frozen=True)
class Limits:
    """What hydro may give in each hour (MW), shape (hours,)."""

    minimum: np.ndarray
    maximum: np.ndarray


@dataclass(frozen=True)
class Commitment:
    """Hydro committed to a demand, hour by hour (MW), shape (hours,).

    Attributes:
        hydro: generation committed, within its limits.
        deviation: absolute deviation from the demand it was committed to.
    """

    hydro: np.ndarray
    deviation: np.ndarray


def commit(demand: np.ndarray, limits: Limits) -> Commitment:
    """Commit hydro to a forecast demand, all hours as one problem.

    Args:
        demand: demand left for hydro (MW), shape (hours,); may be negative.
        limits: what hydro may give.

    Raises:
        DispatchError: a demand is not a number, a minimum is above its maximum, or the solver
            finds no optimum.
    """
    _check(demand, limits)
    problem = pulp.LpProblem("despacho", pulp.LpMinimize)
    hours = range(len(demand))
    hydro = [
        pulp.LpVariable(f"hydro_{hour}", limits.minimum[hour], limits.maximum[hour])
        for hour in hours
    ]
    over = [pulp.LpVariable(f"over_{hour}", 0) for hour in hours]
    under = [pulp.LpVariable(f"under_{hour}", 0) for hour in hours]
    problem += pulp.lpSum(over) + pulp.lpSum(under)
    for hour in hours:
        problem += hydro[hour] + under[hour] - over[hour] == float(demand[hour])
    status = problem.solve(pulp.HiGHS(msg=False))
    if pulp.LpStatus[status] != "Optimal":
        raise DispatchError(f"the dispatch program ended {pulp.LpStatus[status].lower()}")
    values = np.array([[v.value() for v in kind] for kind in (hydro, over, under)], np.float64)
    return Commitment(hydro=values[0], deviation=values[1] + values[2])


def _check(demand: np.ndarray, limits: Limits) -> None:
    """Refuse what the solver would answer with zeros."""
    crossed = np.flatnonzero(limits.minimum > limits.maximum)
    if len(crossed):
        hour = int(crossed[0])
        raise DispatchError(
            f"hydro's minimum of {limits.minimum[hour]:,.0f} MW is above its maximum of "
            f"{limits.maximum[hour]:,.0f} MW in hour {hour} of the program: mend dispatch.hydro"
        )
    unknown = np.flatnonzero(~np.isfinite(demand))
    if len(unknown):
        raise DispatchError(f"the demand in hour {int(unknown[0])} of the program is not a number")
