"""The evaluation of a case: every policy committed and settled on the same hours."""

from dataclasses import dataclass, field

import numpy as np

from hpo_exp.config import DispatchConfig
from hpo_exp.dispatch.costs import cost_parts, violation_depths
from hpo_exp.dispatch.operation import Operation, Plan, cut, foresee, joined, operate
from hpo_exp.dispatch.period import Period
from hpo_exp.dispatch.policies import forecasting_plans, threshold_plan, unhedged_plans
from hpo_exp.dispatch.policy_names import MODEL, PERFECT, REALISED, THRESHOLD
from hpo_exp.dispatch.reserve import Forecast
from hpo_exp.dispatch.stages import Stages
from hpo_exp.errors import ConfigError
from hpo_exp.spans import DAY

PARTS_OF_A_DAY = (1, 2, 3, 4, 6, 8, 12, DAY)


@dataclass(frozen=True)
class Outcome:
    """What a policy came to.

    Attributes:
        operation: its hours.
        parts: its cost by part, in the case's unit, each of shape (hours,).
        violations: the depth of each kind of violation (MW), each of shape (hours,).
    """

    operation: Operation
    parts: dict[str, np.ndarray]
    violations: dict[str, np.ndarray]

    @property
    def cost(self) -> np.ndarray:
        """Cost of each hour, shape (hours,)."""
        return np.sum(list(self.parts.values()), axis=0)

    def violated(self, *besides: str) -> np.ndarray:
        """Flags of the hours in which a rule is broken, besides some kinds, shape (hours,)."""
        depths = [depth for kind, depth in self.violations.items() if kind not in besides]
        return np.any([depth > 0 for depth in depths], axis=0)


@dataclass(frozen=True)
class Dispatch:
    """What the policies came to.

    Attributes:
        period: the hours.
        forecasts: what each forecasting policy went by.
        program_hours: hours committed at once.
        outcomes: policy to what it came to.
        unhedged: the forecasting policies again, with a fixed share of reserve; none where the
            case does not hedge.
    """

    period: Period
    forecasts: dict[str, Forecast]
    program_hours: int
    outcomes: dict[str, Outcome]
    unhedged: dict[str, Outcome] = field(default_factory=dict)


def evaluate_dispatch(
    period: Period, forecasts: dict[str, Forecast], case: DispatchConfig
) -> Dispatch:
    """Run every policy through the period.

    Args:
        period: the hours to dispatch.
        forecasts: `model` and each baseline to what it foresees.
        case: the dispatch case.

    Raises:
        DispatchError: a program has no solution, or none was found.
        ConfigError: as `hours_at_once` says.
    """
    hours = hours_at_once(period, case)
    stages = Stages(case)

    def run(plan: Plan) -> Outcome:
        return _outcome(operate(stages, plan, period.need, period.times, hours), period, case)

    outcomes = {
        name: run(plan) for name, plan in forecasting_plans(period, forecasts, case).items()
    }
    outcomes[THRESHOLD] = run(threshold_plan(period, forecasts[MODEL], case))
    in_hindsight: dict[str, np.ndarray | None] = {PERFECT: None}
    if period.realised_hydro is not None:
        in_hindsight[REALISED] = period.realised_hydro
    for name, hydro in in_hindsight.items():
        operation = foresee(stages, period.need, period.times, hydro)
        outcomes[name] = _outcome(operation, period, case)
    unhedged = unhedged_plans(period, forecasts, case)
    return Dispatch(
        period=period,
        forecasts=forecasts,
        program_hours=hours,
        outcomes=outcomes,
        unhedged={name: run(plan) for name, plan in unhedged.items()},
    )


def evaluate_forecast(period: Period, forecast: Forecast, case: DispatchConfig) -> Outcome:
    """Run one forecast alone through the period, as `evaluate_dispatch` does.

    Raises:
        DispatchError: a program has no solution, or none was found.
        ConfigError: as `hours_at_once` says.
    """
    [plan] = forecasting_plans(period, {MODEL: forecast}, case).values()
    hours = hours_at_once(period, case)
    return _outcome(operate(Stages(case), plan, period.need, period.times, hours), period, case)


def hours_at_once(period: Period, case: DispatchConfig) -> int:
    """Hours committed by one program: what is asked for, or a day, or what is foreseen by then.

    A program is committed when its first hour begins, so an hour's step is at least its place in
    the program: forecasts for the next hour commit hour by hour.

    Raises:
        ConfigError: `dispatch.program_hours` commits an hour whose forecast is issued later.
    """
    hours = case.program_hours or DAY
    places = np.concatenate([np.arange(1, p.stop - p.start + 1) for p in cut(period.times, hours)])
    if (period.steps >= places).all():
        return hours
    least = max(part for part in PARTS_OF_A_DAY if part <= period.steps.min())
    if case.program_hours is None:
        return least
    hour = int(np.argmax(period.steps < places))
    raise ConfigError(
        f"dispatch.program_hours={hours} commits {period.times[hour]} {places[hour] - 1} hours "
        f"before it begins, but its forecast is issued {period.steps[hour] - 1} hours before: "
        f"choose at most {least}, or null"
    )


def _outcome(operation: Operation, period: Period, case: DispatchConfig) -> Outcome:
    follows = joined(period.times)
    violations = violation_depths(operation, period.need, follows, case)
    return Outcome(operation, cost_parts(operation, violations, case), violations)
