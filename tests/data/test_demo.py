"""The simulated Southeast: its physics, its seeds, and how far it is from the real one."""

from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpo_exp.data.assemble import read_ons_table
from hpo_exp.data.demo import FIRST_HOUR, make_demo_table, simulate
from hpo_exp.data.demo_faults import LONGEST_GAP
from hpo_exp.data.demo_load import DAYS, weights_of_days
from hpo_exp.data.load import load_table
from hpo_exp.data.ons import GENERATION, INTERCHANGE
from hpo_exp.data.table import TARGET
from hpo_exp.errors import ConfigError
from tests.data.publishers import data_config
from tests.tuning.composing import configured

END = pd.Timestamp("2023-12-31T23:00")
TEMPERATURE, RAIN, WIND, SOLAR = "TEMP_BULB_SECO", "CHUVA", GENERATION[2], GENERATION[3]

# What SE's load curve (ONS) and A701's weather (INMET) come to in 2021 and 2022, and how far the
# demo may be from it: a share of it, or for correlations and shares of hours a difference.
REAL = {
    "load mean": (39425, 0.03),
    "load std": (5305, 0.06),
    "load least": (26528, 0.06),
    "load most": (52572, 0.06),
    "load change in an hour": (1451, 0.05),
    "load change in a day": (3341, 0.08),
    "load change in a week": (2400, 0.10),
    "daily mean std": (3321, 0.08),
    "saturday over weekday": (0.926, 0.01),
    "sunday over weekday": (0.852, 0.02),
    "february over july": (1.120, 0.03),
    "evening peak over night": (1.369, 0.02),
    "temperature mean": (20.03, 0.03),
    "temperature std": (4.561, 0.06),
    "temperature daily range": (8.947, 0.10),
    "temperature daily mean std": (3.348, 0.10),
    "rain a year": (1339, 0.15),
    "load autocorrelation 1 h": (0.963, 0.01),
    "load autocorrelation 24 h": (0.801, 0.03),
    "load autocorrelation 168 h": (0.897, 0.03),
    "temperature autocorrelation 24 h": (0.807, 0.04),
    "load with temperature": (0.500, 0.06),
    "load with temperature 3 h before": (0.591, 0.06),
    "wet hours": (0.078, 0.015),
    "wet days": (0.449, 0.06),
    "wet after wet": (0.575, 0.06),
}
DIFFERENCES = ("autocorrelation", "with temperature", "wet")


def statistics(frame: pd.DataFrame) -> dict[str, float]:
    """Compute `REAL`'s statistics of an hourly table."""
    load, temperature, rain = frame[TARGET], frame[TEMPERATURE], frame[RAIN]
    index = stamps(frame)
    day, wet = index.normalize(), rain > 0
    weekday = load.groupby(index.day_of_week).mean()
    month, hour = load.groupby(index.month).mean(), load.groupby(index.hour).mean()
    of_days = temperature.groupby(day)

    def change(hours: int) -> float:
        return float(np.sqrt((load.diff(hours) ** 2).mean()))

    return {
        "load mean": load.mean(),
        "load std": load.std(),
        "load least": load.min(),
        "load most": load.max(),
        "load change in an hour": change(1),
        "load change in a day": change(24),
        "load change in a week": change(168),
        "daily mean std": load.groupby(day).mean().std(),
        "saturday over weekday": weekday[5] / weekday[:5].mean(),
        "sunday over weekday": weekday[6] / weekday[:5].mean(),
        "february over july": month[2] / month[7],
        "evening peak over night": hour[19] / hour[3],
        "temperature mean": temperature.mean(),
        "temperature std": temperature.std(),
        "temperature daily range": (of_days.max() - of_days.min()).mean(),
        "temperature daily mean std": of_days.mean().std(),
        "rain a year": rain.mean() * 8766,
        **{f"load autocorrelation {n} h": load.autocorr(n) for n in (1, 24, 168)},
        "temperature autocorrelation 24 h": temperature.autocorr(24),
        "load with temperature": load.corr(temperature),
        "load with temperature 3 h before": load.corr(temperature.shift(3)),
        "wet hours": wet.mean(),
        "wet days": wet.groupby(day).any().mean(),
        "wet after wet": (wet & wet.shift(1, fill_value=False)).sum() / wet.sum(),
    }


def apart(one: dict[str, float], other: dict[str, float]) -> dict[str, float]:
    """Compute how far each statistic is from another: a difference, or a share."""
    return {
        name: abs(one[name] - other[name])
        / (1 if any(word in name for word in DIFFERENCES) else abs(other[name]))
        for name in one
    }


@pytest.fixture(scope="module")
def hours() -> pd.DataFrame:
    """Return four years as they were."""
    return simulate("SE", END)


