"""Further series beside the load: what forecasts read of them, and that none sees its future."""

import math

import numpy as np
import pytest

from hpo_exp.config import TuneConfig
from hpo_exp.data.table import TARGET, HourlyTable
from hpo_exp.errors import ConfigError
from hpo_exp.features.inputs import Inputs
from hpo_exp.features.readable import readable_issues
from hpo_exp.features.windows import (
    actual_load,
    ahead_names,
    feature_matrix,
    lag_offsets,
    layout_of,
    raw_windows,
    reference_load,
)
from tests.builders import TEMPERATURE, inputs_of, make_table, simulate
from tests.leaks import hide, poison
from tests.tuning.composing import configured

WIND, HORIZON, TIME_STEPS, ISSUE = "geracao_eolica_mw", 5, 6, 300


def blowing(rows: int = 400, gap: slice = slice(0, 0)) -> HourlyTable:
    frame = simulate(rows).frame
    wind = 5_000 + 3_000 * np.sin(np.arange(rows) / 17)
    wind[gap] = np.nan
    columns = {name: frame[name].to_numpy() for name in (TARGET, TEMPERATURE)}
    return make_table(columns | {WIND: wind})


def config_of(*overrides: str) -> TuneConfig:
    return configured(
        "data=seed",
        f"features.past=[{TARGET},{WIND}]",
        "features.optional=[]",
        f"features.targets=[{WIND}]",
        f"features.horizon={HORIZON}",
        "features.ahead_lags=[24,168]",
        *overrides,
    )


def everything_read(inputs: Inputs, issues: np.ndarray) -> list[np.ndarray]:
    windows = raw_windows(inputs, TIME_STEPS)
    flags = readable_issues(inputs, TIME_STEPS, ["last_hour", "day"], 3)
    references = [
        reference_load(view, kind, issues)
        for view in inputs.views
        for kind in ("last_hour", "day", "week")
    ]
    return [
        windows.past(issues),
        windows.ahead(issues),
        feature_matrix(inputs)[: issues[-1]],
        flags[issues],
        *references,
    ]


def test_views__ask_for_one_series_and_read_them_all() -> None:
    table, issues = blowing(), np.arange(200, ISSUE)
    inputs = inputs_of(table, config_of())
    view = inputs.view(WIND)
    rows = issues[:, None] + np.arange(HORIZON)
    wind = table.frame[WIND].to_numpy()
    np.testing.assert_array_equal(actual_load(view, issues), wind[rows])
    np.testing.assert_array_equal(reference_load(view, "day", issues), wind[rows - 24])
    last = np.repeat(wind[issues - 1][:, None], HORIZON, axis=1)
    np.testing.assert_array_equal(reference_load(view, "last_hour", issues), last)
    np.testing.assert_array_equal(feature_matrix(inputs), feature_matrix(view))
    windows, viewed = raw_windows(inputs, TIME_STEPS), raw_windows(view, TIME_STEPS)
    np.testing.assert_array_equal(windows.ahead(issues), viewed.ahead(issues))


def test_ahead__has_the_lags_of_every_series_by_name() -> None:
    table, issues = blowing(), np.array([ISSUE])
    inputs = inputs_of(table, config_of())
    names = list(ahead_names(inputs))
    assert names[-4:] == [
        "known_carga_lag_24h",
        "known_carga_lag_168h",
        f"known_{WIND}_lag_24h",
        f"known_{WIND}_lag_168h",
    ]
    ahead = raw_windows(inputs, TIME_STEPS).ahead(issues)[0]
    for column, stem in ((TARGET, "carga"), (WIND, WIND)):
        for hours in (24, 168):
            expected = table.frame[column].to_numpy()[ISSUE - hours + np.arange(HORIZON)]
            place = names.index(f"known_{stem}_lag_{hours}h")
            assert ahead[:, place] == pytest.approx(expected, rel=1e-6)


def test_layout_of__names_the_loads_alone_and_a_view_its_own() -> None:
    inputs = inputs_of(blowing(), config_of("features.past_rows=measured"))
    names = list(ahead_names(inputs))
    layout, view = layout_of(inputs), layout_of(inputs.view(WIND))
    assert layout.targets == view.targets == 2
    assert (layout.loads, view.loads) == ((0,), (1,))
    assert [names[place] for place in layout.ahead_loads] == names[-4:-2]
    assert [names[place] for place in view.ahead_loads] == names[-2:]


@pytest.mark.parametrize("delays", [(0, 0), (2, 0), (0, 30)])
def test_forecasts__of_several_series_do_not_see_what_comes_after(delays: tuple[int, int]) -> None:
    table, issues = blowing(), np.arange(250, ISSUE + 1)
    config = config_of(
        f"+features.publication_delay={{{TARGET}: {delays[0]}, {WIND}: {delays[1]}}}"
    )
    clean = everything_read(inputs_of(table, config), issues)
    for value in (math.nan, 1e9):
        poisoned = everything_read(inputs_of(poison(table, ISSUE, value), config), issues)
        for one, other in zip(clean, poisoned, strict=True):
            np.testing.assert_array_equal(one, other)
        hidden = inputs_of(hide(table, ISSUE, value, config), config)
        for one, other in zip(clean, everything_read(hidden, issues), strict=True):
            np.testing.assert_array_equal(one[-1], other[-1])


