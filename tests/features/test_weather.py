from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpo_exp.data.demo_weather_forecasts import simulate_weather_forecasts
from hpo_exp.data.weather_forecasts import WeatherForecasts
from hpo_exp.errors import ConfigError
from hpo_exp.features.gaps import NEVER
from hpo_exp.features.inputs import build_inputs
from hpo_exp.features.readable import readable_issues
from hpo_exp.features.scaling import fit_scaling
from hpo_exp.features.weather import known_weather
from hpo_exp.features.windows import (
    ahead_names,
    feature_matrix,
    feature_names,
    raw_windows,
    scaled_windows,
    target_rows,
)
from tests.builders import TEMPERATURE, plain_data, plain_features, simulate, with_runs

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


FORESEEN = plain_features(horizon=6, weather_forecasts=[TEMPERATURE])
ISSUES = np.arange(200, 401)


def test_windows__hold_weather_forecasts_after_calendar_and_lags() -> None:
    table = with_runs(simulate(400), DELAY)
    assert table.weather_forecasts is not None
    inputs = build_inputs(table, plain_data(), FORESEEN)
    without = build_inputs(table, plain_data(), plain_features(horizon=6))
    runs = known_weather(table.weather_forecasts, START, ISSUES, target_rows(ISSUES, 6))
    raw = raw_windows(inputs, 24)
    assert raw.ahead_features == len(ahead_names(inputs)) == len(ahead_names(without)) + 1
    np.testing.assert_array_equal(raw.ahead(ISSUES)[..., -1:], runs.astype(np.float32))
    np.testing.assert_array_equal(
        raw.ahead(ISSUES)[..., :-1], raw_windows(without, 24).ahead(ISSUES)
    )
    # A past hour has no one forecast, so past rows are as they were.
    assert feature_names(inputs) == feature_names(without)
    np.testing.assert_array_equal(raw.past(ISSUES), raw_windows(without, 24).past(ISSUES))
    matrix, seen = feature_matrix(inputs), inputs.weather[:300]
    scaled = scaled_windows(inputs, matrix, 24, fit_scaling(matrix[:300], seen[100:]))
    mean, std = seen[100:].mean(dtype=float), seen[100:].std(dtype=float)
    expected = (runs - mean) / std
    np.testing.assert_allclose(scaled.ahead(ISSUES)[..., -1:], expected, atol=1e-5)


def test_readable_issues__want_a_forecast_of_every_step() -> None:
    table = with_runs(simulate(400), DELAY)
    runs = table.weather_forecasts
    assert runs is not None
    start = np.datetime64(START, "h")
    # Nothing that reaches rows 300 to 302 is out before the run of row 288, at row 293.
    hidden = (runs.issued < start + 288) & (runs.targets >= start + 300)
    hidden &= runs.targets < start + 303
    runs = replace(runs, forecast=np.where(hidden[:, None], np.nan, runs.forecast))
    inputs = build_inputs(replace(table, weather_forecasts=runs), plain_data(), FORESEEN)
    flags = readable_issues(inputs, 24, ["none"], NEVER - 1)
    assert flags[300:].all()
    late = replace(runs, delay=14)  # now it is out at row 302
    inputs = build_inputs(replace(table, weather_forecasts=late), plain_data(), FORESEEN)
    flags = readable_issues(inputs, 24, ["none"], NEVER - 1)
    # Steps 1 to 6 of rows 295 to 301 touch one of them.
    assert np.flatnonzero(~flags[200:]).tolist() == list(range(95, 102))


@pytest.mark.parametrize(
    ("runs", "said"),
    [
        (False, r"names TEMP_BULB_SECO, but there are no.*data\.weather_forecasts\.path"),
        (True, "names CHUVA, which the weather forecasts do not have; they have TEMP_BULB_SECO"),
    ],
)
def test_build_inputs__says_which_weather_forecasts_there_are_not(runs: bool, said: str) -> None:
    table = with_runs(simulate(100)) if runs else simulate(100)
    features = plain_features(weather_forecasts=[TEMPERATURE, "CHUVA"])
    with pytest.raises(ConfigError, match=said):
        build_inputs(table, plain_data(), features)
