"""What is fetched for a configuration, from servers that play all publishers."""

import io
import json
import logging
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from hpo_exp.config import DataConfig
from hpo_exp.data.cmo import CMO
from hpo_exp.data.fetch.plan import fetch_missing
from hpo_exp.data.load import load_table
from hpo_exp.data.ons import GENERATION
from hpo_exp.data.table import TARGET
from hpo_exp.errors import DataError
from tests.data.publisher_server import (
    PublisherServer,
    publishers_at,
    running_server,
    says,
    status,
)
from tests.data.publishers import (
    data_config,
    load_cells,
    weather,
    write_csv,
    write_inmet_2019,
)

TODAY = date(2022, 5, 20)


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PublisherServer]:
    """Load of 2021 and 2022 and weather of 2022."""
    with running_server() as running:
        for year in (2021, 2022):
            cells = load_cells(f"{year}-05-01", 72, SE=30000.0)
            running.files[f"/load/CURVA_CARGA_{year}.csv"] = csv_bytes(cells)
        path = write_inmet_2019(weather("2022-05-01 00:00", 96), tmp_path_factory.mktemp("inmet"))
        running.files["/inmet/2022.zip"] = zipped({f"2022/{path.name}": path.read_bytes()})
        running.files["/inmet/2021.zip"] = zipped({"INMET_S_RS_A801_X.CSV": b"x"})
        yield running


def csv_bytes(cells: pd.DataFrame) -> bytes:
    return cells.to_csv(sep=";", index=False).encode()


