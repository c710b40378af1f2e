"""What an operation costs, part by part, and the rules it broke."""

from collections.abc import Callable

import numpy as np

from hpo_exp.config import DispatchConfig
from hpo_exp.dispatch.hours import Need
from hpo_exp.dispatch.operation import Operation
from hpo_exp.dispatch.terms import thermal_kinds

TOLERANCE_MW = 1e-6
"""What a solver's rounding may pass a limit by."""


def cost_parts(
    operation: Operation, depths: dict[str, np.ndarray], case: DispatchConfig
) -> dict[str, np.ndarray]:
    """Cost by part, each of shape (hours,), in the case's unit; they add up to the cost.

    Args:
        operation: what a policy came to.
        depths: the rules it broke, as `violation_depths` has them.
        case: the dispatch case.
    """
    prices, nothing = case.prices, np.zeros(len(operation.settled["hydro"]))
    amounts = operation.settled | {f"reserve_{way}": operation.kept(way) for way in ("up", "down")}

    def amount(*kinds: str) -> np.ndarray:
        return sum((amounts.get(kind, nothing) for kind in kinds), start=nothing)

    return _energy_parts(case, amount) | {
        part: price * (sum(depths.values(), start=nothing) if kinds is None else amount(*kinds))
        for part, price, kinds in (
            ("balancing_up", prices.balancing_up, ("hydro_up", "thermal_up")),
            ("balancing_down", prices.balancing_down, ("hydro_down", "thermal_down")),
            ("curtailment", prices.curtailment or None, ("curtailment",)),
            ("deficit", prices.deficit, ("deficit",)),
            ("surplus", prices.surplus, ("surplus",)),
            ("violations", prices.violation, None),
        )
        if price is not None
    }


def _energy_parts(case: DispatchConfig, amount: Callable[..., np.ndarray]) -> dict[str, np.ndarray]:
    """What energy and reserve cost; `amount` gives what was settled of some kinds."""
    parts, water = {}, case.hydro
    if water.price:
        parts["water"] = water.price * amount("hydro")
    if water.budget is not None and water.budget.price is not None:
        parts["overdraft"] = water.budget.price * amount("overdraft")
    if water.reservoir is not None and water.reservoir.end_price is not None:
        parts["end_storage"] = water.reservoir.end_price * amount("end_shortage")
    if case.thermal:
        blocks = zip(thermal_kinds(case), case.thermal, strict=True)
        parts["thermal"] = np.sum([block.price * amount(kind) for kind, block in blocks], axis=0)
    if case.interchange is not None:
        lines = case.interchange
        bought, sold = amount("import"), amount("export")
        parts["interchange"] = lines.import_price * bought - lines.export_price * sold
    if case.reserve is not None:
        parts["reserve"] = case.reserve.price * amount("reserve_up", "reserve_down")
    return parts


def violation_depths(
    operation: Operation, need: Need, joined: np.ndarray, case: DispatchConfig
) -> dict[str, np.ndarray]:
    """How far each rule was broken in each hour (MW), by kind, each of shape (hours,).

    Args:
        operation: what a policy came to.
        need: the hours as they came.
        joined: flags of hours that follow on the one before them.
        case: the dispatch case.
    """
    hydro = operation.settled["hydro"]
    depths = {"below_minimum": need.minimum - hydro, "above_maximum": hydro - need.maximum}
    change = hydro_changes(hydro, joined)
    if case.hydro.ramp_up_mw is not None:
        depths["ramp_up"] = change - case.hydro.ramp_up_mw
    if case.hydro.ramp_down_mw is not None:
        depths["ramp_down"] = -change - case.hydro.ramp_down_mw
    if case.reserve is not None:
        nothing = np.zeros(len(hydro))
        depths["reserve_short"] = operation.committed.get(
            "reserve_up_short", nothing
        ) + operation.committed.get("reserve_down_short", nothing)
    return {kind: np.where(depth > TOLERANCE_MW, depth, 0.0) for kind, depth in depths.items()}


def hydro_changes(hydro: np.ndarray, joined: np.ndarray) -> np.ndarray:
    """Change of hydro (MW) from the hour before; 0 where that is not at hand."""
    return np.where(joined, np.diff(hydro, prepend=hydro[0]), 0.0)
