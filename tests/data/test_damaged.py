"""Damaged input, kind by kind: each is named in one line, or found and counted; nothing is lost."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from hpo_exp.data.load import load_table
from hpo_exp.data.product import write_product
from hpo_exp.errors import ConfigError, DataError, UserError
from tests.data.damage import (
    BALANCE,
    CMO,
    HOURS,
    LOAD,
    LOAD_API,
    OWN,
    PRICE,
    WEATHER,
    WEATHER_API,
    Change,
    archive,
    balance,
    both,
    broken_member,
    cell,
    column,
    copied,
    gone,
    json_text,
    lines,
    raw,
    text,
    without_last_half,
)
from tests.data.publisher_server import publishers_at
from tests.data.publishers import (
    balance_cells,
    data_config,
    load_cells,
    weather,
    write_csv,
    write_inmet_2018,
    write_inmet_2019,
    write_xlsx,
)
from tests.data.qualities import limits


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with three good days of every kind of file."""
    root = tmp_path / "raw"
    write_csv(load_cells("2022-05-01", HOURS, SE=30000.0, S=10000.0), root / LOAD)
    write_xlsx(balance_cells("2022-05-01", HOURS, SE=30000.0), root / BALANCE)
    write_csv(cmo_cells(), root / CMO)
    write_csv(price_cells(), root / PRICE)
    write_inmet_2019(weather("2022-05-01 00:00", 96), root / "i")
    hours = pd.date_range("2022-05-01", periods=HOURS, freq="h")
    own = pd.DataFrame({"timestamp": hours, "frequencia_hz": 60.0, "restricao_vazao": 0})
    own.to_csv(root / OWN, index=False)
    write_json(root / WEATHER_API, weather_records())
    write_json(root / LOAD_API, load_records())
    return root


def cmo_cells() -> pd.DataFrame:
    halves = pd.date_range("2022-05-01", periods=2 * HOURS, freq="30min")
    return pd.DataFrame(
        {"id_subsistema": "SE", "nom_subsistema": "SUDESTE", "din_instante": halves.astype(str),
         "val_cmo": "286.87000000"}
    )  # fmt: skip


def price_cells() -> pd.DataFrame:
    hours = pd.date_range("2022-05-01", periods=HOURS, freq="h")
    return pd.DataFrame(
        {"MES_REFERENCIA": hours.strftime("%Y%m"), "SUBMERCADO": "SUDESTE",
         "PERIODO_COMERCIALIZACAO": range(1, HOURS + 1), "DIA": hours.strftime("%d"),
         "HORA": hours.strftime("%H"), "PLD_HORA": "69.04"}
    )  # fmt: skip


def weather_records() -> list[dict[str, Any]]:
    return [
        {"DT_MEDICAO": "2022-05-05", "HR_MEDICAO": f"{hour:02d}00", "CHUVA": "0", "RAD_GLO": None,
         "TEM_INS": "20.5", "UMD_INS": "60", "VEN_VEL": "1.0"}
        for hour in range(4)
    ]  # fmt: skip


def load_records() -> list[dict[str, Any]]:
    ends = pd.date_range("2022-05-04 03:30", periods=4, freq="30min")
    return [
        {"din_referenciautc": f"{end:%Y-%m-%dT%H:%M:%SZ}", "val_cargaglobal": 30100.0}
        for end in ends
    ]


def write_json(path: Path, records: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(records))


def read(root: Path) -> Any:
    return load_table(
        data_config(
            root, station="A701", path=root / OWN, quality=limits(), start=datetime(2022, 5, 1),
            publishers=publishers_at("http://127.0.0.1:9"),
        )
    )  # fmt: skip


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


