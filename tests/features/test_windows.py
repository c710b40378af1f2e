"""Windows against loops written from the definitions.

A forecast issued at row *t* knows a column's rows up to *t* - 1 less that column's publication
delay, and its step *k* is the hour of row *t* + *k* - 1.
"""

import math
import tracemalloc
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpo_exp.data.table import TARGET, HourlyTable
from hpo_exp.errors import ConfigError
from hpo_exp.features.gaps import fill_gaps
from hpo_exp.features.inputs import Inputs, build_inputs, civil_hours
from hpo_exp.features.readable import readable_issues
from hpo_exp.features.scaling import fit_scaling
from hpo_exp.features.windows import (
    Reference,
    Windows,
    actual_load,
    feature_matrix,
    feature_names,
    lag_offsets,
    raw_windows,
    reference_load,
    scaled_windows,
)
from tests.builders import TEMPERATURE, make_table, plain_data, plain_features, simulate

REFERENCES: tuple[Reference, ...] = ("none", "last_hour", "day", "week")


@dataclass
class Case:
    """A table, what a forecast reads of it, and the same by loops."""

    table: HourlyTable
    fill: Literal["last", "day"]
    horizon: int
    time_steps: int
    past_lags: list[int]
    ahead_lags: list[int]
    load_delay: int
    temperature_delay: int

    @property
    def rows(self) -> int:
        return len(self.table.frame)

    def inputs(self) -> Inputs:
        features = plain_features(
            past_lags=self.past_lags,
            ahead_lags=self.ahead_lags,
            publication_delay={TARGET: self.load_delay, TEMPERATURE: self.temperature_delay},
            horizon=self.horizon,
        )
        return build_inputs(self.table, plain_data(fill=self.fill), features)

    def filled(self, column: str, row: int) -> float:
        """Return a column's filled value; its rules are tested in test_gaps.py."""
        if row < 0:
            return math.nan
        upto = self.table.frame[column].to_numpy()[: row + 1]
        return float(fill_gaps(upto, self.fill)[row])

    def nearest_known(self, lag: int, issue: int, target: int) -> int:
        """Return the row a multiple of `lag` before `target` that is known at `issue`."""
        row = target - lag
        while row > issue - 1 - self.load_delay:
            row -= lag
        return row

    def past_row(self, row: int) -> list[float]:
        """Return the features of a window's row: they are those known just after it."""
        hour = self.table.index[0].hour + row
        measured = [
            self.filled(TARGET, row - self.load_delay),
            self.filled(TEMPERATURE, row - self.temperature_delay),
            *(self.filled(TARGET, row - self.load_delay - lag) for lag in self.past_lags),
        ]
        known = [self.filled(TARGET, self.nearest_known(lag, row, row)) for lag in self.ahead_lags]
        return [*measured, *clock(hour), *known]

    def ahead_row(self, issue: int, step: int) -> list[float]:
        target = issue + step - 1
        known = [
            self.filled(TARGET, self.nearest_known(lag, issue, target)) for lag in self.ahead_lags
        ]
        return [*clock(self.table.index[0].hour + target), *known]

    def reference_row(self, kind: Reference, issue: int, step: int) -> int:
        if kind == "last_hour":
            return issue - 1 - self.load_delay
        return self.nearest_known({"day": 24, "week": 168}[kind], issue, issue + step - 1)


def clock(hour: int) -> list[float]:
    return [math.sin(2 * math.pi * hour / 24), math.cos(2 * math.pi * hour / 24)]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    rows = draw(st.integers(180, 260))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    missing = draw(st.sampled_from([0.0, 0.05, 0.4]))
    columns = {}
    for name in (TARGET, TEMPERATURE):
        values = rng.normal(100, 10, rows)
        values[rng.random(rows) < missing] = math.nan
        if missing:
            start = rng.integers(rows)
            values[start : start + rng.integers(40)] = math.nan
        columns[name] = values
    lags = st.lists(st.sampled_from([1, 2, 5, 24, 30]), max_size=2, unique=True)
    return Case(
        table=make_table(columns, start=f"2022-02-07T{draw(st.integers(0, 23)):02}:00"),
        fill=draw(st.sampled_from(["last", "day"])),
        horizon=draw(st.integers(1, 48)),
        time_steps=draw(st.integers(1, 50)),
        past_lags=draw(lags),
        ahead_lags=draw(lags),
        load_delay=draw(st.integers(0, 4)),
        temperature_delay=draw(st.integers(0, 4)),
    )