def stamps(frame: pd.DataFrame) -> pd.DatetimeIndex:
    """Return a table's hours, as what they are."""
    index = frame.index
    assert isinstance(index, pd.DatetimeIndex)
    return index


def demo_config(**changes: Any) -> Any:
    fields = {"source": "demo", "start": datetime(2021, 1, 1), "end": END.to_pydatetime()}
    return data_config(None, **(fields | changes))


def test_simulate__resembles_the_recorded_statistics_of_the_southeast(hours: pd.DataFrame) -> None:
    real = {name: value for name, (value, _) in REAL.items()}
    found = apart(statistics(hours.loc["2021":]), real)
    assert {name: off for name, off in found.items() if off > REAL[name][1]} == {}


@pytest.mark.slow
def test_simulate__resembles_the_real_files(real_files: Path, hours: pd.DataFrame) -> None:
    config = data_config(
        real_files, station="A701", start=datetime(2021, 1, 1), end=datetime(2022, 12, 31, 23)
    )
    real = read_ons_table(config).frame
    recorded = {name: value for name, (value, _) in REAL.items()}
    computed = statistics(real)
    assert max(apart(computed, recorded).values()) < 0.01
    found = apart(statistics(hours.loc["2021":]), computed)
    assert {name: off for name, off in found.items() if off > REAL[name][1] + 0.005} == {}
    # The balance resembles SE's in hydro; wind is the demo's own, in place of imports.
    hydro, real_hydro = hours[GENERATION[0]], real[GENERATION[0]]
    assert hydro.mean() == pytest.approx(real_hydro.mean(), rel=0.08)
    assert hydro.std() == pytest.approx(real_hydro.std(), rel=0.10)
    assert hydro.diff().std() == pytest.approx(real_hydro.diff().std(), rel=0.15)


def test_simulate__is_the_same_every_time() -> None:
    pd.testing.assert_frame_equal(simulate("SE", END), simulate("SE", END), check_exact=True)


def test_simulate__differs_between_subsystems(hours: pd.DataFrame) -> None:
    other = simulate("NE", END)
    assert hours[TARGET].corr(other[TARGET]) < 0.99
    assert abs(hours[WIND].corr(other[WIND])) < 0.75  # they share the seasons


@settings(max_examples=15, deadline=None)
@given(kept=st.integers(1, 24 * 400))
def test_simulate__does_not_depend_on_the_hours_after(kept: int) -> None:
    longer = simulate("SE", FIRST_HOUR + pd.Timedelta(hours=24 * 400))
    shorter = simulate("SE", FIRST_HOUR + pd.Timedelta(hours=kept - 1))
    pd.testing.assert_frame_equal(shorter, longer.iloc[:kept], check_exact=True, check_freq=False)


@settings(max_examples=15, deadline=None)
@given(subsystem=st.text(min_size=1, max_size=8), days=st.integers(1, 900))
def test_simulate__keeps_to_physics(subsystem: str, days: int) -> None:
    frame = simulate(subsystem, FIRST_HOUR + pd.Timedelta(hours=24 * days - 1))
    index = stamps(frame)
    assert np.isfinite(frame.to_numpy()).all()
    supply = frame[list(GENERATION)].sum(axis=1)
    np.testing.assert_allclose(supply, frame[TARGET] + frame[INTERCHANGE], atol=1e-6)
    assert frame[list(GENERATION)].min().min() >= 0
    assert (frame[SOLAR][(index.hour < 5) | (index.hour > 18)] == 0).all()
    assert (frame[SOLAR][index.hour == 12] > 0).all()
    assert frame[TARGET].between(20_000, 65_000).all()
    assert frame[TEMPERATURE].between(-8, 48).all()
    assert frame[RAIN].between(0, 400).all()
    assert set(frame["restricao_vazao"]) <= {0.0, 1.0}


def test_simulate__answers_temperature_late_and_more_when_it_is_warm(hours: pd.DataFrame) -> None:
    load, temperature = hours[TARGET], hours[TEMPERATURE]
    by_lag = [load.corr(temperature.shift(lag)) for lag in range(9)]
    assert int(np.argmax(by_lag)) in (3, 4)
    noon = hours[(stamps(hours).hour == 15) & stamps(hours).day_of_week.isin([1, 2, 3])]
    warm, cool = (noon[noon[TEMPERATURE].between(*span)] for span in ((25, 40), (5, 25)))
    slopes = [np.polyfit(part[TEMPERATURE], part[TARGET], 1)[0] for part in (warm, cool)]
    assert slopes[0] > slopes[1] + 100


