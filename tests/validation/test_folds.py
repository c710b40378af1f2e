"""Folds against loops written from the definitions.

Every step is scored on the same target hours, so the earliest scored forecast is issued
`horizon` - 1 hours before the first of them, and training ends there or earlier.
"""

import math
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from hpo_exp.config import CvConfig, TuneConfig
from hpo_exp.data.table import TARGET
from hpo_exp.errors import DataError
from hpo_exp.features.inputs import Inputs, build_inputs
from hpo_exp.features.readable import readable_issues
from hpo_exp.features.windows import actual_load, target_rows
from hpo_exp.tuning.workspace import build_workspace, check_measured
from hpo_exp.validation.folds import Split, make_folds, make_test_split
from tests.builders import (
    TEMPERATURE,
    make_config,
    make_table,
    plain_data,
    plain_features,
    simulate,
)


@dataclass
class Case:
    """Inputs, the issue times that can be read, and how to cut."""

    inputs: Inputs
    time_steps: int
    readable: np.ndarray
    cv: CvConfig
    test_row: int

    @property
    def horizon(self) -> int:
        return self.inputs.horizon


def make_inputs(
    rows: int, horizon: int, missing: float = 0, seed: int = 0, delay: int = 0
) -> Inputs:
    rng = np.random.default_rng(seed)
    load, temperature = rng.normal(100, 10, (2, rows))
    load[rng.random(rows) < missing] = math.nan
    table = make_table({TARGET: load, TEMPERATURE: temperature}, start="2022-02-07T05:00")
    features = plain_features(
        ahead_lags=[24], horizon=horizon, publication_delay={TARGET: delay, TEMPERATURE: delay}
    )
    return build_inputs(table, plain_data(), features)


