"""Why a program has no solution: the constraints and hours that contradict each other."""

import re
from typing import Any

import highspy
import numpy as np

from hpo_exp.dispatch.program import Program

MOST_NAMED = 6
TOLERANCE = 1e-6

WORDS = {
    "balance": "the balance of load and generation",
    "hydro": "hydro's bounds",
    "hydro_minimum": "hydro's minimum",
    "hydro_maximum": "hydro's maximum",
    "ramp_up": "hydro.ramp_up_mw",
    "ramp_down": "hydro.ramp_down_mw",
    "budget": "hydro.budget",
    "storage_balance": "the reservoir's balance",
    "storage": "the reservoir's size",
    "end_storage": "the reservoir's end storage",
    "reserve_up": "the upward reserve",
    "reserve_down": "the downward reserve",
    "reserve_up_room": "hydro's maximum less the upward reserve",
    "reserve_down_room": "hydro's minimum plus the downward reserve",
    "schedule_up": "the commitment (upward)",
    "schedule_down": "the commitment (downward)",
    "thermal_schedule_up": "the thermal commitment (upward)",
    "thermal_schedule_down": "the thermal commitment (downward)",
}
# Columns by which a rule could be broken; that they are 0 says no more than the rule itself.
_SLACK = re.compile("below|above|excess|short|foregone|overdraft")
_OF_ALL_HOURS = {"budget", "end_storage"}


def explain(program: Program, highs: Any) -> str:  # noqa: ANN401 - highspy.Highs is untyped
    """One sentence that names what would have to give way, and what contradicts what.

    An irreducible set of constraints is small where one hour contradicts itself, but names every
    hour where they contradict each other together; the least relaxation names little there, but
    not the other side. So both are asked.

    Args:
        program: the program.
        highs: HiGHS, after it found no solution.
    """
    conflict = _conflict(program, highs)
    relaxed = _relaxation(program, highs)
    text = "the dispatch program has no solution"
    if conflict:
        text += f": {_listed(conflict)} contradict each other"
    if relaxed:
        text += f"; it would have one if {_listed(relaxed)} gave way"
    return f"{text}: see dispatch.hydro, dispatch.thermal and dispatch.reserve"


def _conflict(program: Program, highs: Any) -> dict[str, list[int]]:  # noqa: ANN401 - untyped
    """Kinds of an irreducible infeasible set, with their places."""
    found: dict[str, list[int]] = {}
    strategy = highspy.IisStrategy
    wanted = int(strategy.kIisStrategyFromLp) | int(strategy.kIisStrategyIrreducible)
    highs.setOptionValue("iis_strategy", wanted)
    _, iis = highs.getIis()
    for row in iis.row_index_:
        kind, place = program.kind_of_row(int(row))
        found.setdefault(kind, []).append(place)
    for column, bound in zip(iis.col_index_, iis.col_bound_, strict=True):
        if int(bound) > int(highspy.IisBoundStatus.kIisBoundStatusFree):
            kind, place = program.kind_of_column(int(column))
            if _SLACK.search(kind):
                continue
            found.setdefault(kind, []).append(place)
    return found


def _relaxation(program: Program, highs: Any) -> dict[str, list[tuple[int, float]]]:  # noqa: ANN401 - untyped
    """Kinds of rows that the least relaxation breaks, with places and by how much (MW or MWh)."""
    found: dict[str, list[Any]] = {}
    never = -1.0  # columns keep their bounds: what may give way is a rule
    if highs.feasibilityRelaxation(never, never, 1.0) != highspy.HighsStatus.kOk:
        return found
    value, model = np.array(highs.getSolution().row_value), highs.getLp()
    excess = np.maximum(np.array(model.row_lower_) - value, value - np.array(model.row_upper_))
    for row in np.flatnonzero(excess > TOLERANCE):
        kind, hour = program.kind_of_row(int(row))
        found.setdefault(kind, []).append((hour, float(excess[row])))
    return found


def _listed(kinds: dict[str, list[Any]]) -> str:
    parts = [
        f"{WORDS.get(kind, kind.replace('_', ' '))}{_places(kind, places)}"
        for kind, places in kinds.items()
    ]
    return ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else parts[0]


def _places(kind: str, places: list[Any]) -> str:
    """Hours of the program, and by how much where that is known."""
    if kind in _OF_ALL_HOURS:
        return f" (by {places[0][1]:,.1f})" if isinstance(places[0], tuple) else ""
    shown = [
        f"{place}" if isinstance(place, int) else f"{place[0]} by {place[1]:,.1f}"
        for place in sorted(places)[:MOST_NAMED]
    ]
    more = f" and {len(places) - MOST_NAMED} more" if len(places) > MOST_NAMED else ""
    return f" (hour {', '.join(shown)}{more})"