def zipped(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return packed.getvalue()


def wishes(server: PublisherServer, root: Path, **changes: Any) -> DataConfig:
    fields: dict[str, Any] = {
        "start": datetime(2021, 5, 1),
        "kinds": [],
        "download": True,
        "publishers": publishers_at(server.url, **changes.pop("publishers", {})),
    }
    return data_config(root, **(fields | changes))


def asked(server: PublisherServer) -> list[str]:
    paths = [path for path, _ in server.asked]
    server.asked.clear()
    return paths


def test_fetch_missing__has_every_year_of_the_period(
    server: PublisherServer, tmp_path: Path
) -> None:
    config = wishes(server, tmp_path / "raw")
    fetch_missing(config, TODAY)
    assert asked(server) == ["/load/CURVA_CARGA_2021.csv", "/load/CURVA_CARGA_2022.csv"]
    assert sorted(path.name for path in (tmp_path / "raw" / "ons").glob("CURVA*")) == [
        "CURVA_CARGA_2021.csv", "CURVA_CARGA_2022.csv",
    ]  # fmt: skip


def test_fetch_missing__asks_again_for_the_current_year_alone(
    server: PublisherServer, tmp_path: Path
) -> None:
    config = wishes(server, tmp_path)
    fetch_missing(config, TODAY)
    asked(server)
    revised(tmp_path, "CURVA_CARGA_2022.csv", fetched="2022-05-20T10:00:00+00:00")
    fetch_missing(config, TODAY)
    assert asked(server) == ["/load/CURVA_CARGA_2022.csv"]
    newer = csv_bytes(load_cells("2022-05-01", 96, SE=30000.0))
    server.files["/load/CURVA_CARGA_2022.csv"] = newer
    fetch_missing(config, date(2023, 1, 5))  # it was fetched before its year was over
    assert "/load/CURVA_CARGA_2022.csv" in asked(server)
    assert (tmp_path / "ons" / "CURVA_CARGA_2022.csv").read_bytes() == newer


def revised(root: Path, name: str, fetched: str) -> None:
    """Pretend that a file was fetched at another time."""
    record = root / "ons" / f".{name}.fetched.json"
    record.write_text(json.dumps(json.loads(record.read_text()) | {"fetched": fetched}))


def test_fetch_missing__leaves_a_users_file_alone(server: PublisherServer, tmp_path: Path) -> None:
    mine = write_csv(load_cells("2022-05-01", 5, SE=1.0), tmp_path / "a" / "CURVA_CARGA_2022.csv")
    before = mine.read_bytes()
    fetch_missing(wishes(server, tmp_path), TODAY)
    assert asked(server) == ["/load/CURVA_CARGA_2021.csv"]
    assert mine.read_bytes() == before


def test_fetch_missing__does_with_the_file_at_hand_when_the_server_fails(
    server: PublisherServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = wishes(server, tmp_path)
    fetch_missing(config, TODAY)
    revised(tmp_path, "CURVA_CARGA_2022.csv", fetched="2022-05-20T10:00:00+00:00")
    server.script["/load/CURVA_CARGA_2022.csv"] = [status(500)] * 3
    with caplog.at_level(logging.WARNING):
        fetch_missing(config, TODAY)
    assert "the version of 2022-05-20T10:00:00+00:00 is kept" in caplog.text
    assert load_table(config.model_copy(update={"download": False})).frame[TARGET].notna().any()


def test_fetch_missing__ends_where_a_needed_file_cannot_be_had(
    server: PublisherServer, tmp_path: Path
) -> None:
    server.script["/load/CURVA_CARGA_2022.csv"] = [status(500)] * 3
    with pytest.raises(DataError, match=r"CURVA_CARGA_2022\.csv cannot be fetched"):
        fetch_missing(wishes(server, tmp_path), TODAY)


def test_fetch_missing__goes_on_without_a_year_that_is_not_published(
    server: PublisherServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        fetch_missing(wishes(server, tmp_path, start=datetime(2020, 1, 1)), TODAY)
    assert "CURVA_CARGA_2020.csv does not exist (404)" in caplog.text


def test_fetch_missing__needs_a_folder_that_it_may_write_to(server: PublisherServer) -> None:
    with pytest.raises(DataError, match=r"/proc/none.*cannot be written.*data\.root"):
        fetch_missing(wishes(server, Path("/proc/none")), TODAY)


# -------------------------------------------------------------------------------------- weather


def test_load_table__reads_the_station_inside_the_years_archive(
    server: PublisherServer, tmp_path: Path
) -> None:
    config = wishes(
        server, tmp_path, kinds=["weather"], station="A701", start=datetime(2022, 5, 1),
        end=datetime(2022, 5, 3, 20),
    )  # fmt: skip
    table = load_table(config)
    assert "/inmet/2022.zip" in asked(server)
    assert table.frame["TEMP_BULB_SECO"].iloc[0] == pytest.approx(20.3)  # stamped 03 UTC
    named = {file.name: file.url for file in table.provenance.files}
    archive = next(name for name in named if name.startswith("inmet/2022.zip/2022/INMET_SE_SP"))
    assert named[archive] == f"{server.url}/inmet/2022.zip"


def test_load_table__reads_the_next_years_first_hours_for_the_last_ones(
    server: PublisherServer, tmp_path: Path
) -> None:
    config = wishes(server, tmp_path, kinds=["weather"], station="A701")
    fetch_missing(config.model_copy(update={"end": datetime(2021, 12, 31, 23)}), TODAY)
    assert [path for path in asked(server) if "inmet" in path] == [
        "/inmet/2021.zip",
        "/inmet/2022.zip",
    ]


def answer(hours: int) -> bytes:
    """An answer of INMET's API: text values, hours as 0000 to 2300 in UTC."""
    stamps = pd.date_range("2022-05-01 00:00", periods=hours, freq="h")
    return json.dumps(
        [
            {
                "DT_MEDICAO": f"{stamp:%Y-%m-%d}", "HR_MEDICAO": f"{stamp:%H00}", "CHUVA": "0.2",
                "RAD_GLO": None, "TEM_INS": f"{20 + index / 10:.1f}", "UMD_INS": "50",
                "VEN_VEL": ".5", "CD_ESTACAO": "A701",
            }
            for index, stamp in enumerate(stamps)
        ]
    ).encode()  # fmt: skip


def with_token(server: PublisherServer, root: Path) -> DataConfig:
    api = {"url": f"{server.url}/token/{{start}}/{{end}}/{{station}}/{{token}}", "token": "geheim"}
    return wishes(
        server, root, kinds=["weather"], station="A701", start=datetime(2022, 5, 1),
        publishers={"weather_api": api},
    )  # fmt: skip


TOKEN_PATH = "/token/2022-01-01/2022-05-20/A701/geheim"  # noqa: S105 - a test's


def test_fetch_missing__asks_the_api_for_the_current_year_with_a_token(
    server: PublisherServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server.files[TOKEN_PATH] = answer(96)
    config = with_token(server, tmp_path)
    with caplog.at_level(logging.INFO):
        fetch_missing(config, TODAY)
    assert "A701_2022.json: fetched" in caplog.text
    assert "geheim" not in caplog.text
    assert TOKEN_PATH in asked(server)
    table = load_table(config.model_copy(update={"download": False}))
    assert table.frame["TEMP_BULB_SECO"].iloc[0] == pytest.approx(20.3)
    assert table.frame["VENTO"].iloc[0] == pytest.approx(0.5)
    assert all("geheim" not in file.url for file in table.provenance.files)
    assert not any("geheim" in path.read_text() for path in tmp_path.rglob(".*.fetched.json"))


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (says("CHAVE INVÁLIDA!".encode()), r"weather_api\.token"),
        (says("chave inválida".encode()), r"weather_api\.token"),
        (status(204), r"answers with nothing \(204\): a token"),
        (says(b'[{"DT_MEDICAO": "2022-05-01",'), "is no JSON"),
        (says(b'{"message": "erro"}'), "is no list of hours"),
        (says(b'[{"CHUVA": "1"}]'), "is no list of hours"),
        (status(403), r"is refused \(403\)"),
    ],
)
def test_fetch_missing__says_what_the_api_means(
    behaviour: Any, words: str, server: PublisherServer, tmp_path: Path
) -> None:
    server.script[TOKEN_PATH] = [behaviour]
    with pytest.raises(DataError, match=words) as caught:
        fetch_missing(with_token(server, tmp_path), TODAY)
    assert "geheim" not in str(caught.value)
    assert not list((tmp_path / "inmet_api").glob("A701*"))


# ------------------------------------------------------------------------------------- load API


def halves(first: str, count: int, load: float = 40000.0) -> list[dict[str, Any]]:
    """Records of the load API: half hours by their end in UTC."""
    ends = pd.date_range(first, periods=count, freq="30min")
    return [
        {"cod_areacarga": "SECO", "din_referenciautc": f"{end:%Y-%m-%dT%H:%M:%SZ}",
         "val_cargaglobal": load + 10 * index, "val_cargammgd": 5}
        for index, end in enumerate(ends)
    ]  # fmt: skip


def test_load_table__goes_on_after_the_curve_with_the_load_api(
    server: PublisherServer, tmp_path: Path
) -> None:
    # The curve ends with 2022-05-03 23:00 at UTC-3; its next half hour ends at 03:30 UTC.
    body = json.dumps(halves("2022-05-04 03:30", 5)).replace(
        '"val_cargammgd": 5', '"val_cargammgd": '
    )
    server.files["/api"] = body.encode()
    config = wishes(server, tmp_path, kinds=["load_api"], start=datetime(2022, 5, 1))
    fetch_missing(config, TODAY)
    (path,) = [path for path in asked(server) if path.startswith("/api")]
    assert "cod_areacarga=SECO" in path
    assert "dat_inicio=2022-04-21&dat_fim=2022-05-20" in path
    table = load_table(config.model_copy(update={"download": False}))
    assert table.index[-1] == pd.Timestamp("2022-05-04 01:00")
    assert table.frame[TARGET].iloc[-2:].tolist() == [40005.0, 40025.0]  # the fifth has no pair
    (finding,) = [item for item in table.provenance.findings if item.check == "load_api"]
    assert (finding.hours, finding.action) == (2, "joined")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", r"came empty.*load_api\.areas"),
        (b"[]", r"came empty.*load_api\.areas"),
        (json.dumps(halves("2022-05-04 00:30", 4944)).encode(), r"4944 rows.*load_api\.days"),
        (b'[{"din_referenciautc": "2022-05-04T00:30:00Z", "val_cargaglobal" 3}]', "is no JSON"),
        (b'[{"val_cargaglobal": 3}]', "is no list of"),
        (b'{"erro": 1}', "is no list of"),
    ],
)
def test_fetch_missing__says_what_is_wrong_with_the_load_apis_answer(
    body: bytes, words: str, server: PublisherServer, tmp_path: Path
) -> None:
    server.files["/api"] = body
    with pytest.raises(DataError, match=words):
        fetch_missing(wishes(server, tmp_path, kinds=["load_api"]), TODAY)


