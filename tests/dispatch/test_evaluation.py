import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpo_exp.config import DispatchConfig
from hpo_exp.data.table import TARGET, HourlyTable, Provenance
from hpo_exp.dispatch.evaluation import evaluate_dispatch, hours_at_once
from hpo_exp.dispatch.period import Period, build_period
from hpo_exp.dispatch.policies import follow_threshold
from hpo_exp.dispatch.reserve import Forecast
from hpo_exp.dispatch.summary import dispatch_frame, summarise
from hpo_exp.errors import ConfigError, DataError

CASE = DispatchConfig.model_validate(
    {
        "case": "test",
        "unit": "MWh",
        "supply": {"geracao_eolica_mw": 1, "intercambio_mw": -1},
        "hydro": {
            "minimum_mw": 400,
            "restricted_minimum_mw": 600,
            "maximum_mw": 1500,
            "realised": "geracao_hidraulica_mw",
        },
        "prices": {"deficit": 1, "surplus": 1},
        "threshold_rule": {
            "load_above_mw": 25_500,
            "minimum_mw": 500,
            "extra_mw": 300,
            "capacity_mw": 1_200,
        },
    }
)
DAYS = 5


def make_table(seed: int = 0) -> HourlyTable:
    hours = 24 * DAYS
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            TARGET: 25_000 + 800 * random.random(hours),
            "geracao_eolica_mw": 24_000 + 500 * random.random(hours),
            "intercambio_mw": 100 * random.random(hours) - 50,
            "geracao_hidraulica_mw": 300 + 1_400 * random.random(hours),
            "restricao_vazao": np.arange(hours) % 7 == 0,
        },
        index=pd.date_range("2022-01-01", periods=hours, freq="h", name="timestamp"),
    ).astype(np.float64)
    return HourlyTable(frame, Provenance("test", True, "SE", -3))


def make_period(steps: int = 1, seed: int = 0, delays: dict[str, int] | None = None) -> Period:
    rows = np.arange(48, 24 * DAYS)
    return build_period(make_table(seed), CASE, rows, np.full(len(rows), steps), delays or {})


def forecasts(period: Period, seed: int) -> dict[str, Forecast]:
    random = np.random.default_rng(seed)
    return {
        "model": Forecast(period.load + 50 * random.standard_normal(len(period.load))),
        "persistence": Forecast(period.load + 500 * random.standard_normal(len(period.load))),
    }


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_no_policy_within_the_limits__beats_perfect_foresight(seed: int) -> None:
    period = make_period(seed=seed)
    dispatch = evaluate_dispatch(period, forecasts(period, seed), CASE)
    policies = summarise(dispatch, CASE)["policies"]
    for name, policy in policies.items():
        if not any(policy["violations"].values()):
            assert policy["regret"] >= -1e-6, name
    assert policies["perfect"]["regret"] == 0


def test_settled_balance__holds_in_every_hour_of_every_policy() -> None:
    period = make_period()
    frame = dispatch_frame(evaluate_dispatch(period, forecasts(period, 1), CASE), CASE)
    served = (
        frame["settled_geracao_hidraulica_mw"]
        + frame["settled_geracao_eolica_mw"]
        - frame["settled_intercambio_mw"]
        + frame["deficit_mwh"]
        - frame["surplus_mwh"]
    )
    assert np.abs(served - frame["load_mw"]).max() < 1e-6
    assert set(frame["policy"]) == {
        "model", "persistence", "threshold_rule", "perfect", "realised"
    }  # fmt: skip


def test_build_period__foresees_supply_by_the_same_hour_of_the_last_day_known() -> None:
    wind = make_table().frame["geracao_eolica_mw"].to_numpy()
    rows = np.arange(48, 24 * DAYS)
    assert np.array_equal(make_period(1).supply_forecast["geracao_eolica_mw"], wind[rows - 24])
    assert np.array_equal(make_period(24).supply_forecast["geracao_eolica_mw"], wind[rows - 24])
    assert np.array_equal(make_period(25).supply_forecast["geracao_eolica_mw"], wind[rows - 48])


def test_build_period__reads_no_hour_that_is_published_later() -> None:
    wind = make_table().frame["geracao_eolica_mw"].to_numpy()
    rows, late = np.arange(48, 24 * DAYS), {"geracao_eolica_mw": 3}
    known = make_period(21, delays=late)
    assert np.array_equal(known.supply_forecast["geracao_eolica_mw"], wind[rows - 24])
    assert known.days_known == 1
    beyond = make_period(22, delays=late)
    assert np.array_equal(beyond.supply_forecast["geracao_eolica_mw"], wind[rows - 48])
    assert beyond.days_known == 2


