import numpy as np
import pandas as pd
import pytest

from hpo_exp.dispatch.intervals import level_of, trailing_quantile
from hpo_exp.dispatch.period import Limits, Period
from hpo_exp.dispatch.reserve import Forecast, hedge, share_of_load
from tests.dispatch.cases import rich_case

DAYS = 80
HEDGING = rich_case(reserve={"share": 0.04, "price": 9, "hedge_days": 28}, regulation_mw=0)


def make_period(wind_error: float = 0.0, steps: int = 1) -> Period:
    hours, random = 24 * DAYS, np.random.default_rng(0)
    wind = 300 + 100 * random.random(hours)
    return Period(
        times=pd.date_range("2022-01-01", periods=hours, freq="h"),
        steps=np.full(hours, steps),
        load=1_000 + 100 * random.random(hours),
        supply={"geracao_eolica_mw": wind},
        supply_forecast={"geracao_eolica_mw": wind + wind_error * random.standard_normal(hours)},
        signs={"geracao_eolica_mw": 1},
        curtailable=("geracao_eolica_mw",),
        limits=Limits(np.full(hours, 400.0), np.full(hours, 1_500.0)),
        realised_hydro=None,
        filled_hours={},
    )


def test_trailing_quantile__knows_nothing_of_the_hour_or_later() -> None:
    times = pd.date_range("2022-01-01", periods=24 * DAYS, freq="h")
    errors = np.random.default_rng(0).standard_normal(len(times))
    for known in (1, 2):
        before = trailing_quantile(errors, times, 0.8, days=28, known=known)
        poisoned = errors.copy()
        poisoned[24 * 50 :] = 1e9
        after = trailing_quantile(poisoned, times, 0.8, days=28, known=known)
        assert np.array_equal(
            before[: 24 * (50 + known)], after[: 24 * (50 + known)], equal_nan=True
        )
        assert not np.array_equal(before, after, equal_nan=True)


def test_trailing_quantile__is_that_of_the_same_hour_of_the_last_days() -> None:
    times = pd.date_range("2022-01-01", periods=24 * DAYS, freq="h").delete([700, 701])
    errors = np.random.default_rng(0).standard_normal(len(times))
    found = trailing_quantile(errors, times, 0.8, days=28, known=2)
    hour = 24 * 60 + 5
    row = int(np.flatnonzero(times == times[0] + pd.Timedelta(hours=hour))[0])
    day = times.normalize() - times[row].normalize()
    seen = (times.hour == 5) & (day <= pd.Timedelta(days=-2)) & (day > pd.Timedelta(days=-30))
    assert found[row] == pytest.approx(np.quantile(errors[seen], 0.8))
    assert np.isnan(found[: 24 * 8]).all()


def test_level_of__lies_between_the_levels_given() -> None:
    levels = {0.95: np.array([30.0]), 0.05: np.array([10.0]), 0.5: np.array([18.0])}
    assert level_of(levels, 0.725) == pytest.approx([24.0])
    assert level_of(levels, 0.99) == pytest.approx([30.0])


def test_hedge__costs_least_of_all_fixed_sizes() -> None:
    """The newsvendor's size: neither more nor less of it would have been cheaper."""
    period = make_period()
    errors = 60 * np.random.default_rng(1).standard_normal(len(period.load))
    reserve = hedge(period, Forecast(period.load - errors), HEDGING)
    known = slice(24 * 30, None)

    def cost(size: np.ndarray) -> float:
        return float((9 * size + 50 * np.maximum(errors[known] - size, 0)).sum())

    least = min(cost(np.full(len(errors[known]), size)) for size in range(0, 200, 5))
    assert cost(reserve.up[known]) < 1.06 * least
    assert not reserve.binding
    first = slice(24 * 7)  # before enough errors are known
    fixed = share_of_load(period.load - errors, HEDGING.reserve)
    assert np.array_equal(reserve.up[first], fixed.up[first])


def test_hedge__adds_the_sources_spread_to_a_loads_quantiles_in_squares() -> None:
    period = make_period(wind_error=40.0)
    forecast = Forecast(
        period.load, quantiles={level: period.load + 100 * (level - 0.5) for level in (0, 1)}
    )
    alone = hedge(make_period(), forecast, HEDGING).up[24 * 30 :]
    both = hedge(period, forecast, HEDGING).up[24 * 30 :]
    assert alone == pytest.approx(100 * (1 - 9 / 50 - 0.5))
    wind = trailing_quantile(
        period.supply_forecast["geracao_eolica_mw"] - period.supply["geracao_eolica_mw"],
        period.times, 1 - 9 / 50, days=28, known=1,
    )[24 * 30 :]  # fmt: skip
    assert both == pytest.approx(np.hypot(alone, np.maximum(wind, 0)))


def test_hedge__is_no_more_than_hydro_can_move_in_an_hour() -> None:
    period = make_period()
    errors = 3_000 * np.random.default_rng(1).standard_normal(len(period.load))
    reserve = hedge(period, Forecast(period.load - errors), HEDGING).part(slice(24 * 30, None))
    assert reserve.up.max() == HEDGING.hydro.ramp_up_mw
    assert reserve.down.max() == HEDGING.hydro.ramp_down_mw
