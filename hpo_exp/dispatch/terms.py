"""The terms a program is made of: each adds its columns and rows, where the case has it.

Kinds of columns, all in MW (MWh an hour): `hydro`, `thermal_0` and on, `import`, `export`,
`curtailment`, `deficit`, `surplus`; what leaves the commitment (`hydro_up`, `hydro_down`,
`thermal_up`, `thermal_down`); what breaks a rule and is paid for (`below_minimum`,
`above_maximum`, `ramp_up_excess`, `ramp_down_excess`, `reserve_up_short`, `reserve_down_short`,
and `overdraft` in MWh); the reserve (`reserve_up`, `reserve_down`) and what was asked of it in
vain (`reserve_up_foregone`, `reserve_down_foregone`); `storage`, `spill` and `end_shortage` (MWh).
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pulp

from hpo_exp.config import DispatchConfig, ThermalBlock
from hpo_exp.dispatch.program import Program, Sense

Column = list[pulp.LpVariable]


def thermal_kinds(case: DispatchConfig) -> list[str]:
    """Kinds of the columns of thermal blocks, in the case's order."""
    return [f"thermal_{number}" for number in range(len(case.thermal))]


def add_generation(program: Program, case: DispatchConfig) -> dict[str, Column]:
    """Everything that can be dispatched, and the balance of each hour.

    Row `balance`: hydro + thermal + import - export - curtailment + deficit - surplus equals the
    load less what comes whatever is dispatched.
    """
    hours, prices = program.hours, case.prices
    served = {"hydro": program.add_columns("hydro", hours, price=case.hydro.price)}
    taken = {}
    for kind, block in zip(thermal_kinds(case), case.thermal, strict=True):
        served[kind] = program.add_columns(
            kind, hours, price=block.price, lower=block.minimum_mw, upper=block.maximum_mw
        )
    if case.interchange is not None:
        lines = case.interchange
        served["import"] = program.add_columns(
            "import", hours, price=lines.import_price, upper=lines.import_mw
        )
        taken["export"] = program.add_columns(
            "export", hours, price=-lines.export_price, upper=lines.export_mw
        )
    if case.curtailable:
        taken["curtailment"] = program.add_columns("curtailment", hours, price=prices.curtailment)
    served["deficit"] = program.add_columns("deficit", hours, price=prices.deficit)
    taken["surplus"] = program.add_columns("surplus", hours, price=prices.surplus)
    program.add_rows(
        "balance",
        (
            [(column[hour], 1.0) for column in served.values()]
            + [(column[hour], -1.0) for column in taken.values()]
            for hour in range(hours)
        ),
        "==",
    )
    return served | taken


def add_hydro_limits(
    program: Program, case: DispatchConfig, hydro: Column
) -> tuple[Column, Column]:
    """Hydro's minimum and maximum, and its ramps where it has any; broken at a price, or never.

    Returns:
        By how much it is below the minimum, and above the maximum.
    """
    price = case.prices.violation or 0.0
    below = program.add_columns("below_minimum", program.hours, price=price)
    above = program.add_columns("above_maximum", program.hours, price=price)
    hours = range(program.hours)
    program.add_rows("hydro_minimum", ([(hydro[h], 1.0), (below[h], 1.0)] for h in hours), ">=")
    program.add_rows("hydro_maximum", ([(hydro[h], 1.0), (above[h], -1.0)] for h in hours), "<=")
    if case.hydro.ramp_up_mw is not None:
        excess = program.add_columns("ramp_up_excess", program.hours, price=price)
        steps = _steps(hydro)
        program.add_rows("ramp_up", ([*steps[h], (excess[h], -1.0)] for h in hours), "<=")
    if case.hydro.ramp_down_mw is not None:
        excess = program.add_columns("ramp_down_excess", program.hours, price=price)
        steps = _steps(hydro)
        program.add_rows("ramp_down", ([*steps[h], (excess[h], 1.0)] for h in hours), ">=")
    return below, above


def add_thermal_ramps(program: Program, case: DispatchConfig, columns: dict[str, Column]) -> None:
    """Ramps of the thermal blocks that have one."""
    for kind, _ in ramped_blocks(case):
        steps = _steps(columns[kind])
        program.add_rows(f"{kind}_ramp_up", steps, "<=")
        program.add_rows(f"{kind}_ramp_down", steps, ">=")


def ramped_blocks(case: DispatchConfig) -> list[tuple[str, ThermalBlock]]:
    """Thermal blocks that have a ramp, by their kind."""
    blocks = zip(thermal_kinds(case), case.thermal, strict=True)
    return [(kind, block) for kind, block in blocks if block.ramp_mw is not None]


