"""The hourly table of official data."""

import hashlib
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hpo_exp.data.assemble import ALERT, read_ons_table
from hpo_exp.data.inmet import WEATHER
from hpo_exp.data.ons import BALANCE_LOAD, GENERATION, INTERCHANGE
from hpo_exp.data.table import TARGET
from hpo_exp.errors import ConfigError, DataError
from tests.data.publishers import (
    balance_cells,
    data_config,
    load_cells,
    weather,
    write_csv,
    write_inmet_2019,
    write_xlsx,
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a folder with 72 hours of load, 48 of them in the balance, and of weather."""
    write_csv(load_cells("2022-05-01", 72, SE=30000.0), tmp_path / "c" / "CURVA_CARGA_2022.csv")
    write_xlsx(
        balance_cells("2022-05-01", 48, SE=30000.0),
        tmp_path / "b" / "BALANCO_ENERGIA_SUBSISTEMA_2022.xlsx",
    )
    write_inmet_2019(weather("2022-05-01 00:00", 96), tmp_path / "i")
    return tmp_path


def test_read_ons_table__joins_the_sources_on_the_loads_hours(root: Path) -> None:
    table = read_ons_table(data_config(root, station="A701"))
    assert table.index.equals(pd.date_range("2022-05-01", periods=72, freq="h"))
    assert list(table.frame)[:7] == [TARGET, *GENERATION, BALANCE_LOAD, INTERCHANGE]
    assert set(list(table.frame)[7:]) == {*WEATHER, ALERT}
    assert table.frame[BALANCE_LOAD].notna().sum() == 48
    assert table.frame["TEMP_BULB_SECO"].iloc[0] == pytest.approx(20.3)  # stamped 03 UTC
    assert table.frame["CHUVA"].iloc[0] == pytest.approx(0.4)  # stamped 04 UTC


def test_read_ons_table__tells_where_the_data_come_from(root: Path) -> None:
    provenance = read_ons_table(data_config(root, station="A701")).provenance
    assert (provenance.source, provenance.simulated) == ("ons", False)
    assert (provenance.subsystem, provenance.utc_offset_hours) == ("SE", -3)
    assert [file.name.split("/")[0] for file in provenance.files] == ["c", "b", "i"]
    for file in provenance.files:
        assert file.sha256 == hashlib.sha256((root / file.name).read_bytes()).hexdigest()


def test_read_ons_table__reads_both_ends_of_the_period(root: Path) -> None:
    config = data_config(
        root, start=datetime(2022, 5, 1, 6), end=datetime(2022, 5, 2), station="A701"
    )
    table = read_ons_table(config)
    assert table.index[0] == pd.Timestamp("2022-05-01 06:00")
    assert table.index[-1] == pd.Timestamp("2022-05-02 00:00")


def test_read_ons_table__notes_a_period_that_the_load_does_not_fill(root: Path) -> None:
    config = data_config(root, start=datetime(2022, 4, 1), end=datetime(2022, 6, 1))
    notes = read_ons_table(config).provenance.notes
    assert "the load curve starts at 2022-05-01 00:00:00" in notes[0]
    assert "the load curve ends at 2022-05-03 23:00:00" in notes[1]


def test_read_ons_table__keeps_gaps_and_counts_them(root: Path) -> None:
    cells = load_cells("2022-05-01", 72, SE=30000.0)
    cells.loc[60:, "val_cargaenergiahomwmed"] = ""
    write_csv(cells.drop(index=[5, 6]), root / "c" / "CURVA_CARGA_2022.csv")
    table = read_ons_table(data_config(root))
    assert len(table.frame) == 60
    assert np.flatnonzero(table.frame[TARGET].isna()).tolist() == [5, 6]
    assert f"missing in 2 of 60 hours, first at 2022-05-01 05:00:00: {TARGET}" in (
        table.provenance.notes
    )


def test_read_ons_table__has_no_weather_without_a_station(root: Path) -> None:
    table = read_ons_table(data_config(root))
    assert not set(WEATHER) & set(table.frame)
    assert "data.station is null: there are no weather columns" in table.provenance.notes


def test_read_ons_table__has_no_generation_without_a_balance(root: Path) -> None:
    (root / "b" / "BALANCO_ENERGIA_SUBSISTEMA_2022.xlsx").unlink()
    table = read_ons_table(data_config(root))
    assert list(table.frame) == [TARGET]
    assert any("BALANCO_ENERGIA_SUBSISTEMA_YYYY" in note for note in table.provenance.notes)


def test_read_ons_table__names_the_setting_of_a_station_without_files(root: Path) -> None:
    with pytest.raises(DataError, match=r"data\.station is A999, .* A701"):
        read_ons_table(data_config(root, station="A999"))


def test_read_ons_table__names_the_setting_of_a_missing_root(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"data\.root is not set"):
        read_ons_table(data_config(None))
    with pytest.raises(DataError, match=r"data\.root is .*nowhere, which is no folder"):
        read_ons_table(data_config(tmp_path / "nowhere"))


def test_read_ons_table__refuses_a_period_without_loads(root: Path) -> None:
    config = data_config(root, start=datetime(2022, 6, 1), end=datetime(2022, 7, 1))
    with pytest.raises(DataError, match=r"SE in .* has no value from 2022-06-01"):
        read_ons_table(config)


def test_read_ons_table__hashes_equal_values_from_other_formats_alike(root: Path) -> None:
    before = read_ons_table(data_config(root)).sha256
    write_csv(
        balance_cells("2022-05-01", 48, SE=30000.0),
        root / "BALANCO_ENERGIA_SUBSISTEMA_2022.csv",
    )
    assert read_ons_table(data_config(root)).sha256 == before


def real_config(root: Path, first: int, last: int, **changes: str | None) -> pd.DataFrame:
    period = {"start": datetime(first, 1, 1), "end": datetime(last, 12, 31, 23)}
    return read_ons_table(data_config(root, **period, **changes)).frame


def test_read_ons_table__has_the_year_2022_of_se(real_files: Path) -> None:
    frame = real_config(real_files, 2022, 2022, station="A701")
    assert len(frame) == 8760
    assert frame[[TARGET, *GENERATION, BALANCE_LOAD, INTERCHANGE]].notna().all(axis=None)
    # The last three rows are stamped in the next year's UTC file.
    assert frame["TEMP_BULB_SECO"].iloc[:-3].isna().sum() <= 5
    persistence = np.sqrt((frame[TARGET].diff() ** 2).mean())
    assert persistence == pytest.approx(1465, abs=2)


@pytest.mark.slow
def test_read_ons_table__has_loads_that_follow_the_temperature(real_files: Path) -> None:
    frame = real_config(real_files, 2019, 2022, station="A701")
    assert len(frame) == 4 * 8760 + 24
    recent = frame.loc["2021-01-01":]
    at_once = recent[TARGET].corr(recent["TEMP_BULB_SECO"])
    later = recent[TARGET].corr(recent["TEMP_BULB_SECO"].shift(3))
    assert 0.45 < at_once < later < 0.65
    # The gap is the hour of 2019-02-16 that ONS did not publish.
    assert frame.index[frame[TARGET].isna()].tolist() == [pd.Timestamp("2019-02-16 23:00")]
