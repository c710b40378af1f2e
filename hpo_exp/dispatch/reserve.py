"""How much reserve a policy keeps ready: a share of the load, or what its own interval is worth."""

from dataclasses import dataclass, field

import numpy as np

from hpo_exp.config import DispatchConfig, ReserveConfig
from hpo_exp.dispatch.hours import Reserve
from hpo_exp.dispatch.intervals import level_of, trailing_quantile
from hpo_exp.dispatch.period import Period


@dataclass(frozen=True)
class Forecast:
    """What a policy foresees.

    Attributes:
        load: the load (MW), shape (hours,).
        supply: sources that it forecasts (MW), column to shape (hours,); the others are foreseen
            by the same hour of the last day known.
        quantiles: of the load (MW), level to shape (hours,); none where it comes without.
    """

    load: np.ndarray
    supply: dict[str, np.ndarray] = field(default_factory=dict)
    quantiles: dict[float, np.ndarray] = field(default_factory=dict)


def no_reserve(hours: int) -> Reserve:
    """Nothing kept ready."""
    return Reserve(np.zeros(hours), np.zeros(hours), binding=True)


def share_of_load(load: np.ndarray, config: ReserveConfig | None) -> Reserve:
    """The fixed rule: so much of the forecast load, either way."""
    if config is None:
        return no_reserve(len(load))
    size = np.maximum(config.share * load, 0.0)
    return Reserve(size, size, binding=True)


def hedge(period: Period, forecast: Forecast, case: DispatchConfig) -> Reserve:
    """The reserve at which another MW costs as much as the balancing it is expected to save.

    That is the newsvendor's rule: with a price of reserve *r* and of balancing *b*, cover errors
    up to their quantile 1 - *r* / *b*, less the band that costs nothing; no more than hydro can
    move in an hour, and kept only where room for it is not dearer still. Errors are those of the
    load and the sources together. Where the load comes with quantiles, its spread and that of the
    sources add in squares, as those of independent errors do; else the spread of both together is
    taken from earlier days. The share stands in while too few days are known.
    """
    config = case.reserve
    if config is None:
        return no_reserve(len(forecast.load))
    assert config.hedge_days is not None
    fixed = share_of_load(forecast.load, config)
    prices, hydro = case.prices, case.hydro
    covered_up = 1 - config.price / (prices.balancing_up or prices.deficit)
    covered_down = 1 - config.price / (prices.balancing_down or prices.surplus)
    spread_up = _spread(period, forecast, covered_up, config.hedge_days)
    spread_down = -_spread(period, forecast, 1 - covered_down, config.hedge_days)
    sides = [
        np.where(np.isnan(spread), otherwise, np.clip(spread - case.regulation_mw, 0.0, ramp))
        for spread, otherwise, ramp in (
            (spread_up, fixed.up, hydro.ramp_up_mw),
            (spread_down, fixed.down, hydro.ramp_down_mw),
        )
    ]
    return Reserve(sides[0], sides[1], binding=False)


def _spread(period: Period, forecast: Forecast, level: float, days: int) -> np.ndarray:
    """Error (MW) of the demand that is left, at a level of its distribution, shape (hours,)."""
    if not 0 < level < 1:  # reserve that costs as much as what it saves
        return np.zeros(len(forecast.load))
    foreseen = {**period.supply_forecast, **forecast.supply}
    known = {"days": days, "known": period.days_known}
    if not forecast.quantiles:
        errors = period.demand - period.left_over(forecast.load, foreseen)
        return trailing_quantile(errors, period.times, level, **known)
    load = level_of(forecast.quantiles, level) - forecast.load
    none = np.zeros(len(forecast.load))
    errors = period.left_over(none, period.supply) - period.left_over(none, foreseen)
    supply = trailing_quantile(errors, period.times, level, **known)
    if level < 0.5:
        return -np.hypot(np.minimum(load, 0.0), np.minimum(supply, 0.0))
    return np.hypot(np.maximum(load, 0.0), np.maximum(supply, 0.0))
