"""The fast way to a model's inputs, against the code that made them for training."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpo_exp.export.manifest import FORECAST, Manifest, explain_reading, parse_manifest
from hpo_exp.export.model_inputs import inputs_of_hours
from hpo_exp.export.recent_hours import RecentHours
from hpo_exp.serving.traced_inputs import TracedInputs, fast_inputs
from tests.builders import TEMPERATURE, make_config, simulate


def make_manifest(time_steps: int = 6, **changes: Any) -> Manifest:
    config = make_config()
    features = config.features.model_copy(update=changes)
    table = simulate(400)
    reading = explain_reading(table, config.data, features, time_steps)
    ahead = ["ahead"] if features.calendar or features.ahead_lags else []
    said = {
        "horizon": features.horizon,
        "time_steps": time_steps,
        "reference": features.reference,
        "inputs": ["past", *ahead, *([] if features.reference == "none" else ["reference_mw"])],
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
    ],
)
def test_manifest__knows_how_many_hours_a_forecast_reads(
    changes: dict[str, Any], hours: int
) -> None:
    assert make_manifest(**changes).history_hours == hours


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
