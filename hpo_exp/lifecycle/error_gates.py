"""Gates of the forecast's error: a limit, the baselines, and the champion."""

from typing import Any

import numpy as np
import pandas as pd

from hpo_exp.config.promotion import ErrorGate
from hpo_exp.lifecycle.comparison import NAIVE, Recent
from hpo_exp.lifecycle.gate import Outcome
from hpo_exp.validation.metrics import rmse
from hpo_exp.validation.significance import diebold_mariano

CHALLENGER, CHAMPION = "challenger", "champion"


def check_limit(recent: Recent, gate: ErrorGate) -> Outcome:
    """The error is within its limit."""
    error = recent.rmse(CHALLENGER)
    found = f"RMSE {error:,.2f} MW on {len(recent.targets)} recent hours"
    if gate.limit_mw is None:
        return Outcome("error_limit", passed=bool(np.isfinite(error)), text=f"{found}; no limit")
    return Outcome(
        "error_limit",
        passed=error <= gate.limit_mw,
        text=f"{found}; at most {gate.limit_mw:g} MW",
    )


def check_naive(recent: Recent) -> Outcome:
    """The error is below that of every forecast that needs no training, on the same hours."""
    return _beats(
        "naive_baselines",
        recent.rmse(CHALLENGER),
        {name: recent.rmse(name) for name in NAIVE if name in recent.errors},
        f"{len(recent.targets)} recent hours",
    )


def check_baselines(forecast: pd.DataFrame, metrics: dict[str, Any], gate: ErrorGate) -> Outcome:
    """The error is below every baseline's on the newest hours of the run's own test period."""
    first, last = _scored_steps(metrics)
    counted = forecast[forecast["step"].between(first, last) & forecast["actual_mw"].notna()]
    hours = np.sort(counted["target_time"].unique())[-gate.recent_hours :]
    rows = counted[counted["target_time"].isin(hours)]
    actual = rows["actual_mw"].to_numpy()
    baselines = {name: rmse(actual, rows[name].to_numpy()) for name in metrics["test"]["baselines"]}
    own = rmse(actual, rows["model_mw"].to_numpy())
    return _beats("baselines", own, baselines, f"the newest {len(hours)} hours of the test period")


def _beats(gate: str, own: float, others: dict[str, float], where: str) -> Outcome:
    if not others:
        return Outcome(gate, passed=False, text="there is no baseline to compare with")
    best = min(others, key=lambda name: others[name])
    return Outcome(
        gate,
        passed=own < others[best],
        text=f"RMSE {own:,.2f} MW, the best baseline's ({best}) {others[best]:,.2f} MW, on {where}",
    )


def check_champion(recent: Recent, horizon: int, gate: ErrorGate) -> Outcome:
    """The error is not significantly larger than the champion's on the same hours."""
    own, theirs = recent.rmse(CHALLENGER), recent.rmse(CHAMPION)
    test = diebold_mariano(recent.errors[CHALLENGER], recent.errors[CHAMPION], horizon)
    worse = own > theirs and not test.p_value >= gate.significance
    return Outcome(
        "champion",
        passed=not worse,
        text=f"RMSE {own:,.2f} MW, the champion's {theirs:,.2f} MW, on the same "
        f"{len(recent.targets)} hours (Diebold and Mariano: p = {test.p_value:.3g}; worse below "
        f"{gate.significance:g})",
    )


def _scored_steps(metrics: dict[str, Any]) -> tuple[int, int]:
    scored = str(metrics["test"]["scored_step"])
    if scored == "pooled":
        return 1, int(metrics["test"]["horizon"])
    first, _, last = scored.partition("-")
    return int(first), int(last or first)
