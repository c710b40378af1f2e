from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpo_exp.data.demo_weather_forecasts import simulate_weather_forecasts
from hpo_exp.data.weather_forecasts import WeatherForecasts
from hpo_exp.features.weather import known_weather
from hpo_exp.features.windows import target_rows
from tests.builders import TEMPERATURE, simulate

DELAY = 5
START = pd.Timestamp("2022-02-07T00:00")


def forecasts(
    runs: list[tuple[int, int, float]], delay: int = 0, names: tuple[str, ...] = ("temperature",)
) -> WeatherForecasts:
    """Runs as (row of issue, row of target, value)."""
    issued, targets, values = (np.array(part) for part in zip(*runs, strict=True))
    start = np.datetime64(START, "h")
    return WeatherForecasts(
        names=names,
        issued=start + issued.astype("timedelta64[h]"),
        targets=start + targets.astype("timedelta64[h]"),
        forecast=np.repeat(values.astype(np.float64)[:, None], len(names), axis=1),
        delay=delay,
        simulated=True,
    )


def known(given: WeatherForecasts, issue: int, horizon: int) -> list[float]:
    issues = np.array([issue])
    return known_weather(given, START, issues, target_rows(issues, horizon))[0, :, 0].tolist()


def test_known_weather__is_the_newest_run_that_was_out() -> None:
    given = forecasts([(-12, 10, 1.0), (0, 10, 2.0), (6, 10, 3.0), (9, 10, 4.0)], delay=3)
    assert known(given, issue=10, horizon=1) == [3.0]  # that of 9 h is out at 12 h
    assert known(given, issue=9, horizon=2)[1] == 3.0  # that of 6 h came out just now
    assert known(given, issue=8, horizon=3)[2] == 2.0


def test_known_weather__falls_back_on_an_older_run_that_reaches_the_hour() -> None:
    given = forecasts([(0, 20, 1.0), (0, 21, 2.0), (12, 20, 3.0)])
    assert known(given, issue=20, horizon=2) == [3.0, 2.0]
    lacks = replace(given, forecast=np.where(given.forecast == 3.0, np.nan, given.forecast))
    assert known(lacks, issue=20, horizon=2) == [1.0, 2.0]


def test_known_weather__of_an_hour_that_no_run_reaches_is_open() -> None:
    found = known(forecasts([(0, 5, 1.0)]), issue=4, horizon=3)
    assert np.isnan(found[0])
    assert found[1] == 1.0
    assert np.isnan(found[2])
    nothing = forecasts([(0, 5, np.nan)])
    assert np.isnan(known(nothing, issue=4, horizon=3)).all()


@settings(max_examples=60, deadline=None)
@given(data=st.data(), delay=st.integers(0, 6), horizon=st.integers(1, 8))
def test_known_weather__agrees_with_a_plain_search(
    data: st.DataObject, delay: int, horizon: int
) -> None:
    pairs = st.tuples(st.integers(-9, 30), st.integers(-9, 40))
    runs = data.draw(st.lists(pairs, min_size=1, max_size=60, unique=True))
    numbered = [(issued, target, float(n)) for n, (issued, target) in enumerate(runs)]
    issues = np.array(data.draw(st.lists(st.integers(0, 30), min_size=1, max_size=5)))
    targets = target_rows(issues, horizon)
    found = known_weather(forecasts(numbered, delay), START, issues, targets)[..., 0]
    for issue, row, values in zip(issues, targets, found, strict=True):
        for target, value in zip(row, values, strict=True):
            out = [run for run in numbered if run[1] == target and run[0] + delay <= issue]
            expected = max(out)[2] if out else np.nan
            np.testing.assert_equal(value, expected)


@pytest.mark.parametrize("issue", [100, 107, 113])
def test_known_weather__does_not_see_runs_that_come_out_later(issue: int) -> None:
    given = simulate_weather_forecasts(simulate(240).frame[TEMPERATURE], "SE", DELAY)
    issues = np.arange(50, issue + 1)
    targets = target_rows(issues, 24)
    clean = known_weather(given, START, issues, targets)
    out = given.issued + np.timedelta64(DELAY, "h")
    later = np.asarray(out > np.datetime64(START, "h") + np.timedelta64(issue, "h"))
    assert later.any()
    spoilt = replace(given, forecast=np.where(later[:, None], 1e9, given.forecast))
    np.testing.assert_array_equal(known_weather(spoilt, START, issues, targets), clean)
    assert np.isfinite(clean).all()
    # The first run that comes out afterwards is read at once, or nothing was poisoned.
    next_run = np.array([issue + 12])
    found = known_weather(spoilt, START, next_run, target_rows(next_run, 24))
    assert (found == 1e9).all()


def test_simulated_forecasts__are_better_of_nearer_hours_and_say_that_they_are_made_up() -> None:
    truth = simulate(24 * 200).frame[TEMPERATURE]
    given = simulate_weather_forecasts(truth, "SE", DELAY)
    assert given.simulated
    ahead = (given.targets - given.issued).astype(int)
    rows = (given.targets - np.datetime64(START, "h")).astype(int)
    error = given.forecast[:, 0] - truth.to_numpy()[rows]
    spread = [error[ahead // 24 == day].std() for day in range(3)]
    assert 0.5 < spread[0] < spread[1] < spread[2] < 4
    again = simulate_weather_forecasts(truth, "SE", DELAY)
    np.testing.assert_array_equal(again.forecast, given.forecast)
