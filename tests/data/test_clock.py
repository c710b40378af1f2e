"""Wall clock, UTC and the table's clock."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpo_exp.data.clock import from_utc, from_wall, full_hours, to_wall, was_twice
from hpo_exp.errors import DataError


def stamps(*texts: str) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(list(texts))


def test_from_wall__keeps_hours_without_daylight_saving() -> None:
    hours = stamps("2018-07-01 00:00", "2019-03-01 00:00", "2026-01-01 12:00")
    assert from_wall(hours).equals(hours)


def test_from_wall__takes_an_hour_off_daylight_saving() -> None:
    wall = stamps("2018-01-01 00:00", "2018-12-25 13:00")
    assert from_wall(wall).equals(stamps("2017-12-31 23:00", "2018-12-25 12:00"))


def test_from_wall__has_no_hour_that_never_was() -> None:
    wall = stamps("2018-11-03 23:00", "2018-11-04 00:00", "2018-11-04 01:00")
    assert list(from_wall(wall)) == [
        pd.Timestamp("2018-11-03 23:00"),
        pd.NaT,
        pd.Timestamp("2018-11-04 00:00"),
    ]


def test_from_wall__takes_an_hour_that_was_twice_as_the_first() -> None:
    wall = stamps("2018-02-17 22:00", "2018-02-17 23:00", "2018-02-18 00:00")
    fixed = stamps("2018-02-17 21:00", "2018-02-17 22:00", "2018-02-18 00:00")
    assert from_wall(wall).equals(fixed)


def test_was_twice__finds_the_hour_before_daylight_saving_ends() -> None:
    wall = pd.date_range("2018-01-01", "2019-12-31", freq="h")
    assert wall[was_twice(wall)].equals(stamps("2018-02-17 23:00", "2019-02-16 23:00"))


def test_from_utc__is_three_hours_behind_all_year() -> None:
    utc = stamps("2018-01-01 00:00", "2018-07-01 12:00")
    assert from_utc(utc).equals(stamps("2017-12-31 21:00", "2018-07-01 09:00"))


@given(st.datetimes(pd.Timestamp("2000-01-01"), pd.Timestamp("2030-01-01")))
def test_to_wall__is_undone_by_from_wall_but_for_the_second_hour(moment: pd.Timestamp) -> None:
    hour = stamps(str(pd.Timestamp(moment).floor("h")))
    wall = to_wall(hour)
    back = from_wall(wall)
    if back.equals(hour):
        return
    assert was_twice(wall).all()
    assert back.equals(hour - pd.Timedelta(hours=1))


def test_full_hours__reads_dates_and_near_hours() -> None:
    texts = pd.Series(["2018-01-01", "2018-01-01 00:59:59.999990", "2018-01-01T02:00:00"])
    expected = pd.date_range("2018-01-01", periods=3, freq="h")
    assert list(full_hours(texts, "file.csv")) == list(expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "noon",
        "2018-13-01 00:00:00",
        "2018-01-01 00:30:00",
        "2018-01-01T00:00:00Z",
        "2018-01-01 00:00:00-03:00",
        "2018-01-01 00:00:00+00",
    ],
)
def test_full_hours__names_the_line_of_what_is_no_hour(text: str) -> None:
    texts = pd.Series(["2018-01-01 00:00:00", text], index=[2, 3], name="din_instante")
    with pytest.raises(DataError, match=r"file\.csv, column din_instante, line 3: "):
        full_hours(texts, "file.csv")
