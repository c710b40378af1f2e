"""The dispatch section's tables and sentences, for the people who run the plants."""

from dataclasses import dataclass
from typing import Any

from hpo_exp.report.dispatch_figures import waterfall_unit
from hpo_exp.report.dispatch_regret import WorstDay, worst_days
from hpo_exp.report.figures import amounts
from hpo_exp.report.language import Text, number
from hpo_exp.report.run_files import FinishedRun
from hpo_exp.report.texts import TEXTS, name_of

Cells = list[Text]


@dataclass(frozen=True)
class PolicyTable:
    """The policies, cheapest first.

    Attributes:
        heads: what each column is.
        rows: policy to its cells.
    """

    heads: list[Text]
    rows: list[tuple[str, Cells]]


@dataclass(frozen=True)
class DayRow:
    """One of the worst days, as the table shows it."""

    day: str
    regret: Text
    hour: Text
    why: Text


def dispatch_section(run: FinishedRun) -> dict[str, Any]:
    """What the template shows of the dispatch; nothing for a run without one."""
    dispatch = run.metrics.get("dispatch")
    if dispatch is None or run.dispatch is None:
        return {}
    _, unit = waterfall_unit(run)
    return {
        "policy_table": _policy_table(dispatch),
        "minimum_rule": _minimum_rule(dispatch),
        "hedged": _hedged(dispatch),
        "is_priced": dispatch["unit"] != "MWh",
        "regret_unit": unit,
        "worst_days": [_day_row(day, waterfall_unit(run)[0]) for day in worst_days(run.dispatch)],
    }


def _policy_table(dispatch: dict[str, Any]) -> PolicyTable:
    policies: dict[str, Any] = dispatch["policies"]
    names = sorted(policies, key=lambda name: policies[name]["cost"])
    scale, unit = amounts(max(policies[name]["cost"] for name in names), dispatch["unit"])
    decimals = ",.0f" if scale == 1 else ",.1f"
    columns: list[tuple[Text, Cells]] = [
        _column("cost", unit, [number(policies[n]["cost"] / scale, decimals) for n in names]),
        _column("regret", unit, [number(policies[n]["regret"] / scale, decimals) for n in names]),
    ]
    if all(policies[name].get("regret_interval") for name in names):
        cells = [_interval(policies[name], scale) for name in names]
        columns.append(_column("regret_interval", unit, cells))
    if any(policies[name]["regret_pct"] is not None for name in names):
        percents = [number(policies[name]["regret_pct"], ",.2f") for name in names]
        columns.append(_column("regret", Text("%", "%"), percents))
    for key, head, unit_name in (
        ("deficit_mwh", "deficit_column", "MWh"),
        ("surplus_mwh", "surplus_column", "MWh"),
        ("balancing_up_mwh", "balancing_up_column", "MWh"),
        ("balancing_down_mwh", "balancing_down_column", "MWh"),
        ("curtailment_mwh", "curtailment_column", "MWh"),
        ("reserve_mean_mw", "reserve_column", "MW"),
    ):
        values = [policies[name].get(key) for name in names]
        if key in {"deficit_mwh", "surplus_mwh"} or any(values):
            cells = [number(value, ",.0f") for value in values]
            columns.append(_column(head, Text(unit_name, unit_name), cells))
    columns += _violation_columns(policies, names)
    heads = [head for head, _ in columns]
    rows = [(name, [cells[place] for _, cells in columns]) for place, name in enumerate(names)]
    return PolicyTable(heads, rows)


def _violation_columns(policies: dict[str, Any], names: list[str]) -> list[tuple[Text, Cells]]:
    """Hours and greatest depth of each kind of violation, and the steepest ramps."""
    columns = [
        (TEXTS[kind], [_broken(policies[name], kind) for name in names])
        for kind in policies[names[0]]["violations"]
    ]
    if all("ramps" in policies[name] for name in names):
        steepest = [
            _joined("+{up:,.0f}/\N{MINUS SIGN}{down:,.0f}",
                    up=policies[name]["ramps"]["most_up_mw"],
                    down=policies[name]["ramps"]["most_down_mw"])
            for name in names
        ]  # fmt: skip
        columns.append(_column("ramp_column", Text("MW/h", "MW/h"), steepest))
    return columns


def _broken(policy: dict[str, Any], kind: str) -> Text:
    """In how many hours a policy breaks a rule, and at most by how much."""
    hours, most = policy["violations"][kind], policy["violation_most_mw"][kind]
    if hours == 0:
        return number(0, ",d")
    return _joined("{hours:,d} (\N{LESS-THAN OR EQUAL TO} {most:,.0f} MW)", hours=hours, most=most)


def _column(key: str, unit: Text, cells: Cells) -> tuple[Text, Cells]:
    head = TEXTS[key]
    return Text(f"{head.en}, {unit.en}", f"{head.pt}, {unit.pt}"), cells


def _interval(policy: dict[str, Any], scale: float) -> Text:
    low, high = (value / scale for value in policy["regret_interval"])
    spec = ",.1f" if scale > 1 else ",.0f"
    return _joined(f"{{low:{spec}}} \N{EN DASH} {{high:{spec}}}", low=low, high=high)


def _joined(pattern: str, **values: float) -> Text:
    return Text(pattern, pattern).with_values(**values)


def _minimum_rule(dispatch: dict[str, Any]) -> Text:
    """Who broke the minimum-generation rule, how often and how far."""
    broken = [
        TEXTS["minimum_rule_policy"].with_values(
            name=name_of(name),
            hours=policy["violations"]["below_minimum"],
            most=policy.get("violation_most_mw", {}).get("below_minimum"),
        )
        for name, policy in dispatch["policies"].items()
        if policy["violations"]["below_minimum"]
    ]
    return TEXTS["minimum_rule"].with_values(policies=_listed(broken) or TEXTS["minimum_rule_kept"])


def _hedged(dispatch: dict[str, Any]) -> Text | None:
    """What sizing reserve by each forecast's interval saves, where the case does so."""
    hedging: dict[str, Any] = dispatch.get("hedging") or {}
    if not hedging:
        return None
    largest = max(abs(each["saved"]) for each in hedging.values())
    scale, unit = amounts(largest, dispatch["unit"])
    savings = [
        TEXTS["hedged_policy"].with_values(
            name=name_of(name), saved=each["saved"] / scale, unit=unit
        )
        for name, each in hedging.items()
    ]
    return TEXTS["hedged"].with_values(savings=_listed(savings))


def _listed(texts: list[Text]) -> Text | None:
    if not texts:
        return None
    return Text("; ".join(text.en for text in texts), "; ".join(text.pt for text in texts))


def _day_row(day: WorstDay, scale: float) -> DayRow:
    low = day.load_error > 0
    load = TEXTS["too_low" if low else "too_high"].with_values(mw=abs(day.load_error))
    key = "sources_less" if day.supply_error < 0 else "sources_more"
    supply = TEXTS[key].with_values(mw=abs(day.supply_error))
    why = TEXTS["why_day"].with_values(
        share=day.share, part=TEXTS[f"part_{day.part}"], load=load, supply=supply
    )
    spec = ",.0f" if scale == 1 else ",.2f"
    return DayRow(
        day=f"{day.day:%Y-%m-%d}",
        regret=number(day.regret / scale, spec),
        hour=_joined("{hour:,d} h", hour=day.hour),
        why=why,
    )
