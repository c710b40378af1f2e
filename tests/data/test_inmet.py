"""The weather of a station."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hpo_exp.data.inmet import WEATHER, read_weather
from hpo_exp.errors import DataError
from tests.data.publishers import weather, write_inmet_2018, write_inmet_2019

Writer = Callable[[pd.DataFrame, Path], Path]
START, END = pd.Timestamp("2017-01-01"), pd.Timestamp("2026-12-31 23:00")
both_formats = pytest.mark.parametrize("write", [write_inmet_2018, write_inmet_2019])


def read(root: Path) -> pd.DataFrame:
    return read_weather(root, "A701", START, END).frame


@both_formats
def test_read_weather__places_what_is_measured_at_h_on_row_h(tmp_path: Path, write: Writer) -> None:
    values = weather("2018-11-03 12:00", 48)
    write(values, tmp_path / "deep" / "er")
    frame = read(tmp_path)
    local = values.shift(freq=pd.Timedelta(hours=-3))
    for name in ("TEMP_BULB_SECO", "UMIDADE", "VENTO"):
        column = frame[name].reindex(local.index)
        np.testing.assert_allclose(column, local[name], err_msg=name)


@both_formats
def test_read_weather__places_what_is_summed_up_to_h_on_row_h_less_1(
    tmp_path: Path, write: Writer
) -> None:
    values = weather("2018-11-03 12:00", 48)
    write(values, tmp_path)
    frame = read(tmp_path)
    earlier = values.shift(freq=pd.Timedelta(hours=-4))
    for name in ("CHUVA", "RADIACAO"):
        column = frame[name].reindex(earlier.index)
        np.testing.assert_allclose(column, earlier[name], err_msg=name)
    assert set(frame) == set(WEATHER)


def test_read_weather__joins_files_of_both_formats(tmp_path: Path) -> None:
    write_inmet_2018(weather("2018-12-31", 24), tmp_path)
    write_inmet_2019(weather("2019-01-01", 24), tmp_path)
    reading = read_weather(tmp_path, "A701", START, END)
    assert reading.frame["TEMP_BULB_SECO"].notna().sum() == 48
    assert reading.frame.index.is_unique
    assert len(reading.files) == 2


@both_formats
def test_read_weather__leaves_what_is_missing_empty(tmp_path: Path, write: Writer) -> None:
    values = weather("2019-05-01", 24)
    values.iloc[3] = np.nan
    write(values, tmp_path)
    frame = read(tmp_path)
    assert frame["TEMP_BULB_SECO"].notna().sum() == 23
    assert frame["RADIACAO"].notna().sum() == values["RADIACAO"].notna().sum()
    assert frame.min().min() >= 0


@pytest.mark.parametrize("mangled", ["?", "\ufffd", "Ã§"])
def test_read_weather__knows_columns_with_mangled_accents(tmp_path: Path, mangled: str) -> None:
    path = write_inmet_2018(weather("2018-05-01", 24), tmp_path)
    text = path.read_bytes().decode()
    for accented in "ÇÃÁ°²":
        text = text.replace(accented, mangled)
    path.write_bytes(text.encode())
    assert read(tmp_path).notna().any().all()


@both_formats
def test_read_weather__finds_columns_wherever_they_are(tmp_path: Path, write: Writer) -> None:
    path = write(weather("2019-05-01", 24), tmp_path)
    before = read(tmp_path)
    encoding = "utf-8" if write is write_inmet_2018 else "latin-1"
    lines = path.read_bytes().decode(encoding).split("\n")
    for number, line in enumerate(lines[8:], 8):
        cells = line.rstrip("\r;").split(";")
        lines[number] = ";".join([*cells[:2], *reversed(cells[2:])]) + ";" if line else line
    path.write_bytes("\n".join(lines).encode(encoding))
    pd.testing.assert_frame_equal(read(tmp_path), before)


def test_read_weather__refuses_another_stations_file(tmp_path: Path) -> None:
    path = write_inmet_2019(weather("2019-05-01", 24), tmp_path, "A771")
    path.rename(tmp_path / path.name.replace("A771", "A701"))
    with pytest.raises(DataError, match=r"INMET_SE_SP_A701_.*CSV is named .* but holds A771's"):
        read(tmp_path)


def test_read_weather__names_the_stations_there_are(tmp_path: Path) -> None:
    for station in ("A771", "A652"):
        write_inmet_2019(weather("2019-05-01", 2), tmp_path, station)
    with pytest.raises(DataError, match=r"data\.station is A701, .* choose one of A652, A771"):
        read(tmp_path)


def test_read_weather__refuses_a_period_without_files(tmp_path: Path) -> None:
    write_inmet_2019(weather("2019-05-01", 24), tmp_path)
    with pytest.raises(DataError, match=r"data\.station is A701, .* from 2020-01-01"):
        read_weather(tmp_path, "A701", pd.Timestamp("2020-01-01"), END)


def test_read_weather__opens_only_files_of_the_period(tmp_path: Path) -> None:
    write_inmet_2019(weather("2019-05-01", 24), tmp_path).write_text("damaged")
    write_inmet_2019(weather("2020-05-01", 24), tmp_path)
    reading = read_weather(tmp_path, "A701", pd.Timestamp("2020-01-01"), END)
    assert len(reading.files) == 1


def test_read_weather__drops_what_two_files_say_alike(tmp_path: Path) -> None:
    values = weather("2019-05-01", 48)
    write_inmet_2019(values, tmp_path)
    write_inmet_2019(values.iloc[:24], tmp_path)
    reading = read_weather(tmp_path, "A701", START, END)
    assert [finding.text for finding in reading.findings] == [
        "INMET A701: 24 repeated rows dropped"
    ]
    assert reading.frame.index.is_unique


def test_read_weather__refuses_files_that_contradict(tmp_path: Path) -> None:
    values = weather("2019-05-01", 48)
    write_inmet_2019(values, tmp_path)
    write_inmet_2019(values.iloc[:24] + 1, tmp_path)
    with pytest.raises(DataError, match=r"A_02-05-2019\.CSV, line 10: hour 2019-05-01 00:00:00"):
        read(tmp_path)


@both_formats
def test_read_weather__names_the_line_of_what_is_no_number(tmp_path: Path, write: Writer) -> None:
    path = write(weather("2019-05-01", 24), tmp_path)
    path.write_bytes(path.read_bytes().replace(b";20,3;", b";2o,3;"))
    with pytest.raises(DataError, match=r"column TEMPERATURA DO AR.*, line 13: '2o.3'"):
        read(tmp_path)


@both_formats
def test_read_weather__names_the_line_of_what_is_no_hour(tmp_path: Path, write: Writer) -> None:
    path = write(weather("2019-05-01", 24), tmp_path)
    path.write_bytes(
        path.read_bytes().replace(b"05-01;03:00", b"05-01;03:30").replace(b"0300", b"3")
    )
    with pytest.raises(DataError, match=r"CSV, column Data, line 13: "):
        read(tmp_path)


@pytest.mark.parametrize("kept", [0, 5, 8])
def test_read_weather__refuses_a_file_without_header(tmp_path: Path, kept: int) -> None:
    path = write_inmet_2019(weather("2019-05-01", 24), tmp_path)
    path.write_bytes(b"\n".join(path.read_bytes().split(b"\n")[:kept]))
    with pytest.raises(DataError, match="CSV has no header 'Data;Hora UTC;…' on line 9"):
        read(tmp_path)


def test_read_weather__names_a_missing_column(tmp_path: Path) -> None:
    path = write_inmet_2019(weather("2019-05-01", 24), tmp_path)
    path.write_bytes(path.read_bytes().replace(b"BULBO SECO", b"BULBO UMIDO"))
    with pytest.raises(DataError, match="CSV has no column of TEMP_BULB_SECO"):
        read(tmp_path)


def test_read_weather__reads_the_real_file_in_latin_1(real_files: Path) -> None:
    start, end = pd.Timestamp("2026-01-01"), pd.Timestamp("2026-04-30 20:00")
    frame = read_weather(real_files, "A701", start, end).frame
    assert len(frame) == 120 * 24 - 3
    assert frame["TEMP_BULB_SECO"].between(10, 40).mean() > 0.99


@pytest.mark.parametrize("year", [2018, 2019, 2022])
def test_read_weather__knows_the_temperature_of_nearly_every_real_hour(
    real_files: Path, year: int
) -> None:
    start, end = pd.Timestamp(f"{year}-01-01"), pd.Timestamp(f"{year}-12-31 20:00")
    frame = read_weather(real_files, "A701", start, end).frame
    assert frame.index.equals(pd.date_range(start, end, freq="h", name="timestamp"))
    assert frame["TEMP_BULB_SECO"].isna().mean() < 0.001
    assert frame["TEMP_BULB_SECO"].between(0, 40).mean() > 0.999


def test_read_weather__has_the_real_sun_between_its_rise_and_its_setting(real_files: Path) -> None:
    """Rows of whole night hours are dark, and rows of early and late summer hours are not."""
    start, end = pd.Timestamp("2018-01-01"), pd.Timestamp("2022-12-31 20:00")
    radiation = read_weather(real_files, "A701", start, end).frame["RADIACAO"]
    hours = pd.DatetimeIndex(radiation.index)
    summer = hours.month.isin([12, 1])
    assert radiation[(hours.hour >= 19) | (hours.hour < 5)].fillna(0.0).quantile(0.99) < 5
    assert radiation[summer & (hours.hour == 5)].mean() > 10  # the sun rises from 5:10 on
    assert radiation[summer & (hours.hour == 18)].mean() > 10  # and sets by 18:58
    assert (radiation[hours.hour < 4].isna()).mean() > 0.9