def test_simulate__has_wet_summers_and_restricts_rivers_in_dry_winters(hours: pd.DataFrame) -> None:
    month = stamps(hours).month
    rain, restricted = (hours[name].groupby(month).mean() for name in (RAIN, "restricao_vazao"))
    assert rain[[10, 11, 12, 1, 2, 3]].mean() > 1.8 * rain[[4, 5, 6, 7, 8, 9]].mean()
    assert (restricted[[11, 12, 1, 2, 3, 4]] == 0).all()
    assert 0.05 < hours["restricao_vazao"].mean() < 0.2
    assert hours[SOLAR][hours[RAIN] > 1].mean() < 0.7 * hours[SOLAR].mean()


def test_simulate__has_wind_that_remembers_and_matters(hours: pd.DataFrame) -> None:
    wind = hours[WIND]
    assert 1_500 < wind.mean() < 3_000
    assert 0.3 < wind.std() / wind.mean() < 0.6
    assert wind.autocorr(1) > 0.95
    assert 0.5 < wind.autocorr(24) < 0.9


def test_weights_of_days__make_a_holiday_a_sunday_in_part() -> None:
    index = pd.date_range(FIRST_HOUR, "2022-01-10T23:00", freq="h")
    weights = weights_of_days(index)
    np.testing.assert_allclose(weights.sum(axis=1), 1)

    def at(hour: str) -> list[float]:
        return list(weights[index.get_loc(hour)])

    assert at("2021-09-07T12:00") == [0, 0.25, 0, 0.75]  # Independence Day, a Tuesday
    assert at("2021-09-07T00:00")[1] > 0.9  # its night begins as a working day's
    assert at("2021-09-08T12:00") == [0.75, 0.25, 0, 0]  # much of a Monday
    assert at("2021-10-28T12:00") == [0, 1, 0, 0]  # civil servants alone
    assert at("2022-01-08T12:00") == [0, 0, 1, 0]
    assert at("2022-01-09T12:00") == [0, 0, 0, 1]
    assert DAYS.shape == (4, 24)


def test_make_demo_table__never_passes_for_real() -> None:
    provenance = make_demo_table(demo_config()).provenance
    assert (provenance.source, provenance.simulated, provenance.files) == ("demo", True, ())
    assert provenance.notes[0].startswith("all values are simulated")


def test_make_demo_table__has_few_gaps_and_outliers_and_a_complete_load(
    hours: pd.DataFrame,
) -> None:
    frame = make_demo_table(demo_config()).frame
    whole = hours.loc["2021":]
    missing = frame.isna().mean()
    assert missing[TARGET] == 0
    assert 0 < missing[TEMPERATURE] < 0.01
    assert 0 < missing[WIND] < 0.01
    assert frame[stamps(frame).year == 2023][[TEMPERATURE, WIND]].isna().any().all()
    for name in (TEMPERATURE, WIND):
        gone = frame[name].isna()
        spells = gone.groupby((gone != gone.shift()).cumsum()).sum()
        assert spells.max() <= 2 * LONGEST_GAP  # two may meet
    off = (frame[TEMPERATURE] - whole[TEMPERATURE]).abs()
    assert 1 <= (off > 0).sum() <= 40
    assert off[off > 0].between(9, 15).all()
    untouched = frame[frame.notna().all(axis=1) & frame[WIND].eq(whole[WIND])]
    assert len(untouched) > 0.98 * len(frame)
    supply = untouched[list(GENERATION)].sum(axis=1)
    np.testing.assert_allclose(supply, untouched[TARGET] + untouched[INTERCHANGE], atol=1e-6)


def test_make_demo_table__agrees_with_another_period_where_they_overlap() -> None:
    longer = make_demo_table(demo_config()).frame
    shorter = make_demo_table(
        demo_config(start=datetime(2022, 2, 3, 4), end=datetime(2022, 8, 9))
    ).frame
    overlap = longer.loc[shorter.index]
    pd.testing.assert_frame_equal(shorter, overlap, check_exact=True, check_freq=False)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"end": None}, "data.end is not set"),
        ({"start": datetime(2019, 6, 1)}, "data.start is 2019-06-01 00:00:00"),
    ],
)
def test_make_demo_table__names_the_setting_that_is_wrong(
    changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        make_demo_table(demo_config(**changes))


def test_demo_case__asks_of_hydro_what_it_cannot_give_now_and_then() -> None:
    config = configured("data=demo")
    assert config.dispatch is not None
    assert config.dispatch.case == "demo"
    frame = load_table(config.data).frame
    limits, hydro = config.dispatch.hydro, frame[GENERATION[0]]
    restricted = frame["restricao_vazao"].gt(0).to_numpy()
    minimum = np.where(restricted, limits.restricted_minimum_mw, limits.minimum_mw)
    tested = stamps(frame) >= pd.Timestamp(config.cv.test_start)
    below, above = hydro.to_numpy() < minimum, hydro.to_numpy() > limits.maximum_mw
    for outside in (below, above):
        assert 0.01 < outside.mean() < 0.1
        assert outside[tested].any()
    assert 0.05 < below[restricted].mean() < 0.4
