"""Checks and repairs of the hourly table, on series made for them."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from hpo_exp.config import Station
from hpo_exp.data.findings import hours_of, spans_of
from hpo_exp.data.provenance import origins
from hpo_exp.data.quality.evidence import (
    level_step,
    lonely_distance,
    still_hours,
    weekly_jump,
)
from hpo_exp.data.quality.inspection import inspected
from hpo_exp.data.quality.repair import filled
from hpo_exp.data.quality.sun import elevation, is_night
from hpo_exp.data.table import TARGET, HourlyTable, Provenance
from tests.data.publishers import data_config
from tests.data.qualities import limits

WEEKS = pd.date_range("2022-05-02", periods=24 * 7 * 8, freq="h", name="timestamp")
A701 = Station(latitude=-23.4963, longitude=-46.6201)


def load() -> "pd.Series[float]":
    """A load with a day, a week and some noise."""
    hours = np.arange(len(WEEKS))
    noise = np.random.default_rng(0).normal(0, 200, len(WEEKS))
    return pd.Series(30000 + 4000 * np.sin(hours * 2 * np.pi / 24) + noise, WEEKS)


def table(**columns: Any) -> HourlyTable:
    frame = pd.DataFrame({TARGET: load(), **columns}, index=WEEKS)
    return HourlyTable(
        frame, Provenance("ons", simulated=False, subsystem="SE", utc_offset_hours=-3)
    )


def inspect(given: HourlyTable, **repairs: Any) -> HourlyTable:
    config = data_config(None, quality=limits(**repairs), station="A701", stations={"A701": A701})
    return inspected(given, config)


def checks(given: HourlyTable) -> set[tuple[str, str]]:
    return {(item.check, item.column) for item in given.provenance.findings}


# ------------------------------------------------------------------------------------- evidence


def test_still_hours__counts_runs_and_leaves_gaps_and_zeros_out() -> None:
    values = pd.Series([1.0, 2.0, 2.0, np.nan, np.nan, 0.0, 0.0])
    assert still_hours(values, zeros=False).tolist()[:3] == [1.0, 2.0, 2.0]
    assert still_hours(values, zeros=False).isna().tolist() == [False] * 3 + [True] * 4
    assert still_hours(values, zeros=True).tolist()[-1] == 2.0


def test_lonely_distance__sees_a_spike_and_not_a_ramp() -> None:
    values = load()
    values.iloc[500] += 9000
    values.iloc[700:] += 9000
    distance = lonely_distance(values)
    assert distance.idxmax() == WEEKS[500]
    assert distance.iloc[690:710].max() < 12


def test_weekly_jump__finds_the_day_on_which_the_unit_changes() -> None:
    values = load()
    values.iloc[24 * 28 :] /= 1000
    jump = weekly_jump(values)
    assert jump.idxmax() == WEEKS[24 * 28]
    assert jump.max() == pytest.approx(1000, rel=0.1)
    assert weekly_jump(load()).max() < 1.1


def test_level_step__compares_four_weeks_with_four() -> None:
    values = pd.Series(np.where(np.arange(len(WEEKS)) < 24 * 28, 100.0, 350.0), WEEKS)
    assert level_step(values, WEEKS[24 * 28]) == 250.0


def test_elevation__agrees_with_the_almanac() -> None:
    # The sun stood in the zenith of 23.4 S at noon of the December solstice, within a degree.
    noon = pd.DatetimeIndex(["2022-12-21 15:05"])
    assert elevation(noon, -23.4963, -46.6201)[0] > 89
    assert abs(elevation(pd.DatetimeIndex(["2022-03-20 12:07"]), 0.0, 0.0)[0] - 90) < 1


def test_is_night__knows_the_longest_and_the_shortest_one() -> None:
    winter = is_night(pd.date_range("2022-06-21", periods=24, freq="h"), -3, -23.4963, -46.6201)
    summer = is_night(pd.date_range("2022-12-21", periods=24, freq="h"), -3, -23.4963, -46.6201)
    assert np.flatnonzero(~winter).tolist() == list(range(6, 18))
    assert np.flatnonzero(~summer).tolist() == list(range(5, 19))


# ------------------------------------------------------------------------------------- findings


def test_spans_of__joins_what_follows_and_hours_of_undoes_it() -> None:
    hours = pd.DatetimeIndex(["2022-01-01 00:00", "2022-01-01 01:00", "2022-01-01 05:00"])
    spans = spans_of(hours)
    assert spans == (
        ("2022-01-01T00:00:00", "2022-01-01T01:00:00"),
        ("2022-01-01T05:00:00", "2022-01-01T05:00:00"),
    )
    assert hours_of(spans).equals(hours)
    assert spans_of(hours[:0]) == ()
    assert hours_of([]).empty


def test_inspected__finds_nothing_in_good_data() -> None:
    assert checks(inspect(table())) == set()


def test_inspected__finds_a_change_of_unit() -> None:
    given = table()
    given.frame.loc[WEEKS[24 * 28] :, TARGET] /= 10
    assert ("unit_jump", TARGET) in checks(inspect(given))


def test_inspected__leaves_the_table_alone_without_limits() -> None:
    given = table()
    assert inspected(given, data_config(None)) is given


# -------------------------------------------------------------------------------------- repairs


def test_repairs__empty_what_is_out_of_range_and_say_so() -> None:
    temperature = pd.Series(20 + np.arange(len(WEEKS)) % 7, WEEKS, dtype=float)
    temperature.iloc[100] = 99.0
    kept, emptied = (
        inspect(table(TEMP_BULB_SECO=temperature.copy()), ranges=action)
        for action in ("keep", "empty")
    )
    assert kept.frame["TEMP_BULB_SECO"].iloc[100] == 99.0
    assert np.isnan(emptied.frame["TEMP_BULB_SECO"].iloc[100])
    actions = {item.check: item.action for item in emptied.provenance.findings}
    assert actions["range"] == "emptied"
    assert origins(emptied)["TEMP_BULB_SECO"].iloc[100] == "missing"


def test_repairs__zero_the_nights_radiation_and_no_gap_by_day() -> None:
    radiation = pd.Series(1500.0 + np.arange(len(WEEKS)) % 5, WEEKS)
    radiation[(WEEKS.hour < 5) | (WEEKS.hour > 19) | (WEEKS.hour == 12)] = np.nan
    after = inspect(table(RADIACAO=radiation), night_radiation="zero")
    values = after.frame["RADIACAO"]
    assert (values[(WEEKS.hour < 5) | (WEEKS.hour > 19)] == 0).all()
    assert values[WEEKS.hour == 12].isna().all()
    kinds = origins(after)["RADIACAO"]
    assert set(kinds[WEEKS.hour == 2]) == {"imputed"}
    assert set(kinds[WEEKS.hour == 9]) == {"real"}
    (finding,) = [item for item in after.provenance.findings if item.check == "night"]
    assert (finding.action, finding.hours) == ("imputed", int((kinds == "imputed").sum()))


def test_repairs__fill_short_gaps_from_the_past_alone() -> None:
    temperature = pd.Series(np.arange(len(WEEKS), dtype=float) % 30, WEEKS)
    temperature.iloc[100:102] = np.nan
    temperature.iloc[200:210] = np.nan
    after = inspect(
        table(TEMP_BULB_SECO=temperature), gaps="day", gap_hours=3, gap_columns=["TEMP_BULB_SECO"]
    )
    values = after.frame["TEMP_BULB_SECO"]
    assert values.iloc[100:102].tolist() == temperature.iloc[76:78].tolist()
    assert values.iloc[200:210].isna().all()
    assert origins(after)["TEMP_BULB_SECO"].iloc[99:103].tolist() == [
        "real", "imputed", "imputed", "real",
    ]  # fmt: skip


def test_filled__reads_no_later_hour() -> None:
    values = load()
    values.iloc[300:302] = np.nan
    poisoned = values.copy()
    poisoned.iloc[302:] = 1e9
    before = filled(values, 24, 3)[0].iloc[:302]
    assert before.equals(filled(poisoned, 24, 3)[0].iloc[:302])


def test_limits__never_let_the_load_be_imputed() -> None:
    with pytest.raises(ValidationError, match="never imputed"):
        limits(gap_columns=[TARGET])