def add_water(
    program: Program, case: DispatchConfig, hydro: Column, windows: Sequence[slice]
) -> None:
    """The energy budget and the reservoir, where there are any.

    Args:
        program: the program.
        case: the dispatch case.
        hydro: hydro's columns.
        windows: hours of the program by budget window.
    """
    hours, budget, reservoir = program.hours, case.hydro.budget, case.hydro.reservoir
    if budget is not None:
        most = 0.0 if budget.price is None else np.inf
        overdraft = program.add_columns(
            "overdraft", len(windows), price=budget.price or 0.0, upper=most
        )
        rows = (
            [*((column, 1.0) for column in hydro[window]), (beyond, -1.0)]
            for window, beyond in zip(windows, overdraft, strict=True)
        )
        program.add_rows("budget", rows, "<=")
    if reservoir is not None:
        most = 0.0 if reservoir.end_price is None else np.inf
        storage = program.add_columns("storage", hours, upper=reservoir.maximum_mwh)
        spill = program.add_columns("spill", hours)
        [shortage] = program.add_columns(
            "end_shortage", 1, price=reservoir.end_price or 0.0, upper=most
        )
        steps = _steps(storage)
        rows = ([*steps[h], (hydro[h], 1.0), (spill[h], 1.0)] for h in range(hours))
        program.add_rows("storage_balance", rows, "==")
        program.add_rows("end_storage", [[(storage[-1], 1.0), (shortage, 1.0)]], ">=")


def add_reserve(
    program: Program, case: DispatchConfig, hydro: Column, outside: tuple[Column, Column]
) -> None:
    """Room that hydro keeps above and below what it is committed to.

    What is asked for can be short (a broken rule, at its price or never), or be foregone where it
    was only meant to save balancing, and keeping it costs more than that.

    Args:
        program: the program.
        case: the dispatch case.
        hydro: hydro's columns.
        outside: what `add_hydro_limits` returned.
    """
    if case.reserve is None:
        return
    prices = case.prices
    below, above = outside
    ways: tuple[tuple[str, float, Sense, float, Column], ...] = (
        ("up", 1.0, "<=", prices.balancing_up or prices.deficit, above),
        ("down", -1.0, ">=", prices.balancing_down or prices.surplus, below),
    )
    for way, sign, sense, worth, beyond in ways:
        kind, hours = f"reserve_{way}", range(program.hours)
        kept = program.add_columns(kind, program.hours, price=case.reserve.price)
        short = program.add_columns(f"{kind}_short", program.hours, price=prices.violation or 0.0)
        foregone = program.add_columns(f"{kind}_foregone", program.hours, price=worth)
        room = ([(hydro[h], 1.0), (kept[h], sign), (beyond[h], -sign)] for h in hours)
        program.add_rows(f"{kind}_room", room, sense)
        program.add_rows(
            kind, ([(kept[h], 1.0), (short[h], 1.0), (foregone[h], 1.0)] for h in hours), ">="
        )


def add_schedule(program: Program, case: DispatchConfig, columns: dict[str, Column]) -> None:
    """The commitment that settled generation leaves at a price, or not at all."""
    hours, prices = range(program.hours), case.prices
    groups = {"hydro": [columns["hydro"]]}
    if case.thermal:
        groups["thermal"] = [columns[kind] for kind in thermal_kinds(case)]
    for group, plants in groups.items():
        rows_up = [[(plant[hour], 1.0) for plant in plants] for hour in hours]
        rows_down = [list(row) for row in rows_up]
        if prices.balancing_up is not None:
            up = program.add_columns(f"{group}_up", program.hours, price=prices.balancing_up)
            rows_up = [[*row, (up[hour], -1.0)] for hour, row in enumerate(rows_up)]
        if prices.balancing_down is not None:
            down = program.add_columns(f"{group}_down", program.hours, price=prices.balancing_down)
            rows_down = [[*row, (down[hour], 1.0)] for hour, row in enumerate(rows_down)]
        prefix = "" if group == "hydro" else f"{group}_"
        program.add_rows(f"{prefix}schedule_up", rows_up, "<=")
        program.add_rows(f"{prefix}schedule_down", rows_down, ">=")


def _steps(columns: Column) -> list[list[tuple[pulp.LpVariable, float]]]:
    """Terms of each hour's change; the first hour's is its value, for what was before is given."""
    changes = [[(column, 1.0), (before, -1.0)] for before, column in pairwise(columns)]
    return [[(columns[0], 1.0)], *changes]