# ----------------------------------------------------------------------- the publishers' own files


@pytest.mark.slow
def test_load_table__builds_a_real_year_from_the_servers(real_files: Path, tmp_path: Path) -> None:
    with running_server() as server:
        for path in real_files.rglob("*_2022.*"):
            kind = {"CURVA": "load", "BALAN": "balance", "CMO_S": "cmo"}[path.name[:5]]
            server.files[f"/{kind}/{path.name}"] = path.read_bytes()
        (own,) = real_files.rglob("INMET*2022.CSV")
        server.files["/inmet/2022.zip"] = zipped({own.name: own.read_bytes()})
        server.files["/inmet/2023.zip"] = zipped({"INMET_S_RS_A801_X.CSV": b"x"})
        for address in server.files:  # everything goes wrong once
            server.script[address] = [status(503)]
        config = wishes(
            server, tmp_path, kinds=["balance", "cmo", "weather"], station="A701",
            start=datetime(2022, 1, 1), end=datetime(2022, 12, 31, 23),
        )  # fmt: skip
        table = load_table(config)
    assert len(table.frame) == 8760
    assert table.frame[[TARGET, *GENERATION]].notna().all(axis=None)
    assert table.frame[CMO].notna().sum() == 8760 - 16 * 24
    assert all(file.url for file in table.provenance.files)
