"""Weather forecasts beside the table: where they come from, and that table and run say so."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hpo_exp.data.demo import make_demo_table, simulate
from hpo_exp.data.demo_weather_forecasts import REACH_HOURS
from hpo_exp.data.load import load_table
from hpo_exp.data.provenance import describe
from hpo_exp.data.table import HourlyTable
from hpo_exp.errors import ConfigError, DataError
from tests.tuning.composing import configured

HOURS = "timestamp,carga_mw_subsistema,TEMP_BULB_SECO\n" + "".join(
    f"2022-01-01T{hour:02}:00,{30000 + hour},{20 + hour}\n" for hour in range(24)
)
RUNS = """issue_time,target_time,TEMP_BULB_SECO
2022-01-01T03:00,2022-01-01T12:00,25.5
2022-01-01T03:00,2022-01-01T13:00,
"""
PERIOD = ("cv.test_start=2022-01-01T02:00", "cv.test_end=2022-01-01T03:00")
DEMO = ("data=demo", "data.start=2021-01-01", "data.end=2021-07-31T23:00")


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "hours.csv").write_text(HOURS)
    (tmp_path / "runs.csv").write_text(RUNS)
    return tmp_path


def load(here: Path, *overrides: str, runs: str | None = "runs.csv") -> HourlyTable:
    path = [] if runs is None else [f"data.weather_forecasts.path={here / runs}"]
    hours = f"data.path={here}/hours.csv"
    return load_table(configured("data=csv", hours, *PERIOD, *path, *overrides).data)


def test_load_table__puts_the_files_forecasts_beside_the_table(here: Path) -> None:
    table = load(here)
    runs = table.weather_forecasts
    assert runs is not None
    assert (runs.names, runs.delay, runs.simulated) == (("TEMP_BULB_SECO",), 6, False)
    assert runs.issued[0] == np.datetime64("2022-01-01T00")  # the file is in UTC
    assert load(here, "data.weather_forecasts.utc_offset_hours=-3").weather_forecasts is not None
    known = table.provenance
    assert [file.name for file in known.files] == ["hours.csv", "runs.csv"]
    assert known.notes[-1] == (
        "weather forecasts of TEMP_BULB_SECO, runs.csv: 1 runs, issued 2022-01-01T00 to "
        "2022-01-01T00, read from 6 h after their issue"
    )
    assert not known.simulated
    assert load(here, runs=None).weather_forecasts is None


def test_table__has_a_hash_of_the_forecasts_beside_it(here: Path) -> None:
    first, *lines = RUNS.splitlines()
    for name, text in {
        "same.csv": "\n".join([first, *lines[::-1]]),
        "other.csv": RUNS.replace("25.5", "25.6"),
        "filled.csv": RUNS.replace("13:00,", "13:00,1"),
    }.items():
        (here / name).write_text(text)
    hashes = [
        load(here).sha256,
        load(here, runs=None).sha256,
        load(here, runs="other.csv").sha256,
        load(here, runs="filled.csv").sha256,
        load(here, "data.weather_forecasts.delay_hours=5").sha256,
        load(here, "data.weather_forecasts.utc_offset_hours=-3").sha256,
    ]
    assert len(set(hashes)) == len(hashes)
    assert load(here, runs="same.csv").sha256 == hashes[0]


def test_load_table__of_made_up_forecasts_is_simulated_and_its_hours_stay_real(here: Path) -> None:
    table = load(here, "data.weather_forecasts.simulated=true")
    assert table.provenance.simulated
    said = describe(table)
    assert said["simulated_columns"] == ["weather forecasts of TEMP_BULB_SECO"]
    assert said["columns"]["carga_mw_subsistema"]["real"] == 24
    assert "(their values are made up)" in said["notes"][-1]


def test_demo__simulates_forecasts_that_reach_beyond_its_end() -> None:
    plain, config = configured(*DEMO), configured(*DEMO, "data.weather_forecasts.simulate=true")
    assert load_table(plain.data).weather_forecasts is None
    table = load_table(config.data)
    runs = table.weather_forecasts
    assert runs is not None
    assert runs.simulated
    assert runs.delay == 5
    assert "simulated (their values are made up)" in table.provenance.notes[-1]
    pd.testing.assert_frame_equal(table.frame, load_table(plain.data).frame)
    # A sensor's gaps are none of a weather model's.
    assert make_demo_table(config.data).frame["TEMP_BULB_SECO"].isna().any()
    assert np.isfinite(runs.forecast).all()
    last = np.datetime64(table.index[-1], "h")
    assert runs.targets.max() == last + np.timedelta64(REACH_HOURS, "h")
    truth = simulate("SE", pd.Timestamp("2021-08-03T23:00"))["TEMP_BULB_SECO"]
    error = runs.forecast[:, 0] - truth.loc[runs.targets.astype("datetime64[s]")].to_numpy()
    assert 0.8 < error.std() < 2.5


@pytest.mark.parametrize(
    ("overrides", "error", "said"),
    [
        (("data.weather_forecasts.path=/nowhere.csv",), DataError, "no file of weather forecasts"),
        (("+data.weather_forecasts.simulate=true",), ConfigError, "for data=demo alone"),
        (("data.weather_forecasts.delay_hours=-1",), ConfigError, "delay_hours is -1"),
        (("features.weather_forecasts=[A,A]",), ConfigError, "weather_forecasts names A twice"),
    ],
)
def test_load_table__names_the_setting_that_is_wrong(
    here: Path, overrides: tuple[str, ...], error: Any, said: str
) -> None:
    with pytest.raises(error, match=said):
        load(here, *overrides, runs=None)


def test_demo__takes_forecasts_from_one_place() -> None:
    overrides = ("data.weather_forecasts.simulate=true", "+data.weather_forecasts.path=a.csv")
    with pytest.raises(ConfigError, match="set one"):
        configured(*DEMO, *overrides)