def make_cv(inputs: Inputs, test_row: int, test_hours: int = 1, **changes: object) -> CvConfig:
    start = inputs.index[0].to_pydatetime() + timedelta(hours=test_row)
    return make_config().cv.model_copy(
        update={
            "folds": 3,
            "validation_hours": None,
            "test_start": start,
            "test_end": start + timedelta(hours=test_hours - 1),
            **changes,
        }
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    inputs = make_inputs(
        rows=draw(st.integers(250, 900)),
        horizon=draw(st.integers(1, 48)),
        missing=draw(st.sampled_from([0.0, 0.01, 0.1])),
        seed=draw(st.integers(0, 999)),
        delay=draw(st.integers(0, 3)),
    )
    time_steps = draw(st.integers(1, 60))
    test_row = draw(st.integers(inputs.rows // 2, inputs.rows - 1))
    cv = make_cv(
        inputs,
        test_row,
        test_hours=inputs.rows - test_row,
        folds=draw(st.integers(1, 5)),
        scheme=draw(st.sampled_from(["expanding", "sliding"])),
        gap=draw(st.integers(0, 30)),
        validation_hours=draw(st.none() | st.integers(1, 60)),
    )
    readable = readable_issues(inputs, time_steps, ["last_hour"], gap_hours=3)
    return Case(inputs, time_steps, readable, cv, test_row)


def folds_of(case: Case) -> list[Split]:
    """Cut, where there is something to train on before the first fold."""
    try:
        return make_folds(case.inputs, case.cv, case.readable)
    except DataError:
        reject()


@settings(max_examples=60, deadline=None)
@given(case=cases())
def test_make_folds__cut_the_hours_before_the_test_without_rest(case: Case) -> None:
    folds = folds_of(case)
    first = next(row for row in range(case.inputs.rows + 1) if case.readable[row])
    hours = case.cv.validation_hours or max(1, (case.test_row - first) // (case.cv.folds + 1))
    assert [fold.name for fold in folds] == [f"fold {n + 1}" for n in range(case.cv.folds)]
    end = case.test_row
    for fold in reversed(folds):
        assert (fold.score_start, fold.score_stop) == (end - hours, end)
        end -= hours


@settings(max_examples=60, deadline=None)
@given(case=cases())
def test_make_folds__train_on_what_the_first_forecast_knows(case: Case) -> None:
    test = make_test_split(case.inputs, case.cv)
    for split in (*folds_of(case), test):
        issues = split.training_issues(case.inputs, case.readable)
        targets = target_rows(issues, case.horizon)
        first_issue = int(split.scored_issues(case.inputs, "hourly")[0])
        assert first_issue == split.score_start - (case.horizon - 1)
        # Nothing more, and nothing less.
        assert split.train_stop == max(0, first_issue - case.inputs.delay - case.cv.gap)
        assert targets.max(initial=-1) < split.train_stop
        assert targets.min(initial=split.train_stop) >= split.train_start


@settings(max_examples=60, deadline=None)
@given(case=cases())
def test_make_folds__expand_from_the_start_or_slide(case: Case) -> None:
    folds = folds_of(case)
    if case.cv.scheme == "expanding":
        assert {fold.train_start for fold in folds} == {0}
    else:
        lengths = {fold.train_stop - fold.train_start for fold in folds}
        assert len(lengths) == 1
        assert folds[0].train_start == case.readable.tolist().index(True)
    assert make_test_split(case.inputs, case.cv).train_start == 0


@settings(max_examples=30, deadline=None)
@given(case=cases(), data=st.data())
def test_training_issues__are_readable_and_measured(case: Case, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, case.inputs.rows), "train_start")
    stop = data.draw(st.integers(start, case.inputs.rows), "train_stop")
    split = Split("any", start, stop, stop, stop + 1)
    expected = []
    for issue in range(start, stop):
        targets = range(issue, issue + case.horizon)
        inside = targets[-1] < stop
        if inside and case.readable[issue] and not np.isnan(case.inputs.actual[targets]).any():
            expected.append(issue)
    assert split.training_issues(case.inputs, case.readable).tolist() == expected


@settings(max_examples=30, deadline=None)
@given(case=cases())
def test_scored_targets__are_the_same_hours_for_every_step(case: Case) -> None:
    for split in (*folds_of(case), make_test_split(case.inputs, case.cv)):
        issues = split.scored_issues(case.inputs, "hourly")
        targets = target_rows(issues, case.horizon)
        scored = split.scored_targets(targets)
        for step in range(case.horizon):
            hours = targets[scored[:, step], step].tolist()
            assert hours == list(range(split.score_start, split.score_stop))
        assert scored.any(axis=1).all()  # nothing is forecast for nothing


@settings(max_examples=30, deadline=None)
@given(case=cases(), hour=st.integers(0, 23))
def test_scored_issues__once_a_day_are_those_of_that_hour(case: Case, hour: int) -> None:
    split = make_test_split(case.inputs, case.cv)
    start = case.inputs.index[0].to_pydatetime()
    expected = [
        issue
        for issue in range(case.inputs.rows)
        if (start + timedelta(hours=issue)).hour == hour
        and any(split.score_start <= issue + k < split.score_stop for k in range(case.horizon))
    ]
    assert split.scored_issues(case.inputs, hour).tolist() == expected


def test_scored_issues__at_ten_cover_each_next_day_with_steps_15_to_38() -> None:
    inputs = make_inputs(24 * 20 - 5, horizon=38)  # from 05:00
    first = 24 * 15 - 5  # midnight
    split = make_test_split(inputs, make_cv(inputs, first, test_hours=48))
    issues = split.scored_issues(inputs, 10)
    steps = np.s_[:, 14:38]
    targets = target_rows(issues, 38)[steps]
    scored = split.scored_targets(target_rows(issues, 38))[steps]
    assert targets[scored].tolist() == list(range(first, first + 48))


@pytest.mark.parametrize(("row", "hours"), [(0, 24), (9, 24), (380, 24), (600, 24)])
def test_make_test_split__refuses_a_period_outside_the_data(row: int, hours: int) -> None:
    inputs = make_inputs(400, horizon=10)
    with pytest.raises(DataError, match=r"cv\.test_start"):
        make_test_split(inputs, make_cv(inputs, row, hours))


def test_make_test_split__takes_the_last_hours_of_the_data() -> None:
    inputs = make_inputs(400, horizon=10)
    split = make_test_split(inputs, make_cv(inputs, 376, 24))
    assert (split.score_start, split.score_stop) == (376, 400)
    # The last issues ask for hours that the table does not have: they are not scored.
    issues = split.scored_issues(inputs, "hourly")
    unmeasured = np.isnan(actual_load(inputs, issues))
    assert not (unmeasured & split.scored_targets(target_rows(issues, 10))).any()


@pytest.mark.parametrize(
    "change", ["folds=40", "validation_hours=700", "gap=1500", "validation_hours=5000"]
)
def test_workspace__refuses_a_series_that_is_too_short(change: str) -> None:
    with pytest.raises(DataError, match=r"too short.*cv.folds"):
        build_workspace(simulate(2_000), eight_folds("expanding", f"cv.{change}"))


def test_workspace__refuses_a_fold_without_training_windows() -> None:
    # The short sliding window of the fifth fold, rows 824 to 999, lies within the gap.
    table = simulate(2_000, gaps=[(TARGET, 810, 1_005)])
    with pytest.raises(DataError, match="training windows"):
        build_workspace(table, eight_folds("sliding"))


def test_workspace__refuses_a_fold_without_measured_hours() -> None:
    # Rows 1000 to 1199 are all that the fifth fold scores: its error would be the mean of nothing.
    table = simulate(2_000, gaps=[(TARGET, 1_000, 1_200)])
    workspace = build_workspace(table, eight_folds("expanding"))
    with pytest.raises(DataError, match="fold 5 has no measured load"):
        check_measured(workspace)


def eight_folds(scheme: str, *overrides: str) -> TuneConfig:
    """Cut rows 200 to 1799 into eight folds."""
    return make_config(
        f"cv={scheme}",
        "cv.folds=8",
        "cv.validation_hours=200",
        "cv.test_start=2022-04-23T00:00",
        "cv.test_end=2022-04-23T23:00",
        "features.ahead_lags=[]",
        *overrides,
    )


@pytest.mark.parametrize("horizon", [1, 24])
def test_workspace__scores_the_same_hours_whatever_the_time_steps(horizon: int) -> None:
    table = simulate(1_000)
    splits = {}
    for time_steps in ("24", "48", "{type: categorical, choices: [24, 48]}"):
        key = "+search.time_steps" if "{" in time_steps else "model.time_steps"
        config = make_config(
            f"{key}={time_steps}",
            f"features.horizon={horizon}",
            "cv.test_start=2022-03-10",
            "cv.test_end=2022-03-12",
        )
        workspace = build_workspace(table, config)
        splits[time_steps] = [
            (split.score_start, split.score_stop, workspace.scored_issues(split).tolist())
            for split in (*workspace.folds, workspace.test)
        ]
    assert splits["24"] == splits["48"] == splits["{type: categorical, choices: [24, 48]}"]