def test_lags__of_a_late_series_reach_further_back() -> None:
    config = config_of(f"+features.publication_delay={{{WIND}: 30}}")
    windows = raw_windows(inputs_of(blowing(), config), TIME_STEPS)
    np.testing.assert_array_equal(windows.lag_offsets[:, :2], lag_offsets((24, 168), HORIZON, 0))
    np.testing.assert_array_equal(windows.lag_offsets[:, 2:], [[48, 168]] * HORIZON)


def test_readable_issues__mind_the_gaps_of_every_series() -> None:
    gap = slice(200, 210)
    config = config_of("features.past=[carga_mw_subsistema]", "features.past_rows=measured")
    flags = [
        readable_issues(inputs_of(table, config), TIME_STEPS, ["last_hour"], 3)
        for table in (blowing(), blowing(gap=gap))
    ]
    lost = np.flatnonzero(flags[0] & ~flags[1])
    # The last hour is one that was carried on too long; or the day before, or the week.
    aged = np.arange(203, 210)  # carried over more than three hours
    before = aged[:, None] + (24, 168)  # the hours that it is read for, as a lag
    as_target = before[..., None] - np.arange(HORIZON)
    in_window = before[..., None] + 1 + np.arange(TIME_STEPS)
    expected = {*(aged + 1), *as_target.ravel(), *in_window.ravel()}
    assert set(lost.tolist()) == {row for row in expected if row <= 400}


def test_measured__asks_for_every_series() -> None:
    inputs = inputs_of(blowing(gap=slice(350, 352)), config_of())
    assert np.flatnonzero(~inputs.measured).tolist() == [350, 351]
    assert np.isfinite(inputs.actual).all()


def test_floor__bounds_generation_alone() -> None:
    inputs = inputs_of(blowing(), config_of())
    everything = slice(0, 400)
    assert inputs.floor(everything) == -np.inf
    assert inputs.view(WIND).floor(everything) == 0
    below = make_table(
        {TARGET: np.full(400, 1.0), TEMPERATURE: np.ones(400), WIND: np.arange(400) - 350.0}
    )
    view = inputs_of(below, config_of()).view(WIND)
    assert view.floor(everything) == -np.inf
    assert view.floor(slice(360, 400)) == 0


def test_build_inputs__refuses_a_target_that_the_data_lack() -> None:
    with pytest.raises(ConfigError, match=r"features\.targets names geracao_solar_mw"):
        inputs_of(blowing(), config_of("features.targets=[geracao_solar_mw]"))


@pytest.mark.parametrize(
    ("override", "said"),
    [
        (f"features.targets=[{TARGET}]", "twice"),
        (f"features.targets=[{WIND},{WIND}]", "twice"),
        ("cv.scored_target=geracao_solar_mw", "not forecast"),
    ],
)
def test_config__refuses_targets_that_make_no_sense(override: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        config_of(override)


def test_growing__is_relative_to_what_was_known_of_it() -> None:
    days, rows = 30, 60 * 24
    table = blowing(rows)
    override = f"+features.growing.{WIND}={days}"
    delay = f"+features.publication_delay={{{WIND}: 3}}"
    inputs = inputs_of(table, config_of(override, delay))
    wind, view, issues = table.frame[WIND].to_numpy(), inputs.view(WIND), np.array([1000, rows])
    known = [wind[issue - 3 - 24 * days : issue - 3].mean() for issue in issues]
    assert view.level[issues] == pytest.approx(known)
    windows = raw_windows(inputs, TIME_STEPS)
    last = (wind / view.level[:-1])[1000 - 3 - 1]
    assert windows.past(issues[:1])[0, -1, 1] == pytest.approx(last)
    np.testing.assert_array_equal(reference_load(view, "last_hour", issues)[:, 0], wind[issues - 4])
    assert (inputs.level == 1).all()


def test_growing__does_not_see_what_comes_after() -> None:
    table, cut = blowing(60 * 24), 1300
    issues = np.arange(1200, cut + 1)
    config = config_of(f"+features.growing.{WIND}=30")
    clean = inputs_of(table, config)
    assert all(np.isfinite(values).all() for values in everything_read(clean, issues)[:2])
    poisoned = inputs_of(poison(table, cut, 1e9), config)
    np.testing.assert_array_equal(
        clean.view(WIND).level[: cut + 1], poisoned.view(WIND).level[: cut + 1]
    )
    for one, other in zip(
        everything_read(clean, issues), everything_read(poisoned, issues), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_growing__is_unreadable_until_a_month_is_known() -> None:
    inputs = inputs_of(blowing(60 * 24), config_of(f"+features.growing.{WIND}=365"))
    flags = readable_issues(inputs, TIME_STEPS, ["last_hour"], 3)
    first = int(flags.argmax())
    assert first == 28 * 24 + 168 + TIME_STEPS  # the week's lag of the window's first row
    assert np.isfinite(raw_windows(inputs, TIME_STEPS).past(np.arange(first, 1400))).all()
