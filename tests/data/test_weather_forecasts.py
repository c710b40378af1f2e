from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hpo_exp.data.table import SourceFile
from hpo_exp.data.weather_forecasts import WeatherForecasts
from hpo_exp.data.weather_forecasts_file import read_weather_forecasts
from hpo_exp.errors import DataError
from hpo_exp.files import sha256

GOOD = """issue_time,target_time,TEMP_BULB_SECO,CHUVA
2022-01-01T00:00,2022-01-01T06:00,25.5,0
2022-01-01T00:00,2022-01-01T07:00,,1.5
2022-01-01 12:00:00,2022-01-01 18:00:00,21,0
"""


def read(path: Path, text: str, shift_hours: int = 0) -> WeatherForecasts:
    path.write_text(text, encoding="utf-8")
    found, file = read_weather_forecasts(path, delay=5, shift_hours=shift_hours, simulated=False)
    assert file == SourceFile(path.name, sha256(path))
    return found


def test_read__takes_every_run_and_hour(tmp_path: Path) -> None:
    found = read(tmp_path / "runs.csv", GOOD)
    assert found.names == ("TEMP_BULB_SECO", "CHUVA")
    assert found.issued[-1] == np.datetime64("2022-01-01T12")
    assert found.targets[0] == np.datetime64("2022-01-01T06")
    np.testing.assert_array_equal(found.forecast, [[25.5, 0], [np.nan, 1.5], [21, 0]])
    assert (found.delay, found.simulated) == (5, False)


def test_read__brings_utc_to_the_tables_time(tmp_path: Path) -> None:
    found = read(tmp_path / "runs.csv", GOOD, shift_hours=-3)
    assert found.issued[0] == np.datetime64("2021-12-31T21")
    assert found.targets[0] == np.datetime64("2022-01-01T03")


def test_read__takes_a_parquet_file_alike(tmp_path: Path) -> None:
    expected = read(tmp_path / "runs.csv", GOOD)
    frame = pd.read_csv(tmp_path / "runs.csv")
    for name in ("issue_time", "target_time"):
        frame[name] = pd.to_datetime(frame[name], format="mixed")
    frame.to_parquet(tmp_path / "runs.parquet")
    found, _ = read_weather_forecasts(
        tmp_path / "runs.parquet", delay=5, shift_hours=0, simulated=False
    )
    np.testing.assert_array_equal(found.forecast, expected.forecast)
    np.testing.assert_array_equal(found.issued, expected.issued)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("issue_time,", "issued,", "runs.csv has no column issue_time"),
        ("T07:00", "T07:30", "column target_time, line 3: '2022-01-01T07:30' is no full hour"),
        ("T07:00", "T07:00Z", "line 3: '2022-01-01T07:00Z' carries a time zone"),
        ("2022-01-01T07:00", "soon", "column target_time, line 3: 'soon' is no time"),
        ("25.5", "warm", "column TEMP_BULB_SECO, line 2: 'warm' is not a number"),
        ("18:00:00,21", "11:00:00,21", "line 4: target_time lies before issue_time"),
        ("T07:00", "T06:00", "issued at 2022-01-01T00 has 2022-01-01T06 twice"),
    ],
)
def test_read__names_what_is_wrong(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in GOOD
    with pytest.raises(DataError) as refused:
        read(tmp_path / "runs.csv", GOOD.replace(old, new))
    assert expected in str(refused.value)


def test_read__needs_a_value_and_a_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no value beside its times"):
        read(tmp_path / "runs.csv", "issue_time,target_time\n2022-01-01T00:00,2022-01-01T06:00\n")
    with pytest.raises(DataError, match=r"no file of weather forecasts at .*nothing\.csv"):
        read_weather_forecasts(tmp_path / "nothing.csv", delay=0, shift_hours=0, simulated=False)
