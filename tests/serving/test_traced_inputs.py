"""The fast way to a model's inputs, against the code that made them for training."""

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpo_exp.data.table import HourlyTable
from hpo_exp.errors import UserError
from hpo_exp.export.manifest import Manifest, explain_reading, parse_manifest
from hpo_exp.export.model_inputs import check_askable, inputs_of_hours, model_inputs
from hpo_exp.export.recent_hours import RecentHours
from hpo_exp.export.signature import FORECAST
from hpo_exp.features.inputs import build_inputs
from hpo_exp.serving.traced_inputs import TracedInputs, fast_inputs
from tests.builders import TEMPERATURE, make_config, simulate

WIND = "geracao_eolica_mw"


def blowing(rows: int) -> HourlyTable:
    """Hours of load, weather and wind."""
    table = simulate(rows)
    wind = np.random.default_rng(2).uniform(1_000, 9_000, rows)
    return replace(table, frame=table.frame.assign(**{WIND: wind}))


def make_manifest(time_steps: int = 6, **changes: Any) -> Manifest:
    config = make_config()
    features = config.features.model_copy(update=changes)
    table = blowing(400)
    reading = explain_reading(table, config.data, features, time_steps)
    ahead = ["ahead"] if features.calendar or features.ahead_lags else []
    said = {
        "horizon": features.horizon,
        "time_steps": time_steps,
        "reference": features.reference,
        "inputs": [
            "past",
            *ahead,
            *([] if features.reference == "none" else ["reference_mw"]),
            *(f"reference_{name}" for name in features.targets),
            *(f"level_{name}" for name in features.growing),
        ],
        "output": [FORECAST],
        "reading": reading,
        "scored_steps": [1, features.horizon],
        "dispatch": None,
        "data": {"source": "demo", "subsystem": "SE", "simulated": True, "utc_offset_hours": -3},
        "trained": {"last_issue_time": "2022-02-20T00:00:00"},
        "sha256": {},
    }
    return parse_manifest(said)


@pytest.mark.parametrize(
    ("changes", "hours"),
    [
        ({"calendar": [], "ahead_lags": [], "reference": "none"}, 6),
        ({"calendar": [], "ahead_lags": [], "reference": "day", "horizon": 3}, 24),
        ({"ahead_lags": [24], "reference": "last_hour"}, 30),
        ({"ahead_lags": [24, 168], "reference": "week", "horizon": 30}, 174),
        ({"ahead_lags": [24], "past_lags": [48]}, 54),
        ({"calendar": [], "ahead_lags": [], "targets": [WIND], "growing": {WIND: 40}}, 961),
    ],
)
def test_manifest__knows_how_many_hours_a_forecast_reads(
    changes: dict[str, Any], hours: int
) -> None:
    assert make_manifest(**changes).history_hours == hours


def test_manifest__of_weather_forecasts_cannot_be_asked_by_a_table_of_hours() -> None:
    check_askable(make_manifest())
    manifest = make_manifest(weather_forecasts=[TEMPERATURE])
    assert manifest.history_hours == make_manifest().history_hours
    with pytest.raises(UserError, match=r"reads weather forecasts \(TEMP_BULB_SECO\)"):
        check_askable(manifest)


def test_inputs_of_hours__are_those_of_the_whole_table_for_every_series() -> None:
    manifest = make_manifest(targets=[WIND], growing={WIND: 40}, reference="last_hour", horizon=3)
    table, issue = blowing(1_300), 1_250
    inputs = build_inputs(table, manifest.data, manifest.features)
    expected = model_inputs(manifest, inputs, np.array([issue]))
    read = table.frame.iloc[issue - manifest.history_hours : issue]
    asked = np.datetime64(table.index[issue], "h")
    hours = RecentHours(asked, read[list(manifest.columns)].to_numpy(), {})
    for make in (partial(inputs_of_hours, manifest), fast_inputs(manifest)):
        answer = make(hours)
        assert set(answer) == set(expected) > {f"reference_{WIND}", f"level_{WIND}"}
        for name, values in expected.items():
            np.testing.assert_allclose(answer[name], values, rtol=1e-6, err_msg=name)


@settings(max_examples=12, deadline=None)
@given(
    horizon=st.sampled_from([1, 2, 30]),
    reference=st.sampled_from(["none", "last_hour", "day", "week"]),
    calendar=st.sampled_from([[], ["hour"], ["week_hour", "holiday"], ["season", "weekday"]]),
    delay=st.sampled_from([{}, {TEMPERATURE: 2}, {"carga_mw_subsistema": 1}]),
    issue=st.integers(0, 3 * 8766),
    seed=st.integers(0, 99),
)
def test_traced_inputs__are_those_of_the_code(
    horizon: int, reference: str, calendar: list[str], delay: Any, issue: int, seed: int
) -> None:
    manifest = make_manifest(
        horizon=horizon, reference=reference, calendar=calendar, publication_delay=delay,
        past_lags=[3],
    )  # fmt: skip
    make = fast_inputs(manifest)
    assert isinstance(make, TracedInputs)
    values = np.random.default_rng(seed).normal(
        0, 1e4, (manifest.history_hours, len(manifest.columns))
    )
    hours = RecentHours(np.datetime64("2021-01-01T00", "h") + issue, values, {})
    expected, picked = inputs_of_hours(manifest, hours), make(hours)
    assert list(picked) == list(expected)
    for name in expected:
        np.testing.assert_array_equal(picked[name], expected[name])
