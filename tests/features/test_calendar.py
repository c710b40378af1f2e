import numpy as np
import pandas as pd
import pytest

from hpo_exp.features.calendar import encode_calendar

STATES = {"SP": 2.0, "RJ": 1.0, "MG": 1.0}


def encode(*hours: str, groups: list[str], states: dict[str, float] | None = None) -> pd.DataFrame:
    return encode_calendar(pd.DatetimeIndex(hours), groups, states or {})


@pytest.mark.parametrize(
    ("day", "national", "optional", "states"),
    [
        ("2022-03-01", 0, 1, 1 / 4),  # Carnival's Tuesday: RJ alone makes it a public holiday
        ("2022-04-21", 1, 0, 1),  # Tiradentes
        ("2022-07-09", 0, 0, 2 / 4),  # Constitutionalist Revolution, SP
        ("2022-06-16", 0, 1, 0),  # Corpus Christi
        ("2022-12-25", 1, 0, 1),  # Christmas, a Sunday
        ("2022-07-11", 0, 0, 0),  # a Monday like others
        ("2022-07-10", 0, 0, 0),  # a Sunday is no holiday of its own
    ],
)
def test_encode_calendar__knows_holidays(
    day: str, national: float, optional: float, states: float
) -> None:
    hours = [f"{day}T00:00", f"{day}T23:00"]
    flags = encode(*hours, groups=["holiday"], states=STATES)
    assert list(flags) == ["holiday", "holiday_optional", "holiday_states"]
    np.testing.assert_allclose(flags, [[national, optional, states]] * 2)


def test_encode_calendar__ends_a_holiday_at_midnight() -> None:
    hours = ["2022-04-20T23:00", "2022-04-21T00:00", "2022-04-21T23:00", "2022-04-22T00:00"]
    assert encode(*hours, groups=["holiday"])["holiday"].tolist() == [0, 1, 1, 0]


def test_encode_calendar__has_no_state_column_without_states() -> None:
    assert list(encode("2022-07-09", groups=["holiday"])) == ["holiday", "holiday_optional"]


def test_encode_calendar__finds_holidays_of_every_year_of_the_index() -> None:
    christmases = [f"{year}-12-25" for year in range(2019, 2024)]
    assert encode(*christmases, groups=["holiday"])["holiday"].tolist() == [1] * 5


@pytest.mark.parametrize(
    ("hour", "sine", "cosine"), [(0, 0, 1), (6, 1, 0), (12, 0, -1), (18, -1, 0)]
)
def test_encode_calendar__puts_hours_on_a_circle(hour: int, sine: float, cosine: float) -> None:
    encoded = encode(f"2022-07-11T{hour:02}:00", groups=["hour"])
    assert list(encoded) == ["hour_sin", "hour_cos"]
    np.testing.assert_allclose(encoded.iloc[0], [sine, cosine], atol=1e-12)


def test_encode_calendar__puts_weekdays_on_a_circle_and_flags_the_weekend() -> None:
    week = pd.date_range("2022-07-11T15:00", periods=7, freq="D")  # from a Monday
    encoded = encode_calendar(week, ["weekday"], {})
    assert list(encoded) == ["weekday_sin", "weekday_cos", "saturday", "sunday"]
    np.testing.assert_allclose(encoded["weekday_sin"], np.sin(2 * np.pi * np.arange(7) / 7))
    np.testing.assert_allclose(encoded["weekday_cos"], np.cos(2 * np.pi * np.arange(7) / 7))
    assert encoded["saturday"].tolist() == [0, 0, 0, 0, 0, 1, 0]
    assert encoded["sunday"].tolist() == [0, 0, 0, 0, 0, 0, 1]


def test_encode_calendar__has_a_dummy_for_each_hour_of_the_week() -> None:
    week = pd.date_range("2022-07-11", periods=168, freq="h")
    encoded = encode_calendar(week, ["week_hour"], {})
    assert list(encoded) == [f"week_hour_{n}" for n in range(168)]
    np.testing.assert_array_equal(encoded, np.eye(168))