REFUSED: dict[str, tuple[Change, list[str]]] = {
    # ------------------------------------------------------------------------------ load curve
    "load: text in a number": (
        cell(LOAD, 10, "val_cargaenergiahomwmed", "n/d"),
        ["CURVA_CARGA_2022.csv", "val_cargaenergiahomwmed", "line 12", "'n/d' is not a number"],
    ),
    "load: decimal comma": (
        cell(LOAD, 10, "val_cargaenergiahomwmed", "30000,5"),
        ["line 12", "'30000,5'"],
    ),
    "load: infinity": (cell(LOAD, 10, "val_cargaenergiahomwmed", "inf"), ["line 12", "'inf'"]),
    "load: no time": (
        cell(LOAD, 10, "din_instante", "ontem"),
        ["din_instante", "line 12", "'ontem'"],
    ),
    "load: empty time": (cell(LOAD, 10, "din_instante", ""), ["din_instante", "line 12", "''"]),
    "load: half hour": (
        cell(LOAD, 10, "din_instante", "2022-05-01 05:30:00"),
        ["line 12", "full hour"],
    ),
    "load: time with a zone": (
        cell(LOAD, 10, "din_instante", "2022-05-01T05:00:00-03:00"),
        ["line 12", "time zone"],
    ),
    "load: day that never was": (
        cell(LOAD, 10, "din_instante", "2022-02-30 05:00:00"),
        ["line 12", "2022-02-30"],
    ),
    "load: an hour twice, differently": (
        cell(LOAD, 10, "din_instante", "2022-05-01 03:00:00"),
        ["line", "there before"],
    ),
    "load: column renamed": (
        column(LOAD, "val_cargaenergiahomwmed", "mw"),
        ["has no column val_cargaenergiahomwmed"],
    ),
    "load: id column renamed": (
        column(LOAD, "id_subsistema", "id"),
        ["has no column id_subsistema"],
    ),
    "load: time column renamed": (
        column(LOAD, "din_instante", "t"),
        ["has no column din_instante"],
    ),
    "load: subsystem gone": (
        text(LOAD, lambda said: said.replace("SE;", "XX;")),
        ["no row of subsystem SE"],
    ),
    "load: a line cut short": (
        text(LOAD, lines(lambda said: [*said[:10], said[10][:12], *said[11:]])),
        ["line 11 is cut short"],
    ),
    "load: the end cut off": (
        text(LOAD, lambda said: said[:-30]),
        ["CURVA_CARGA_2022.csv", "cut short"],
    ),
    "load: a cell too many": (
        text(LOAD, lines(lambda said: [*said[:10], said[10] + ";9;9", *said[11:]])),
        ["CURVA_CARGA_2022.csv", "line 11"],
    ),
    "load: separated by commas": (
        text(LOAD, lambda said: said.replace(";", ",")),
        ["CURVA_CARGA_2022.csv", "no column"],
    ),
    "load: empty file": (raw(LOAD, lambda _: b""), ["CURVA_CARGA_2022.csv cannot be read"]),
    "load: header alone": (
        text(LOAD, lambda said: said.split("\n")[0]),
        ["no row of subsystem SE"],
    ),
    "load: an error page": (
        raw(LOAD, lambda _: b"<html><body>Not found</body></html>"),
        ["CURVA_CARGA_2022.csv", "no column"],
    ),
    "load: not text": (
        raw(LOAD, lambda said: b"\xff\xfe" + said),
        ["CURVA_CARGA_2022.csv cannot be read"],
    ),
    "load: zeros of a full disk": (
        raw(LOAD, lambda said: b"\x00" * len(said)),
        ["CURVA_CARGA_2022.csv"],
    ),
    "load: the year twice": (
        copied(LOAD, "d/CURVA_CARGA_2022.csv"),
        ["the same year twice", "keep one"],
    ),
    "load: parquet that is none": (
        lambda root: (root / "CURVA_CARGA_2022.parquet").write_bytes(b"PAR1 and no more"),
        ["CURVA_CARGA_2022.parquet cannot be read"],
    ),
    "load: all of it negative": (
        both(text(LOAD, lambda said: said.replace(";3", ";-3")), json_text(LOAD_API, "[]")),
        ["has no value from"],
    ),
    "load: file gone": (gone(LOAD), ["no CURVA_CARGA_YYYY"]),
    "load: another year alone": (
        lambda root: (root / LOAD).rename(root / "c" / "CURVA_CARGA_2016.csv"),
        ["2016"],
    ),
    # --------------------------------------------------------------------------------- balance
    "balance: workbook cut in half": (
        raw(BALANCE, without_last_half),
        ["BALANCO_ENERGIA_SUBSISTEMA_2022.xlsx cannot be read"],
    ),
    "balance: workbook that is text": (
        raw(BALANCE, lambda _: b"id;x"),
        ["BALANCO_ENERGIA_SUBSISTEMA_2022.xlsx cannot be read"],
    ),
    "balance: a column gone": (
        balance(lambda cells: cells.drop(columns="val_gereolica")),
        ["has no column val_gereolica"],
    ),
    "balance: text in a number": (
        balance(lambda cells: cells.replace({"val_gersolar": {"20.00000000": "vinte"}})),
        ["val_gersolar", "line 2", "'vinte'"],
    ),
    "balance: subsystem gone": (
        balance(lambda cells: cells.assign(id_subsistena="N")),
        ["no row of subsystem SE"],
    ),
    "balance: an hour twice, differently": (
        balance(lambda cells: pd.concat([cells, cells.iloc[[3]].assign(val_carga="1.0")])),
        ["there before with other values"],
    ),
    # ------------------------------------------------------------------------------------- CMO
    "CMO: text in a number": (cell(CMO, 3, "val_cmo", "caro"), ["val_cmo", "line 5", "'caro'"]),
    "CMO: a quarter past": (
        cell(CMO, 3, "din_instante", "2022-05-01 01:15:00"),
        ["line 5", "half hour"],
    ),
    "CMO: column renamed": (column(CMO, "val_cmo", "cmo"), ["has no column val_cmo"]),
    "CMO: a half hour twice, differently": (
        text(CMO, lambda said: said + "SE;SUDESTE;2022-05-01 00:00:00;1.0\n"),
        ["there before"],
    ),
    # ----------------------------------------------------------------------------------- price
    "price: 32nd of May": (cell(PRICE, 3, "DIA", "32"), ["line 5", "202205, 32, 03 are no hour"]),
    "price: 25 o'clock": (cell(PRICE, 3, "HORA", "25"), ["line 5", "are no hour"]),
    "price: text in a number": (
        cell(PRICE, 3, "PLD_HORA", "piso"),
        ["PLD_HORA", "line 5", "'piso'"],
    ),
    "price: column renamed": (column(PRICE, "PLD_HORA", "PRECO"), ["has no column PLD_HORA"]),
    "price: submarket gone": (
        text(PRICE, lambda said: said.replace("SUDESTE", "SUL")),
        ["no row of SUDESTE"],
    ),
    "price: the site's refusal": (
        raw(PRICE, lambda _: b"<html>403 Forbidden</html>"),
        ["pld_horario_2022.csv", "no column"],
    ),
    # --------------------------------------------------------------------------------- weather
    "weather: no header": (
        text(WEATHER, lines(lambda said: said[9:])),
        ["no header 'Data;Hora UTC;", "line 9"],
    ),
    "weather: metadata short of a line": (
        text(WEATHER, lines(lambda said: said[1:])),
        ["no header", "line 9"],
    ),
    "weather: another station's": (
        text(WEATHER, lambda said: said.replace(";A701", ";A771")),
        ["holds A771's"],
    ),
    "weather: a column gone": (
        text(WEATHER, lambda said: said.replace("BULBO SECO", "")),
        ["no column of TEMP_BULB_SECO"],
    ),
    "weather: text in a number": (
        text(
            WEATHER, lines(lambda said: [*said[:9], said[9].replace(";20;", ";frio;"), *said[10:]])
        ),
        ["BULBO SECO", "line 10", "'frio'"],
    ),
    "weather: no time": (
        text(WEATHER, lambda said: said.replace("0300 UTC", "03h UTC", 1)),
        ["line 13", "full hour"],
    ),
    "weather: a line cut short": (
        text(WEATHER, lines(lambda said: [*said[:20], said[20][:15], *said[21:]])),
        ["line 21 is cut short"],
    ),
    "weather: an hour twice, differently": (
        text(WEATHER, lambda said: said.replace("0400 UTC", "0300 UTC", 1)),
        ["there before"],
    ),
    "weather: archive that is none": (archive(b"<html>"), ["2022.zip is no whole archive"]),
    "weather: archive cut in half": (
        archive(without_last_half(broken_member())),
        ["2022.zip is no whole archive"],
    ),
    "weather: archive with a damaged member": (
        archive(broken_member()),
        ["2022.zip is no whole archive", "CRC"],
    ),
    "weather: file gone": (
        gone(WEATHER, WEATHER_API),
        ["data.station is A701", "no file"],
    ),
    # ------------------------------------------------------------------------- the APIs' answers
    "weather API: cut JSON": (json_text(WEATHER_API, '[{"DT_MEDICAO": '), ["is no JSON"]),
    "weather API: refused token": (json_text(WEATHER_API, "CHAVE INVÁLIDA!"), ["token"]),
    "weather API: no list": (json_text(WEATHER_API, '{"a": 1}'), ["is no list of hours"]),
    "weather API: text in a number": (
        json_text(WEATHER_API, json.dumps([{**weather_records()[0], "TEM_INS": "frio"}])),
        ["TEM_INS", "'frio'"],
    ),
    "weather API: 77 o'clock": (
        json_text(WEATHER_API, json.dumps([{**weather_records()[0], "HR_MEDICAO": "7700"}])),
        ["DT_MEDICAO", "full hour"],
    ),
    "load API: cut JSON": (json_text(LOAD_API, '[{"din_refer'), ["is no JSON"]),
    "load API: no list": (json_text(LOAD_API, "7"), ["is no list of"]),
    "load API: no half hour": (
        json_text(LOAD_API, json.dumps([{**load_records()[0], "din_referenciautc": "x"}])),
        ["record 1", "no half hour"],
    ),
    "load API: text in a number": (
        json_text(LOAD_API, json.dumps([{**load_records()[0], "val_cargaglobal": "alta"}])),
        ["val_cargaglobal", "'alta'"],
    ),
    # ------------------------------------------------------------------------ the user's own file
    "own: file gone": (gone(OWN), ["data.path", "no file"]),
    "own: no time column": (column(OWN, "timestamp", "hora"), ["data.columns.timestamp", "hora"]),
    "own: nothing of use": (
        text(OWN, lambda said: said.replace("frequencia_hz", "a").replace("restricao_vazao", "b")),
        ["own.csv has no frequencia_hz"],
    ),
    "own: text in a number": (
        text(OWN, lambda said: said.replace("60.0", "sessenta", 1)),
        ["frequencia_hz", "line 2"],
    ),
    "own: another period": (
        text(OWN, lambda said: said.replace("2022-", "2012-")),
        ["own.csv has no", "2022-05-01"],
    ),
    "own: half-hourly": (
        lambda root: (root / OWN).write_text(
            "timestamp,frequencia_hz\n"
            + "\n".join(f"2022-05-01 {n // 2:02d}:{30 * (n % 2):02d},60" for n in range(40))
        ),
        ["own.csv is not hourly"],
    ),
    "own: an hour twice": (
        text(OWN, lines(lambda said: [*said[:5], said[4], *said[5:]])),
        ["own.csv", "there twice"],
    ),
}


