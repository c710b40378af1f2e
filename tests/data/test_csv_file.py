"""Anybody's table: the notebook's file, columns by role, and every way to be wrong."""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpo_exp.config import DataConfig
from hpo_exp.data.csv_file import read_csv_table
from hpo_exp.data.csv_text import numbers_in, separated
from hpo_exp.data.named_columns import ROLES
from hpo_exp.data.seed import make_seed_table
from hpo_exp.data.table import TARGET
from hpo_exp.errors import ConfigError, DataError
from tests.data.publishers import data_config
from tests.tuning.composing import configured

NOTEBOOK = "timestamp,carga_mw_subsistema,TEMP_BULB_SECO"


def csv_config(*overrides: str) -> DataConfig:
    """Compose conf/ as `data=csv` with overrides."""
    period = ["cv.test_start=2022-01-01T02:00", "cv.test_end=2022-01-01T03:00"]
    return configured("data=csv", *period, *overrides).data


def read(path: Path, text: str | bytes, **changes: Any) -> Any:
    """Write a file and read it."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_csv_table(data_config(None, source="csv", path=path, **changes))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mine.csv"


def lines(*rows: str, header: str = NOTEBOOK) -> str:
    return "\n".join((header, *rows)) + "\n"


HOURLY = [f"2022-01-01 {hour:02}:00:00,{30000 + hour},{20 + hour / 2}" for hour in range(6)]


def test_csv_configuration__defaults_to_the_notebooks_names(tmp_path: Path) -> None:
    config = csv_config(f"data.path={tmp_path}/a.csv")
    assert config.columns == ROLES
    assert config.simulated is False
    with pytest.raises(ConfigError) as caught:
        configured("data=csv")
    for key in ("cv.test_start", "cv.test_end"):
        assert f"{key} is not set" in str(caught.value)


def test_read_csv_table__reads_the_notebooks_file(tmp_path: Path) -> None:
    seed = make_seed_table(data_config(None, source="seed", end=datetime(2025, 9, 26, 13))).frame
    written = seed.reset_index().astype(
        {TARGET: int, "geracao_eolica_mw": int, "restricao_vazao": int, "alerta_intermitente": int}
    )
    path = tmp_path / "dados_hpo_integrados_20250926.csv"
    written.to_csv(path, index=False)
    table = read_csv_table(csv_config(f"data.path={path}", "data.simulated=true"))
    pd.testing.assert_frame_equal(table.frame[list(seed)], seed, check_freq=False)
    assert set(table.frame) == set(seed)
    provenance = table.provenance
    assert (provenance.source, provenance.simulated) == ("csv", True)
    assert provenance.files[0].name == path.name
    assert provenance.files[0].sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert f"{path.name}: carga_lag_24h has no value in 24 rows" in provenance.notes


def test_read_csv_table__reads_columns_by_role(path: Path) -> None:
    path.write_text(
        lines(
            "01/02/2022 00:00;1500,5;20,5;3;texto",
            "01/02/2022 01:00;1600;;4;texto",
            header="Data Hora;Consumo;Temperatura (°C);extra;nome",
        ),
        encoding="latin-1",
    )
    table = read_csv_table(
        csv_config(
            f"data.path={path}",
            "data.columns.timestamp=Data Hora",
            "data.columns.load=Consumo",
            "data.columns.temperature='Temperatura (°C)'",
        )
    )
    assert table.index[0] == pd.Timestamp("2022-02-01 00:00")
    assert list(table.frame) == [TARGET, "TEMP_BULB_SECO", "extra"]
    np.testing.assert_array_equal(table.frame[TARGET], [1500.5, 1600])
    np.testing.assert_array_equal(table.frame["TEMP_BULB_SECO"], [20.5, np.nan])
    assert any("'nome' holds no numbers" in note for note in table.provenance.notes)
    assert any("day/month/year" in note for note in table.provenance.notes)


def test_read_csv_table__lets_a_role_take_the_place_of_a_default(path: Path) -> None:
    text = lines("2022-01-01 00:00,5,6,7", header=f"{NOTEBOOK},net_load")
    table = read(path, text, columns={"load": "net_load"})
    assert table.frame[TARGET].tolist() == [7]
    assert any(f"'{TARGET}' is left out" in note for note in table.provenance.notes)
    swapped = {"load": "TEMP_BULB_SECO", "temperature": TARGET}
    table = read(path, text, columns=swapped)
    assert table.frame[[TARGET, "TEMP_BULB_SECO"]].to_numpy().tolist() == [[6, 5]]


def test_read_csv_table__reads_parquet_as_it_reads_text(path: Path) -> None:
    table = read(path, lines(*HOURLY))
    other = path.with_suffix(".parquet")
    for frame in (table.frame, table.frame.reset_index()):
        frame.to_parquet(other)
        same = read_csv_table(data_config(None, source="csv", path=other))
        assert same.sha256 == table.sha256
    other.write_bytes(b"PAR1 but no more")
    with pytest.raises(DataError, match=r"mine.parquet is no parquet file"):
        read_csv_table(data_config(None, source="csv", path=other))


def test_read_csv_table__drops_rows_without_a_time_and_counts_them(path: Path) -> None:
    table = read(path, lines(*HOURLY[:2], "soon,1,2", *HOURLY[2:], ",3,4"))
    assert len(table.frame) == 6
    assert "mine.csv: 2 rows without a valid timestamp dropped, the first on line 4" in (
        table.provenance.notes
    )


def test_read_csv_table__keeps_missing_hours_and_values_and_counts_them(path: Path) -> None:
    rows = [*HOURLY[:1], "2022-01-01 01:00:00,,", *HOURLY[4:], "2022-01-01 06:00:00,,25"]
    table = read(path, lines(*rows))
    assert len(table.frame) == 6
    assert np.flatnonzero(table.frame[TARGET].isna()).tolist() == [1, 2, 3]
    notes = " ".join(table.provenance.notes)
    assert "2 hours are missing, the first 2022-01-01 02:00:00" in notes
    assert f"{TARGET} has no value in 1 rows" in notes
    assert "1 rows before the first or after the last load left out" in notes


def test_read_csv_table__reads_the_period_asked_for(path: Path) -> None:
    start, end = datetime(2022, 1, 1, 2), datetime(2022, 1, 1, 4)
    assert read(path, lines(*HOURLY), start=start, end=end).frame[TARGET].tolist() == [
        30002,
        30003,
        30004,
    ]
    with pytest.raises(DataError, match=r"no load from data.start"):
        read(path, lines(*HOURLY), start=datetime(2023, 1, 1))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([HOURLY[0], HOURLY[2], HOURLY[1]], "line 4: 2022-01-01 01:00:00 comes after a later hour"),
        ([*HOURLY, HOURLY[0]], "line 8: 2022-01-01 00:00:00 comes after a later hour"),
        ([*HOURLY[:3], HOURLY[2]], "line 5: 2022-01-01 02:00:00 is there twice"),
        ([f"2022-01-01 {n // 2:02}:{n % 2 * 30:02},1,1" for n in range(6)], "30 minutes apart"),
        ([f"2022-01-{n:02},1,1" for n in range(1, 9)], "are 24 hours apart"),
        ([*HOURLY, "2022-01-01 06:30,1,1"], "line 8: 2022-01-01 06:30:00 is no full hour"),
        ([row.replace(":00:00", ":15:00") for row in HOURLY], "line 2: .* is no full hour"),
        ([row.replace(":00:00", ":00:00Z") for row in HOURLY], "line 2: .* carries a time zone"),
        ([*HOURLY, "2022-01-01T06:00-03:00,1,1"], "line 8: .* carries a time zone"),
        (["never,1,1"], "none of its cells is a time"),
        ([*HOURLY[:2], "2022-01-01 02:00,n/d,1"], f"column {TARGET}, line 4: 'n/d' is not a num"),
        ([*HOURLY[:2], "2022-01-01 02:00,1,inf"], "TEMP_BULB_SECO, line 4: 'inf' is not a number"),
        ([*HOURLY[:2], "2022-01-01 02:00,1"], "line 4: it has 2 cells and the header 3"),
        (["2022-01-01 00:00,,1"], "has no load"),
    ],
)
def test_read_csv_table__names_what_is_wrong_and_where(
    path: Path, rows: list[str], said: str
) -> None:
    with pytest.raises(DataError, match=said) as caught:
        read(path, lines(*rows))
    assert str(caught.value).startswith("mine.csv")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"lod": "x"}, "data.columns.lod is no role: choose timestamp, load"),
        ({"wind": "vento"}, r"data.columns.wind is vento, which mine.csv does not have.*TEMP"),
        ({"load": "mw"}, "data.columns.load is mw"),
        ({"wind": "x", "solar": "x"}, "data.columns.wind and data.columns.solar are both x"),
        ({"rain": TARGET}, "data.columns.load is another role's"),
    ],
)
def test_read_csv_table__names_the_column_setting_that_is_wrong(
    path: Path, columns: dict[str, str], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        read(path, lines(*HOURLY), columns=columns)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no header"),
        ("timestamp\n2022-01-01\n", "has no header with names separated by"),
        (lines(*HOURLY, header="timestamp,x,x"), "has two columns 'x'"),
        (
            "timestamp;carga_mw_subsistema;CHUVA\n2022-01-01 00:00;25.000;0,5\n",
            "column carga_mw_subsistema, line 2: '25.000' has a point",
        ),
        (lines('2022-01-01 00:00,"1,5",3'), f"column {TARGET}, line 2: '1,5' is not a number"),
        (lines("2022-01-01 00:00,5,1,x", header=f"{NOTEBOOK},mixed") + "2022-01-01 01:00,5,1,2\n",
         "column mixed, line 2: 'x' is not a number"),
    ],
)  # fmt: skip
def test_read_csv_table__refuses_text_that_can_be_misread(path: Path, text: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read(path, text)


def test_read_csv_table__names_a_path_that_is_not_there(path: Path) -> None:
    with pytest.raises(ConfigError, match=r"data.path is not set"):
        read_csv_table(data_config(None, source="csv"))
    with pytest.raises(DataError, match=r"data.path is .*mine.csv, which is no file"):
        read_csv_table(data_config(None, source="csv", path=path))


def test_read_csv_table__reads_marks_and_windows_lines(path: Path) -> None:
    plain = read(path, lines(*HOURLY))
    marked = read(path, ("\ufeff" + lines(*HOURLY).replace("\n", "\r\n")).encode())
    trailing = read(path, lines(*(f"{row}," for row in HOURLY), header=f"{NOTEBOOK},"))
    assert plain.sha256 == marked.sha256 == trailing.sha256


def test_numbers_in__reads_flags_and_words_for_nothing() -> None:
    texts = pd.Series(["True", "false", "", "NaN", "null", "1e3", "0E-8", "x", "-inf"])
    expected = [1, 0, np.nan, np.nan, np.nan, 1000, 0, np.inf, np.inf]
    np.testing.assert_array_equal(numbers_in(texts), expected)


@given(
    values=st.lists(
        st.floats(allow_nan=False, allow_infinity=False, width=32), min_size=1, max_size=20
    ),
    comma=st.booleans(),
)
def test_separated__gives_back_what_pandas_writes(values: list[float], comma: bool) -> None:
    frame = pd.DataFrame({"a": values, "b": 0})
    text = (
        frame.to_csv(index=False, sep=";", decimal=",", float_format="%.6f")
        if comma
        else frame.to_csv(index=False)
    )
    numbers = numbers_in(separated(text, "a.csv")["a"])
    np.testing.assert_allclose(numbers, values, atol=1e-6 if comma else 0, rtol=1e-12)
