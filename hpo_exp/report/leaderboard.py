"""The result in a terminal: model and baselines by error, and the notebook's table."""

from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table

SAMPLE_ROWS = 10
"""Rows the notebook showed."""


def print_leaderboard(metrics: dict[str, Any], forecast: pd.DataFrame, console: Console) -> None:
    """Print who was how wrong on the test period, best first."""
    test, data = metrics["test"], metrics["data"]
    kind = "SIMULATED data" if data["simulated"] else "data"
    console.print(
        f"\nTest period {test['start']} … {test['end']}, {test['hours']:,} hours, {kind} "
        f"({data['source']}), step: {test['scored_step']}"
    )
    rows = {"model": test["model"], **test["variants"], **test["baselines"]}
    significance = test["significance"]
    table = Table("forecast", *("RMSE MW", "MAE MW", "MAPE %", "MASE", "skill", "p"))
    for column in table.columns[1:]:
        column.justify = "right"
    for name, scores in sorted(rows.items(), key=lambda item: item[1]["rmse_mw"]):
        table.add_row(
            name,
            f"{scores['rmse_mw']:,.2f}",
            f"{scores['mae_mw']:,.2f}",
            f"{scores['mape_pct']:.2f}",
            f"{scores['mase']:.3f}",
            f"{scores['skill']:+.3f}",
            f"{significance[name]['p_value']:.2g}" if name in significance else "",
            style="bold" if name == "model" else None,
        )
    console.print(table)
    console.print("p: Diebold-Mariano, of the model's RMSE differing so much by chance")
    if "dispatch" in metrics:
        console.print(_dispatch_table(metrics["dispatch"]))
    console.print(_notebook_table(forecast))


def _dispatch_table(dispatch: dict[str, Any]) -> Table:
    """What each policy's dispatch came to, cheapest first."""
    unit = dispatch["unit"]
    heads = (f"cost {unit}", "deficit MWh", "surplus MWh", f"regret {unit}", "violations h")
    table = Table("policy", *heads, title=f"dispatch={dispatch['case']}", title_justify="left")
    table.columns[0].no_wrap = True
    for column in table.columns[1:]:
        column.justify = "right"
    for name, policy in sorted(dispatch["policies"].items(), key=lambda item: item[1]["cost"]):
        keys = ("cost", "deficit_mwh", "surplus_mwh", "regret")
        numbers = (f"{policy[key]:,.0f}" for key in keys)
        violations = f"{policy['violated_hours']:,}"
        table.add_row(name, *numbers, violations, style="bold" if name == "model" else None)
    return table


def _notebook_table(forecast: pd.DataFrame) -> Table:
    """The notebook's table: real, predicted and absolute error of the first test hours."""
    sample = forecast.head(SAMPLE_ROWS)
    table = Table("hour", "step", "Real (MW)", "Previsto (MW)", "Erro Absoluto (MW)")
    for column in table.columns[1:]:
        column.justify = "right"
    columns = (sample[name] for name in ("target_time", "step", "actual_mw", "model_mw"))
    for hour, step, actual, model in zip(*columns, strict=True):
        numbers = (f"{value:,.2f}" for value in (actual, model, abs(actual - model)))
        table.add_row(f"{hour:%Y-%m-%d %H:%M}", str(step), *numbers)
    return table
