"""Calendar of an hour: what is known about it however far ahead it lies."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache

import holidays
import numpy as np
import pandas as pd

from hpo_exp.spans import WEEK

COUNTRY = "BR"
DAYS_A_YEAR = 365.2425
MONDAY, FRIDAY = 0, 4

OPTIONAL = {
    "carnival": "Carnival",
    "ash_wednesday": "Ash Wednesday",
    "corpus_christi": "Corpus Christi",
    "servants": "Public Servant's Day",
}
"""Optional holidays that are kept unlike each other, by their names in the calendar of holidays."""


def encode_calendar(
    index: pd.DatetimeIndex, groups: Sequence[str], states: Mapping[str, float]
) -> pd.DataFrame:
    """Encode each hour's calendar as numbers.

    Args:
        index: hours, shape (rows,), by the clocks that people live by.
        groups: any of the groups below, in order.
        states: two-letter states whose own holidays count, and their weights.

    Returns:
        float64 columns, shape (rows, features): `hour` is a point on the day's circle, `day_hour`
        24 dummies; `weekday` a point on the week's circle and flags for Saturday and Sunday,
        `week_day` 7 dummies; `week_hour` 168 dummies; `holiday` flags for national and optional
        holidays (Carnival, Corpus Christi, …) and the weighted share of `states` with a holiday;
        `holiday_near` flags for the days before and after any of the two, for the day a week
        after, for a holiday on a Monday, a Friday or a weekend, and for a day between a holiday
        and a weekend; `holiday_kind` a flag for each of those that are kept unlike the others;
        `year_turn` flags for the weeks about Christmas and for January, when schools are closed;
        `season` a point on the year's circle.
    """
    encoders = {
        "hour": _hour,
        "day_hour": _day_hour,
        "weekday": _weekday,
        "week_day": _week_day,
        "week_hour": _week_hour,
        "holiday_near": _holiday_near,
        "holiday_kind": _holiday_kind,
        "year_turn": _year_turn,
        "season": _season,
    }
    parts = [
        _holiday(index, states) if group == "holiday" else encoders[group](index)
        for group in groups
    ]
    columns = {name: values for part in parts for name, values in part.items()}
    return pd.DataFrame(columns, index=index, dtype=np.float64)


def _circle(name: str, turns: np.ndarray) -> dict[str, np.ndarray]:
    """A position within a cycle (in turns) as a point on the unit circle."""
    angle = 2 * np.pi * turns
    return {f"{name}_sin": np.sin(angle), f"{name}_cos": np.cos(angle)}


def _hour(index: pd.DatetimeIndex) -> dict[str, np.ndarray]:
    return _circle("hour", index.hour.to_numpy() / 24)


def _day_hour(index: pd.DatetimeIndex) -> dict[str, np.ndarray]:
    hour = index.hour.to_numpy()
    return {f"day_hour_{n}": hour == n for n in range(24)}


def _weekday(index: pd.DatetimeIndex) -> dict[str, np.ndarray]:
    day = index.day_of_week.to_numpy()
    return _circle("weekday", day / 7) | {"saturday": day == 5, "sunday": day == 6}


def _week_day(index: pd.DatetimeIndex) -> dict[str, np.ndarray]:
    day = index.day_of_week.to_numpy()
    return {f"week_day_{n}": day == n for n in range(7)}


def _week_hour(index: pd.DatetimeIndex) -> dict[str, np.ndarray]:
    position = index.day_of_week.to_numpy() * 24 + index.hour.to_numpy()
    return {f"week_hour_{n}": position == n for n in range(WEEK)}


def _season(index: pd.DatetimeIndex) -> dict[str, np.ndarray]:
    return _circle("season", (index.day_of_year.to_numpy() - 1) / DAYS_A_YEAR)


def _holiday(index: pd.DatetimeIndex, states: Mapping[str, float]) -> dict[str, np.ndarray]:
    days = index.normalize()
    national = _holidays("public", None)
    columns = {
        "holiday": _are_in(days, national),
        "holiday_optional": _are_in(days, _holidays("optional", None)),
    }
    if states:
        own = [_are_in(days, _holidays("public", state)) for state in states]
        columns["holiday_states"] = np.average(own, axis=0, weights=list(states.values()))
    return columns


def _holiday_near(index: pd.DatetimeIndex) -> dict[str, np.ndarray]:
    day = pd.Timedelta(days=1)
    today, yesterday, tomorrow, last_week = (
        _is_free(index.normalize() + distance) for distance in (0 * day, -day, day, -7 * day)
    )
    weekday = index.day_of_week.to_numpy()
    monday, friday, weekend = weekday == MONDAY, weekday == FRIDAY, weekday > FRIDAY
    return {
        "holiday_yesterday": yesterday,
        "holiday_tomorrow": tomorrow,
        "holiday_last_week": last_week,
        "holiday_monday": today & monday,
        "holiday_friday": today & friday,
        "holiday_weekend": today & weekend,
        "bridge": ~today & ((monday & tomorrow) | (friday & yesterday)),
    }


def _holiday_kind(index: pd.DatetimeIndex) -> dict[str, np.ndarray]:
    """Carnival empties offices for two days and a half, and on a public servant's day all work."""
    days = index.normalize()
    month_day = index.month.to_numpy() * 100 + index.day.to_numpy()
    optional = _holidays("optional", None)
    kinds = {
        f"holiday_{kind}": _are_called(days, optional, name) for kind, name in OPTIONAL.items()
    }
    return kinds | {
        "holiday_eve": np.isin(month_day, [1224, 1231]),
        "holiday_christmas": np.isin(month_day, [1225, 101]),
    }


def _year_turn(index: pd.DatetimeIndex) -> dict[str, np.ndarray]:
    month_day = index.month.to_numpy() * 100 + index.day.to_numpy()
    spans = {
        "before_christmas": (1220, 1223),
        "between_years": (1226, 1230),
        "first_days": (102, 106),
        "january": (101, 131),
    }
    return {
        name: (first <= month_day) & (month_day <= last) for name, (first, last) in spans.items()
    }


def _is_free(days: pd.DatetimeIndex) -> np.ndarray:
    """Which days are national or optional holidays."""
    return _are_in(days, _holidays("public", None)) | _are_in(days, _holidays("optional", None))


@cache
def _holidays(category: str, state: str | None) -> holidays.HolidayBase:
    """Holidays of the country, or of one of its states, filled in year by year on demand."""
    return holidays.country_holidays(
        COUNTRY, subdiv=state, categories=(category,), language="en_US"
    )


def _are_in(days: pd.DatetimeIndex, calendar: holidays.HolidayBase) -> np.ndarray:
    """Which days are in the calendar."""
    return _of_days(days, lambda day: day in calendar)


def _are_called(days: pd.DatetimeIndex, calendar: holidays.HolidayBase, name: str) -> np.ndarray:
    """Which days are a holiday of this name."""
    return _of_days(days, lambda day: name in calendar.get_list(day))


def _of_days(days: pd.DatetimeIndex, answer: Callable[[date], bool]) -> np.ndarray:
    """The answer for each day, each distinct day asked for once."""
    distinct, position = np.unique(days.to_numpy(), return_inverse=True)
    found = np.array([answer(day) for day in pd.DatetimeIndex(distinct).date], dtype=bool)
    return found[position]