def test_build_period__moves_the_last_published_value_as_a_day_before() -> None:
    table, rows = make_table(), np.arange(96, 24 * DAYS)
    wind = table.frame["geracao_eolica_mw"].to_numpy()
    trend = CASE.model_copy(update={"supply_trend_steps": 2})
    period = build_period(table, trend, rows, np.full(len(rows), 2), {"geracao_eolica_mw": 3})
    moved = wind[rows - 5] + wind[rows - 24] - wind[rows - 29]
    assert np.array_equal(period.supply_forecast["geracao_eolica_mw"], np.maximum(moved, 0.0))


@pytest.mark.parametrize(("step", "hours"), [(1, 1), (5, 4), (6, 6), (23, 12), (24, 24), (48, 24)])
def test_programs__commit_no_hour_whose_forecast_is_issued_later(step: int, hours: int) -> None:
    assert hours_at_once(make_period(step), CASE) == hours


def test_programs__are_days_where_a_day_is_foreseen_at_midnight() -> None:
    rows = np.arange(48, 24 * DAYS)
    period = build_period(make_table(), CASE, rows, 15 + rows % 24, {})  # issued at 10:00
    assert hours_at_once(period, CASE) == 24


def test_program_hours__may_not_reach_beyond_the_forecast() -> None:
    longer = CASE.model_copy(update={"program_hours": 12})
    assert hours_at_once(make_period(12), longer) == 12
    with pytest.raises(ConfigError, match=r"program_hours=12 commits .* choose at most 8"):
        hours_at_once(make_period(11), longer)


def test_build_period__raises_the_minimum_where_the_river_asks_for_it() -> None:
    period = make_period()
    restricted = np.arange(48, 24 * DAYS) % 7 == 0
    assert np.array_equal(period.limits.minimum, np.where(restricted, 600.0, 400.0))


def test_build_period__fills_and_counts_a_source_that_was_not_measured() -> None:
    table = make_table()
    table.frame.iloc[60, 1] = np.nan
    rows = np.arange(48, 24 * DAYS)
    period = build_period(table, CASE, rows, np.ones(len(rows), dtype=int), {})
    assert period.filled_hours == {"geracao_eolica_mw": 1, "intercambio_mw": 0}
    assert period.supply["geracao_eolica_mw"][60 - 48] == table.frame.iloc[36, 1]


def test_build_period__never_sees_the_hour_it_foresees() -> None:
    table, poisoned = make_table(), make_table()
    poisoned.frame.iloc[72:] = 1e9
    rows = np.arange(48, 96)
    clean, late = (
        build_period(each, CASE, rows, np.full(len(rows), 24), {}) for each in (table, poisoned)
    )
    for name, values in clean.supply_forecast.items():
        assert np.array_equal(values, late.supply_forecast[name])


def test_build_period__names_a_missing_column_and_a_missing_day() -> None:
    table = make_table()
    bare = HourlyTable(table.frame.drop(columns="intercambio_mw"), table.provenance)
    with pytest.raises(ConfigError, match="needs intercambio_mw"):
        build_period(bare, CASE, np.array([50]), np.array([1]), {})
    with pytest.raises(DataError, match="no value a day before 2022-01-01 05:00"):
        build_period(table, CASE, np.array([5]), np.array([1]), {})


def test_follow_threshold__is_the_notebooks_rule() -> None:
    load = np.array([25_500.0, 25_500.01, 20_000.0])
    assert follow_threshold(load, CASE.threshold_rule).tolist() == [500.0, 800.0, 500.0]


def test_summary__counts_violations_and_clipped_hours() -> None:
    period = make_period()
    summary = summarise(evaluate_dispatch(period, forecasts(period, 2), CASE), CASE)
    realised, demand, limits = period.realised_hydro, period.demand, period.limits
    assert realised is not None
    assert summary["policies"]["realised"]["violations"] == {
        "below_minimum": int((realised < limits.minimum).sum()),
        "above_maximum": int((realised > limits.maximum).sum()),
    }
    assert summary["clipped_hours"]["above_maximum"] == int((demand > limits.maximum).sum())
    assert summary["policies"]["threshold_rule"]["violations"]["below_minimum"] > 0
