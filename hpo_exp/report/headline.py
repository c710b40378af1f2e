"""What a run comes to in a few numbers and sentences."""

from dataclasses import dataclass
from typing import Any

from hpo_exp.dispatch.policy_names import MODEL
from hpo_exp.report.chance import chance, pooled
from hpo_exp.report.dispatch_figures import NEARLY_ALL, dwarfing, forecasts_matter
from hpo_exp.report.figures import amounts
from hpo_exp.report.language import Text, number
from hpo_exp.report.run_files import FinishedRun
from hpo_exp.report.texts import TEXTS, name_of
from hpo_exp.spans import DAY


@dataclass(frozen=True)
class Tile:
    """A headline number with its unit and what to hold it against."""

    label: Text
    value: Text
    unit: str | Text
    note: Text


def tiles(run: FinishedRun) -> list[Tile]:
    """Headline numbers of the forecast and, where there is one, of the dispatch."""
    model, baseline = run.test["model"], run.best_baseline
    best = run.test["baselines"][baseline]
    skill = model["skill"]
    found = [
        _tile("rmse", number(model["rmse_mw"]), "MW", rmse=best["rmse_mw"]),
        _tile("mape", number(model["mape_pct"]), "%", mae=model["mae_mw"]),
        _tile("skill", number(100 * skill, "+.1f"), "%", name=name_of(baseline))
        if skill is not None
        else Tile(TEXTS["tile_skill"], number(None), "", TEXTS["tile_skill_none"]),
    ]
    dispatch = run.metrics.get("dispatch")
    if dispatch is not None:
        policy = dispatch["policies"][MODEL]
        below = policy["violations"]["below_minimum"]
        others = policy["other_violated_hours"]
        regret, unit = _scaled(policy["regret"], dispatch["unit"])
        hourly, share = _hourly_regret(run)
        found += [
            _tile(
                "regret", number(regret), unit, hourly=hourly, unit=dispatch["unit"], share=share
            ),
            _tile("violations", number(below, ",d"), "h", hours=dispatch["hours"], others=others),
        ]
    return found


def _tile(key: str, value: Text, unit: str | Text, /, **values: object) -> Tile:
    note = TEXTS[f"tile_{key}_note"].with_values(**values)
    return Tile(TEXTS[f"tile_{key}"], value, unit, note)


def _scaled(amount: float, unit: str) -> tuple[float, Text]:
    """A large amount in a larger unit."""
    scale, name = amounts(amount, unit)
    return amount / scale, name


def _hourly_regret(run: FinishedRun) -> tuple[float, Text]:
    """The model's regret in a mean hour, and what it is of the load it served."""
    dispatch = run.metrics["dispatch"]
    regret = dispatch["policies"][MODEL]["regret"]
    return regret / dispatch["hours"], regret_share(run)[1]


def regret_share(run: FinishedRun) -> tuple[float, Text]:
    """The model's regret by the load it served, which compares across runs.

    Returns:
        In % where the regret is an energy and in its unit a MWh where it is money; and in words.
    """
    dispatch = run.metrics["dispatch"]
    share = dispatch["policies"][MODEL]["regret"] / run.dispatched_load
    if dispatch["unit"] == "MWh":
        return 100 * share, TEXTS["share_energy"].with_values(share=100 * share)
    return share, TEXTS["share_money"].with_values(share=share, unit=dispatch["unit"])


def verdict(run: FinishedRun) -> list[Text]:
    """The result in sentences that an operator reads."""
    test, baseline = run.test, run.best_baseline
    model, best = test["model"], test["baselines"][baseline]
    off_by = TEXTS["off_by"].with_values(
        hours=test["hours"], mae=model["mae_mw"], mape=model["mape_pct"]
    )
    name = name_of(baseline)
    if model["skill"] is None:
        gain = TEXTS["no_skill"].with_values(name=name, rmse=best["rmse_mw"])
    else:
        key = "better" if model["skill"] >= 0 else "worse"
        gain = TEXTS[key].with_values(name=name, percent=abs(100 * model["skill"]))
    sentences = [off_by, gain, *chance(run), *pooled(run)]
    dispatch = run.metrics.get("dispatch")
    if dispatch is not None:
        policy = dispatch["policies"][MODEL]
        regret, unit = _scaled(policy["regret"], dispatch["unit"])
        share = regret_share(run)[1]
        sentences.append(TEXTS["dispatched"].with_values(regret=regret, unit=unit, share=share))
        sentence, always = clipping(run)
        if sentence is not None and always:
            sentences.append(sentence)
    return sentences


def meaning(run: FinishedRun) -> list[Text]:
    """When forecasts are issued, for what, and which of them the errors are of."""
    test = run.test
    horizon, issue, scored = test["horizon"], test["issue"], test["scored_step"]
    first, last = run.scored_steps
    if issue == "hourly" and horizon == 1:
        return [TEXTS["next_hour"]]
    hourly = issue == "hourly"
    issued = TEXTS["next_hours"] if hourly else TEXTS["once_a_day"]
    if scored == "pooled":
        judged = "judged_all"
    elif first == last:
        judged = "judged_step" if last == horizon else "judged_inner_step"
    else:
        # Step k of a forecast issued at h o'clock is the hour h + k - 1.
        midnight = not hourly and (int(issue) + first - 1) % DAY == 0
        judged = "judged_day" if midnight and last - first == DAY - 1 else "judged_steps"
    values: dict[str, Any] = {"horizon": horizon, "first": first, "last": last}
    when = {} if hourly else {"issue": int(issue)}
    return [issued.with_values(**values, **when), TEXTS[judged].with_values(**values)]


def clipping(run: FinishedRun) -> tuple[Text | None, bool]:
    """What hydro's limits leave a forecast to decide.

    Returns:
        A sentence, or None where the limits never bind; and whether they (nearly) always do.
    """
    dispatch = run.metrics.get("dispatch")
    if dispatch is None:
        return None, False
    hours, clipped = dispatch["hours"], dispatch["clipped_hours"]
    below, above = clipped["below_minimum"], clipped["above_maximum"]
    if below + above == 0:
        return None, False
    share = (below + above) / hours
    values = {"hours": hours, "clipped": below + above, "percent": 100 * share}
    if share < NEARLY_ALL:
        return TEXTS["sometimes_clipped"].with_values(**values, below=below, above=above), False
    if above == hours:
        limit = dispatch["hydro"]["maximum_mw"]
        start = TEXTS["always_above"].with_values(**values, limit=limit)
    elif below == hours:
        start = TEXTS["always_below"].with_values(**values)
    else:
        start = TEXTS["mostly_clipped"].with_values(**values)
    end = TEXTS["hardly_matter" if forecasts_matter(run) else "no_matter"]
    return Text(f"{start.en}, {end.en}", f"{start.pt}, {end.pt}"), True


def left_out(run: FinishedRun) -> list[Text]:
    """Policies that the figure of deficit and surplus leaves to the table."""
    if run.dispatch is None:
        return []
    policies = run.metrics["dispatch"]["policies"]
    return [
        TEXTS["left_out"].with_values(
            name=name_of(name),
            deficit=policies[name]["deficit_mwh"],
            surplus=policies[name]["surplus_mwh"],
        )
        for name in dwarfing(run)
    ]