@settings(max_examples=30, deadline=None)
@given(case=cases(), data=st.data())
def test_windows__hold_what_is_known_at_the_issue_time(case: Case, data: st.DataObject) -> None:
    inputs = case.inputs()
    windows = raw_windows(inputs, case.time_steps)
    issue = data.draw(st.integers(case.time_steps, case.rows), "issue")
    step = data.draw(st.integers(1, case.horizon), "step")

    past = [case.past_row(row) for row in range(issue - case.time_steps, issue)]
    np.testing.assert_allclose(windows.past(np.array([issue]))[0], past, rtol=1e-6, atol=1e-6)
    # A lag that reaches back before the table has no value to compare; nothing issues there.
    if all(case.nearest_known(lag, issue, issue) >= 0 for lag in case.ahead_lags):
        ahead = windows.ahead(np.array([issue]))[0, step - 1]
        np.testing.assert_allclose(ahead, case.ahead_row(issue, step), rtol=1e-6, atol=1e-6)

    actual = case.table.frame[TARGET].to_numpy()
    target = issue + step - 1
    came = actual[target] if target < case.rows else math.nan
    np.testing.assert_equal(actual_load(inputs, np.array([issue]))[0, step - 1], came)


@pytest.mark.parametrize("kind", ["last_hour", "day", "week"])
@settings(max_examples=20, deadline=None)
@given(case=cases(), data=st.data())
def test_reference_load__is_the_nearest_known_hour_of_its_kind(
    kind: Reference, case: Case, data: st.DataObject
) -> None:
    issue = data.draw(st.integers(168, case.rows), "issue")
    found = reference_load(case.inputs(), kind, np.array([issue]))[0]
    rows = [case.reference_row(kind, issue, step) for step in range(1, case.horizon + 1)]
    np.testing.assert_array_equal(found, [case.filled(TARGET, row) for row in rows])


def test_reference_load__is_0_where_the_load_itself_is_predicted() -> None:
    inputs = build_inputs(simulate(60), plain_data(), plain_features(horizon=3))
    np.testing.assert_array_equal(reference_load(inputs, "none", np.arange(5)), np.zeros((5, 3)))


@settings(max_examples=60, deadline=None)
@given(
    lags=st.lists(st.integers(1, 400), max_size=3),
    horizon=st.integers(1, 48),
    delay=st.integers(0, 60),
)
def test_lag_offsets__are_the_least_multiples_that_are_published(
    lags: list[int], horizon: int, delay: int
) -> None:
    offsets = lag_offsets(tuple(lags), horizon, delay)
    assert offsets.shape == (horizon, len(lags))
    for step in range(1, horizon + 1):
        for column, lag in enumerate(lags):
            expected = lag
            while expected < step + delay:
                expected += lag
            assert offsets[step - 1, column] == expected


@settings(max_examples=40, deadline=None)
@given(
    case=cases(),
    gap_hours=st.integers(0, 30),
    kinds=st.sets(st.sampled_from(REFERENCES), max_size=3),
    data=st.data(),
)
def test_readable_issues__read_no_gap_that_is_too_long(
    case: Case, gap_hours: int, kinds: set[Reference], data: st.DataObject
) -> None:
    flags = readable_issues(case.inputs(), case.time_steps, kinds, gap_hours)
    assert flags.shape == (case.rows + 1,)

    def short(column: str, row: int) -> bool:
        """Tell whether a row exists and was known at most `gap_hours` before."""
        values = case.table.frame[column].to_numpy()
        return row >= 0 and bool((~np.isnan(values[max(0, row - gap_hours) : row + 1])).any())

    def readable(issue: int) -> bool:
        if issue < case.time_steps:
            return False
        for row in range(issue - case.time_steps, issue):
            reads = [
                (TARGET, row - case.load_delay),
                (TEMPERATURE, row - case.temperature_delay),
                *((TARGET, row - case.load_delay - lag) for lag in case.past_lags),
                *((TARGET, case.nearest_known(lag, row, row)) for lag in case.ahead_lags),
            ]
            if not all(short(*read) for read in reads):
                return False
        for step in range(1, case.horizon + 1):
            target = issue + step - 1
            rows = [case.nearest_known(lag, issue, target) for lag in case.ahead_lags]
            rows += [case.reference_row(kind, issue, step) for kind in kinds if kind != "none"]
            if not all(short(TARGET, row) for row in rows):
                return False
        return True

    chosen = data.draw(st.lists(st.integers(0, case.rows), min_size=1, max_size=12))
    assert {t: bool(flags[t]) for t in chosen} == {t: readable(t) for t in chosen}


def test_readable_issues__drop_what_touches_a_gap_and_nothing_else() -> None:
    table = simulate(200, gaps=[(TARGET, 100, 103)])
    inputs = build_inputs(table, plain_data(), plain_features(ahead_lags=[]))
    # Rows 100 to 102 were carried over 1, 2 and 3 hours: row 102 is one too many.
    flags = readable_issues(inputs, 10, ["none"], gap_hours=2)
    assert np.flatnonzero(~flags).tolist() == [*range(10), *range(103, 113)]