def test_refused__are_more_than_sixty() -> None:
    assert len(REFUSED) >= 60


@pytest.mark.parametrize("name", REFUSED)
def test_load_table__names_the_damage(name: str, root: Path, tmp_path: Path) -> None:
    change, words = REFUSED[name]
    (tmp_path / "product").mkdir()
    (tmp_path / "product" / "dados.csv").write_text("built before")
    change(root)
    before = contents(tmp_path)
    with pytest.raises(UserError) as caught:
        write_product(read(root), tmp_path / "product")
    assert isinstance(caught.value, DataError | ConfigError)
    said = str(caught.value)
    assert len(said.splitlines()) == 1
    assert [word for word in words if word not in said] == [], said
    assert contents(tmp_path) == before


# -------------------------------------------------------------------- what is found, and survived

FOUND: dict[str, tuple[Change, str, str]] = {
    "a row twice": (
        text(LOAD, lines(lambda said: [*said[:4], said[3], *said[4:]])),
        "duplicates",
        "dropped",
    ),
    "a load of 0": (
        cell(LOAD, 10, "val_cargaenergiahomwmed", "0E-8"),
        "nonpositive_load",
        "emptied",
    ),
    "a negative load": (
        cell(LOAD, 10, "val_cargaenergiahomwmed", "-4729.0"),
        "nonpositive_load",
        "emptied",
    ),
    "a missing load": (cell(LOAD, 10, "val_cargaenergiahomwmed", ""), "missing", "kept"),
    "a missing row": (text(LOAD, lines(lambda said: [*said[:5], *said[6:]])), "missing", "kept"),
    "a missing half hour": (
        text(CMO, lines(lambda said: [*said[:5], *said[6:]])),
        "missing_stamps",
        "kept",
    ),
    "a load in kW": (cell(LOAD, 10, "val_cargaenergiahomwmed", "30005000"), "range", "kept"),
    "balance off the curve": (
        cell(LOAD, 10, "val_cargaenergiahomwmed", "30800"),
        "sources_disagree",
        "kept",
    ),
    "balance that does not close": (
        balance(lambda cells: cells.replace({"val_gersolar": {"20.00000000": "70"}})),
        "balance_identity",
        "kept",
    ),
    "a frozen load": (
        text(LOAD, lambda said: said.replace("30001.0", "30000.0").replace("30002.0", "30000.0")),
        "frozen",
        "kept",
    ),
    "weather of the older format": (
        both(gone(WEATHER), lambda root: write_inmet_2018(weather("2022-05-01", 96), root / "i")),
        "missing",
        "kept",
    ),
    "a frequency of 5 Hz": (
        text(OWN, lambda said: said.replace("60.0", "5.0", 1)),
        "range",
        "kept",
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_load_table__counts_what_it_can_live_with(name: str, root: Path) -> None:
    change, check, action = FOUND[name]
    change(root)
    findings = [item for item in read(root).provenance.findings if item.check == check]
    assert findings
    assert {item.action for item in findings} == {action}
    assert all(item.hours >= 1 and item.spans for item in findings)


def test_root__is_good_as_it_is(root: Path) -> None:
    table = read(root)
    assert len(table.frame) == HOURS + 2  # two hours from the load API
    made_up = {"RADIACAO", "UMIDADE"}  # the tests' weather only rises
    found = [item for item in table.provenance.findings if item.column not in made_up]
    assert {item.check for item in found} == {"missing", "load_api", "frozen"}
