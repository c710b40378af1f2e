"""The service's answers, and what it says to questions that cannot be answered."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hpo_exp.export.answer import Bundle
from hpo_exp.export.model_inputs import inputs_of_hours
from hpo_exp.export.recent_hours import check_hours, split_frame
from hpo_exp.export.signature import FORECAST
from hpo_exp.serving.champion import Champion
from hpo_exp.serving.metrics import Metrics
from hpo_exp.serving.service import Service
from tests.promoting import seed_hours
from tests.serving.asking import Caller, question
from tests.serving.conftest import config

pytestmark = pytest.mark.slow


def test_dispatch__is_the_notebooks_example_to_the_cent(caller: Caller) -> None:
    asked = {"load_mw": [25_700.21], "supply_mw": {"geracao_eolica_mw": [24_500.0]}}
    answer = caller.post("/v1/dispatch", asked)
    assert answer.status_code == 200, answer.text
    (hour,) = answer.json()["hours"]
    assert hour["hydro_mw"] == pytest.approx(1_200.21, abs=0.005)
    assert answer.json()["model"] == {"name": "load", "version": 7}


def test_forecast__agrees_with_bundle_and_saved_model(caller: Caller, champion: Champion) -> None:
    hours = seed_hours()
    answer = caller.post("/v1/forecast", question(hours))
    assert answer.status_code == 200, answer.text
    steps = answer.json()["steps"]
    manifest = champion.manifest
    checked = check_hours(manifest, *split_frame(hours, manifest))
    direct = champion.model(inputs_of_hours(manifest, checked))[FORECAST][0]
    assert [step["forecast_mw"] for step in steps] == pytest.approx(direct, rel=1e-6)
    assert [step["step"] for step in steps] == [1, 2]
    assert steps[0]["target_time"] == answer.json()["issue_time"] == "2025-09-26T14:00:00"


def test_plan__agrees_with_the_pyfuncs_table(caller: Caller, bundle: Any) -> None:
    hours = seed_hours()
    answer = caller.post("/v1/plan", question(hours))
    assert answer.status_code == 200, answer.text
    expected = Bundle(bundle).answer(hours)
    for step, row in zip(answer.json()["steps"], expected.to_dict("records"), strict=True):
        for name in ("forecast_mw", "hydro_mw", "deviation_mwh"):
            assert step[name] == pytest.approx(row[name], rel=1e-5)
        assert step["demand_mw"] == pytest.approx(row["hydro_demand_mw"], rel=1e-5)
        assert pd.Timestamp(step["target_time"]) == row["target_time"]


def test_plan__takes_the_supply_that_is_known(caller: Caller) -> None:
    asked = question(supply_mw={"geracao_eolica_mw": [25_000, 25_300]}, restricted=[False, True])
    steps = caller.post("/v1/plan", asked).json()["steps"]
    assert steps[0]["demand_mw"] == pytest.approx(steps[0]["forecast_mw"] - 25_000)
    assert [step["minimum_mw"] for step in steps] == [400, 500]


def test_forecast__of_many_at_once_is_that_of_each(caller: Caller) -> None:
    tables = [seed_hours().assign(frequencia_hz=60 + shift / 100) for shift in range(20)]
    alone = [caller.post("/v1/forecast", question(table)).json() for table in tables[:3]]
    together = caller.many(
        [("POST", "/v1/forecast", {"json": question(table)}) for table in tables]
    )
    assert {answer.status_code for answer in together} == {200}
    for one, other in zip(alone, together, strict=False):
        assert other.json()["steps"][0]["forecast_mw"] == pytest.approx(
            one["steps"][0]["forecast_mw"], rel=1e-6
        )
    metrics = caller.get("/metrics").text
    assert 'hpo_exp_requests_total{path="/v1/forecast",status="200"} 23.0' in metrics
    assert "hpo_exp_champion_version 7.0" in metrics


# -------------------------------------------------------------------------- what cannot be answered


def changed(**columns: Any) -> dict[str, Any]:
    return question(seed_hours(**columns))


def without(name: str) -> dict[str, Any]:
    return question(seed_hours().drop(columns=name))


def with_value(row: int, name: str, value: object) -> dict[str, Any]:
    asked = question()
    asked["columns"][name][row] = value
    return asked


def with_time(row: int, time: str) -> dict[str, Any]:
    asked = question()
    asked["timestamp"][row] = time
    return asked


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (question(seed_hours(23)), "reads the last 24 hours, and there are 23"),
        (question(seed_hours().drop(index=40)), "hour 2025-09-26T06 is missing"),
        (with_value(-1, "frequencia_hz", None), "frequencia_hz has no number at 2025-09-26T13"),
        (with_value(-24, "CHUVA", None), "CHUVA has no number at 2025-09-25T14"),
        (with_value(0, "CHUVA", "wet"), "columns.CHUVA.0: Input should be a valid number"),
        (without("frequencia_hz"), "column frequencia_hz is missing"),
        (changed(humidade=1.0), "unknown column 'humidade': known are carga_mw_subsistema"),
        (with_time(47, "2025-09-26T13:30:00"), "2025-09-26T13:30:00.000000 is no whole hour"),
        (with_time(47, "2025-09-26T12:00:00"), "hours go forward one by one"),
        (with_time(47, "2025-09-26T13:00:00Z"), "timestamp.47: Input should not have timezone"),
        (with_time(47, "yesterday"), "timestamp.47: Input should be a valid datetime"),
        (changed(carga_mw_subsistema=1e39), "is no number"),
        ({"columns": {}}, "timestamp: Field required"),
        ([], "Input should be a valid dictionary"),
        ({**question(), "more": 1}, "more: Extra inputs are not permitted"),
    ],
)  # fmt: skip
def test_forecast__says_what_is_wrong(asked: Any, said: str, caller: Caller) -> None:
    assert said in caller.refused("/v1/forecast", asked)


def shifted(hours: float) -> dict[str, Any]:
    table = seed_hours()
    return question(table.assign(timestamp=table["timestamp"] + pd.Timedelta(hours=hours)))


def test_forecast__refuses_hours_that_are_stale_or_to_come(caller: Caller) -> None:
    stale = caller.refused("/v1/forecast", shifted(-3))
    assert "the last hour, 2025-09-26T10, is stale: it ended 3.5 hours ago" in stale
    assert "is not over: it is 2025-09-26 14:30" in caller.refused("/v1/forecast", shifted(1))
    assert caller.post("/v1/forecast", shifted(-2)).status_code == 200


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"load_mw": [1.0], "supply_mw": {}}, "source geracao_eolica_mw is missing"),
        ({"load_mw": [1.0], "supply_mw": {"x": [1]}}, "unknown source 'x'"),
        (
            {"load_mw": [1.0], "supply_mw": {"geracao_eolica_mw": [1, 2]}},
            "has 2 values for 1 hours",
        ),
        ({"load_mw": [], "supply_mw": {}}, "load_mw: List should have at least 1 item"),
        ({"load_mw": [1.0] * 49, "supply_mw": {}}, "load_mw: List should have at most 48 items"),
        (
            {"load_mw": [1], "supply_mw": {"geracao_eolica_mw": [1]}, "restricted": [True, True]},
            "restricted has 2 values for 1 hours",
        ),
    ],
)
def test_dispatch__says_what_is_wrong(asked: Any, said: str, caller: Caller) -> None:
    assert said in caller.refused("/v1/dispatch", asked)


@pytest.mark.parametrize("body", [b"", b"{", b'{"timestamp": [NaN]}', b"\xff", b"[" * 50_000])
def test_forecast__of_no_json_is_refused(body: bytes, caller: Caller) -> None:
    (answer,) = caller.many([("POST", "/v1/forecast", {"content": body})])
    assert answer.status_code in (400, 422)
    assert isinstance(answer.json()["detail"], str)


# --------------------------------------------------------------------------------- its own rules


def test_service__has_limits_on_size_and_time(service: Service, metrics: Metrics) -> None:
    caller = Caller(service, metrics, config(request_bytes=2_000, request_seconds=0.2))

    async def body(pause: float) -> AsyncIterator[bytes]:
        for _ in range(100):
            await asyncio.sleep(pause)
            yield b" " * 100

    sent: list[dict[str, Any]] = [
        {"json": question()},
        {"content": body(0)},
        {"content": body(0.05)},
    ]
    answers = caller.many([("POST", "/v1/forecast", each) for each in sent])
    assert [answer.status_code for answer in answers] == [413, 413, 408]
    assert answers[1].json() == {"detail": "the request is larger than 2000 bytes"}
    assert answers[2].json() == {"detail": "the request took more than 0.2 s"}


def test_service__wants_its_token_but_for_those_who_watch(
    service: Service, metrics: Metrics
) -> None:
    caller = Caller(service, metrics, config(host="0.0.0.0", token="secret"))  # noqa: S104, S106
    assert caller.get("/health").json() == {"status": "alive"}
    assert caller.get("/ready").json() == {"status": "version 7"}
    refused = caller.post("/v1/forecast", question())
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == "Bearer"
    assert caller.get("/metrics", headers={"authorization": "Bearer wrong"}).status_code == 401
    named = {"authorization": "Bearer secret"}
    assert caller.post("/v1/forecast", question(), headers=named).status_code == 200


def test_config__wants_a_token_beyond_loopback() -> None:
    with pytest.raises(ValueError, match=r"host 0\.0\.0\.0 can be reached from outside"):
        config(host="0.0.0.0")  # noqa: S104
    assert config(host="localhost", token="").token is None


def test_service__is_not_ready_without_a_champion(metrics: Metrics) -> None:
    caller = Caller(Service(config(), metrics), metrics, config())
    assert caller.get("/health").status_code == 200
    for answer in (caller.get("/ready"), caller.post("/v1/forecast", question())):
        assert answer.status_code == 503
        assert answer.json() == {"detail": "there is no champion yet"}


def test_service__describes_itself(caller: Caller) -> None:
    model = caller.get("/v1/model").json()
    assert model["columns"][0] == "carga_mw_subsistema"
    assert (model["history_hours"], model["horizon"], model["simulated"]) == (24, 2, True)
    described = caller.get("/openapi.json").json()
    assert {"/v1/forecast", "/v1/dispatch", "/v1/plan", "/health"} <= set(described["paths"])
    json.dumps(described, allow_nan=False)
    assert np.isfinite(model["utc_offset_hours"])
