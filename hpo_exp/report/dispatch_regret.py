"""What the policies' regret is made of: by part of the cost, and by day."""

from dataclasses import dataclass

import pandas as pd

from hpo_exp.dispatch.policy_names import MODEL, PERFECT

PREFIX = "cost_"
WORST_DAYS = 10


@dataclass(frozen=True)
class WorstDay:
    """A day on which the model cost much beyond perfect foresight.

    Attributes:
        day: its date.
        regret: what it cost more, in the case's unit.
        part: the part of the cost that grew most.
        share: of all that grew, in percent.
        hour: the hour with the largest regret.
        load_error: load that came in it less its forecast (MW).
        supply_error: what the other sources gave in it less what was foreseen (MW).
    """

    day: pd.Timestamp
    regret: float
    part: str
    share: float
    hour: int
    load_error: float
    supply_error: float


def cost_parts(dispatch: pd.DataFrame) -> list[str]:
    """Parts of the cost, as their columns have them."""
    return [str(name) for name in dispatch if str(name).startswith(PREFIX)]


def regret_by_part(dispatch: pd.DataFrame) -> pd.DataFrame:
    """Regret by part over the whole period: a row a policy, a column a part without its prefix."""
    totals = dispatch.groupby("policy", sort=False)[cost_parts(dispatch)].sum()
    return (totals - totals.loc[PERFECT]).rename(columns=lambda name: name.removeprefix(PREFIX))


def worst_days(dispatch: pd.DataFrame) -> list[WorstDay]:
    """Days on which the model's regret was largest, the worst first; none without a regret."""
    model, perfect = (
        dispatch[dispatch["policy"] == name].set_index("time") for name in (MODEL, PERFECT)
    )
    columns = cost_parts(dispatch)
    excess = model[columns] - perfect[columns]
    regret = model["cost"] - perfect["cost"]
    days = pd.DatetimeIndex(regret.index).normalize()
    daily = regret.groupby(days).sum().sort_values(ascending=False, kind="stable")
    load_error = model["load_mw"] - model["load_forecast_mw"]
    supply_error = load_error - (model["demand_mw"] - model["demand_forecast_mw"])
    found = []
    for day, amount in daily.head(WORST_DAYS).items():
        if amount <= 0:
            break
        hours = days == day
        grown = excess[hours].sum().clip(lower=0)
        worst = pd.Timestamp(str(regret[hours].idxmax()))
        found.append(
            WorstDay(
                day=pd.Timestamp(str(day)),
                regret=float(amount),
                part=str(grown.idxmax()).removeprefix(PREFIX),
                share=float(100 * grown.max() / grown.sum()),
                hour=int(worst.hour),
                load_error=float(load_error.loc[worst]),
                supply_error=float(supply_error.loc[worst]),
            )
        )
    return found
