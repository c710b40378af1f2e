"""The gate of what the forecasts do to the dispatch, by the report of the run."""

from typing import Any

from hpo_exp.config.promotion import DispatchGate
from hpo_exp.dispatch.policy_names import MODEL
from hpo_exp.lifecycle.gate import Outcome


def check_dispatch(metrics: dict[str, Any], gate: DispatchGate) -> list[Outcome]:
    """Hold the dispatch of the run's test period against its limits.

    Args:
        metrics: the run's `metrics.json`.
        gate: the limits.

    Returns:
        The outcomes of `violations` and `regret`; passed where the run has no dispatch case.
    """
    found = metrics.get("dispatch")
    if found is None:
        text = "the run has no dispatch case"
        return [Outcome(name, passed=True, text=text) for name in ("violations", "regret")]
    policy, hours, unit = found["policies"][MODEL], int(found["hours"]), found["unit"]
    kinds = {name: int(count) for name, count in policy["violations"].items()}
    violations = int(policy["violated_hours"])
    broken = ", ".join(f"{name} {count}" for name, count in kinds.items() if count)
    baselines = {
        name: float(found["policies"][name]["regret"])
        for name in metrics["test"]["baselines"]
        if name in found["policies"]
    }
    return [
        Outcome(
            "violations",
            passed=violations <= gate.violations,
            text=f"{violations} hours break a limit{f' ({broken})' if broken else ''}; at most "
            f"{gate.violations}",
        ),
        _regret(float(policy["regret"]), baselines, hours, unit, gate),
    ]


def _regret(
    own: float, baselines: dict[str, float], hours: int, unit: str, gate: DispatchGate
) -> Outcome:
    text = f"regret {own:,.0f} {unit} in {hours} hours"
    if gate.regret_an_hour is not None:
        text += f", {own / hours:,.2f} an hour; at most {gate.regret_an_hour:g}"
        if own / hours > gate.regret_an_hour:
            return Outcome("regret", passed=False, text=text)
    if gate.beat_baselines and baselines:
        best = min(baselines, key=lambda name: baselines[name])
        limit = baselines[best] * (1 + gate.tolerance_pct / 100)
        text += f"; the best baseline's ({best}) {baselines[best]:,.0f}, and {limit:,.0f} allowed"
        return Outcome("regret", passed=own <= limit, text=text)
    return Outcome("regret", passed=True, text=text)