def test_feature_names__stand_in_the_order_of_the_columns() -> None:
    table = simulate(300)
    features = plain_features(past_lags=[2], ahead_lags=[24])
    inputs = build_inputs(table, plain_data(), features)
    matrix = feature_matrix(inputs)
    load = table.frame[TARGET].to_numpy()
    columns = dict(zip(feature_names(inputs), matrix[200], strict=True))
    assert columns == {
        TARGET: load[200],
        TEMPERATURE: table.frame[TEMPERATURE].to_numpy()[200],
        "carga_lag_2h": load[198],
        "hour_sin": pytest.approx(math.sin(2 * math.pi * 200 / 24)),
        "hour_cos": pytest.approx(math.cos(2 * math.pi * 200 / 24)),
        "known_carga_lag_24h": load[176],
    }


def test_scaled_windows__are_the_raw_ones_in_another_scale() -> None:
    features = plain_features(ahead_lags=[24, 48], horizon=30)
    inputs = build_inputs(simulate(400), plain_data(), features)
    matrix = feature_matrix(inputs)
    scaling = fit_scaling(matrix[100:300], inputs.weather[100:300])
    raw, scaled = raw_windows(inputs, 12), scaled_windows(inputs, matrix, 12, scaling)
    issues = np.arange(150, 380, 23)
    ahead = len(inputs.past_names)  # what is known ahead has the scale of the row's own hour
    np.testing.assert_allclose(
        scaled.past(issues) * scaling.std + scaling.mean, raw.past(issues), rtol=1e-5, atol=1e-5
    )
    np.testing.assert_allclose(
        scaled.ahead(issues) * scaling.std[ahead:] + scaling.mean[ahead:],
        raw.ahead(issues),
        rtol=1e-5,
        atol=1e-5,
    )


def test_build_inputs__names_a_column_that_is_not_there() -> None:
    with pytest.raises(ConfigError, match=r"features\.past names nowhere"):
        build_inputs(simulate(60), plain_data(), plain_features(past=["nowhere"]))
    features = plain_features(publication_delay={"nowhere": 1})
    with pytest.raises(ConfigError, match="publication_delay names nowhere"):
        build_inputs(simulate(60), plain_data(), features)


def test_build_inputs__says_which_optional_columns_are_absent() -> None:
    features = plain_features(optional=[TEMPERATURE, "CHUVA"])
    assert build_inputs(simulate(60), plain_data(), features).absent == ("CHUVA",)


def test_windows__of_five_years_are_cut_batch_by_batch() -> None:
    rows, features, time_steps = 5 * 8766, 20, 48
    windows = Windows(
        matrix=np.ones((rows, features), np.float32),
        calendar=np.ones((rows + 1, 5), np.float32),
        lagged_load=np.ones((rows, 2), np.float32),
        lag_offsets=lag_offsets((24, 168), 1, 0),
        weather=np.ones((rows + 1, 1, 1), np.float32),
        time_steps=time_steps,
    )
    issues = np.random.default_rng(0).permutation(np.arange(168, rows))
    batches = range(0, len(issues), 64)
    tracemalloc.start()
    try:
        read = sum(windows.past(issues[start : start + 64]).size for start in batches)
        read_ahead = sum(windows.ahead(issues[start : start + 64]).size for start in batches)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert read == len(issues) * time_steps * features
    assert read_ahead == len(issues) * 8
    assert peak < 2**20  # all of them at once would be 168 MB


def test_build_inputs__keeps_calendar_and_lags_out_of_past_rows_where_they_are_not_wanted() -> None:
    features = plain_features(ahead_lags=[24], past_rows="measured")
    inputs = build_inputs(simulate(100), plain_data(), features)
    assert feature_names(inputs) == inputs.past_names
    windows, issues = raw_windows(inputs, 12), np.arange(40, 90)
    assert windows.past(issues).shape == (50, 12, len(inputs.past_names))
    assert windows.ahead(issues).shape[2] == len(inputs.calendar_names) + 1


def test_build_inputs__reads_the_calendar_by_the_clocks_that_people_live_by() -> None:
    hours = pd.date_range("2018-11-03T22:00", periods=4, freq="h")  # daylight saving from midnight
    found = civil_hours(hours, -3, "America/Sao_Paulo")
    assert found.hour.tolist() == [22, 23, 1, 2]
    assert civil_hours(hours, -3, None).hour.tolist() == [22, 23, 0, 1]


@pytest.mark.parametrize(
    ("start", "clocks"),
    [
        ("2018-11-03T22:00", [22, 23, 1, 2]),  # daylight saving begins: there is no hour 0
        ("2018-02-17T21:00", [22, 23, 23, 0]),  # it ends: there are two hours 23
    ],
)
def test_build_inputs__tells_the_hours_ahead_by_those_clocks_too(
    start: str, clocks: list[int]
) -> None:
    table = make_table({TARGET: np.ones(2), TEMPERATURE: np.ones(2)}, start=start)
    features = plain_features(calendar=["day_hour"], ahead_lags=[], horizon=2)
    inputs = build_inputs(table, plain_data(timezone="America/Sao_Paulo"), features)
    assert inputs.clock.tolist() == clocks
    assert inputs.calendar.argmax(axis=1).tolist() == clocks
    assert (inputs.index == table.index).all()