def test_encode_calendar__closes_the_year_without_a_jump() -> None:
    encoded = encode("2021-12-31", "2022-01-01", "2022-07-02T12:00", groups=["season"])
    np.testing.assert_allclose(encoded.iloc[1], [0, 1], atol=1e-12)
    np.testing.assert_allclose(encoded.iloc[0], encoded.iloc[1], atol=0.03)
    np.testing.assert_allclose(encoded.iloc[2], [0, -1], atol=0.02)


def test_encode_calendar__keeps_the_order_of_groups() -> None:
    hours = ("2022-03-01T05:00", "2022-07-09T06:00")
    groups = ["season", "holiday", "hour", "weekday"]
    parts = [encode(*hours, groups=[group], states={"SP": 1.0}) for group in groups]
    together = encode(*hours, groups=groups, states={"SP": 1.0})
    pd.testing.assert_frame_equal(together, pd.concat(parts, axis=1))


def test_encode_calendar__encodes_nothing_when_nothing_is_asked() -> None:
    encoded = encode("2022-03-01", "2022-03-02", groups=[])
    assert encoded.shape == (2, 0)
    assert encoded.to_numpy(np.float64).shape == (2, 0)


def test_encode_calendar__has_a_dummy_for_each_hour_and_each_weekday() -> None:
    week = pd.date_range("2022-07-11", periods=168, freq="h")  # from a Monday
    hours, days = (encode_calendar(week, [group], {}) for group in ("day_hour", "week_day"))
    np.testing.assert_array_equal(hours.to_numpy().argmax(axis=1), np.arange(168) % 24)
    np.testing.assert_array_equal(days.to_numpy().argmax(axis=1), np.arange(168) // 24)
    assert (hours.sum(axis=1) == 1).all()
    assert (days.sum(axis=1) == 1).all()


@pytest.mark.parametrize(
    ("day", "flags"),
    [
        ("2022-06-17", {"holiday_yesterday", "bridge"}),  # a Friday after Corpus Christi
        ("2022-11-14", {"holiday_tomorrow", "bridge"}),  # a Monday before the Republic's day
        ("2022-09-07", set()),  # a holiday in the middle of the week
        ("2022-04-21", set()),
        ("2022-04-22", {"holiday_yesterday", "holiday_last_week", "bridge"}),  # Good Friday before
        ("2022-12-25", {"holiday_yesterday", "holiday_weekend"}),  # its eve is an optional one
        ("2023-04-07", {"holiday_friday"}),  # Good Friday
        ("2024-09-16", set()),  # a Monday like others
    ],
)
def test_encode_calendar__flags_the_days_about_holidays(day: str, flags: set[str]) -> None:
    found = encode(f"{day}T12:00", groups=["holiday_near"]).iloc[0]
    assert {name for name, value in found.items() if value} == flags


@pytest.mark.parametrize(
    ("day", "flags"),
    [
        ("2022-02-28", {"holiday_carnival"}),
        ("2022-03-01", {"holiday_carnival"}),
        ("2022-03-02", {"holiday_ash_wednesday"}),
        ("2022-06-16", {"holiday_corpus_christi"}),
        ("2022-10-28", {"holiday_servants"}),
        ("2022-09-07", set()),  # a holiday like others
        ("2022-12-20", {"before_christmas"}),
        ("2022-12-24", {"holiday_eve"}),
        ("2022-12-25", {"holiday_christmas"}),
        ("2022-12-30", {"between_years"}),
        ("2022-12-31", {"holiday_eve"}),
        ("2023-01-01", {"holiday_christmas", "january"}),
        ("2023-01-06", {"first_days", "january"}),
        ("2023-01-31", {"january"}),
        ("2023-02-01", set()),
    ],
)
def test_encode_calendar__tells_holidays_and_holiday_weeks_apart(day: str, flags: set[str]) -> None:
    found = encode(f"{day}T12:00", groups=["holiday_kind", "year_turn"]).iloc[0]
    assert set(found.index[found == 1]) == flags
    assert set(found) <= {0, 1}
