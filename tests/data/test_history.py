"""2000 to today: every change of the clock, every change of format, four subsystems and SIN."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hpo_exp.data.clock import from_wall, to_wall
from hpo_exp.data.load import load_table
from hpo_exp.data.ons import read_balance, read_load
from hpo_exp.data.table import TARGET
from tests.data.publishers import (
    balance_cells,
    data_config,
    load_cells,
    write_csv,
    write_parquet,
    write_xlsx,
)

SUBSYSTEMS = {"N": 4000.0, "NE": 9000.0, "S": 10000.0, "SE": 36000.0}
ALL_HOURS = pd.date_range("2000-01-01 00:00", "2026-11-01 00:00", freq="h")
_WALL = to_wall(ALL_HOURS)
_STEP = np.diff(_WALL.to_numpy()) / np.timedelta64(1, "h")
STARTS, ENDS = ALL_HOURS[1:][_STEP == 2], ALL_HOURS[1:][_STEP == 0]


def test_clock__changes_39_times_since_2000() -> None:
    assert (len(STARTS), len(ENDS)) == (19, 20)
    assert ENDS[-1] == pd.Timestamp("2019-02-16 23:00")  # the last of them


def test_from_wall__undoes_to_wall_but_for_each_ends_second_hour() -> None:
    back = from_wall(_WALL)
    assert ALL_HOURS[back != ALL_HOURS].equals(pd.DatetimeIndex(ENDS))


def day_around(change: pd.Timestamp) -> pd.DatetimeIndex:
    """Two days of hours at UTC-3, of one year."""
    hours = pd.date_range(change - pd.Timedelta(hours=24), periods=48, freq="h")
    return hours[to_wall(hours).year == to_wall(hours[:1]).year[0]]


def published(hours: pd.DatetimeIndex) -> pd.DataFrame:
    """What ONS publishes of these hours: wall hours, those that were twice once."""
    wall = to_wall(hours)
    rows = [
        {"id_subsistema": name, "nom_subsistema": name, "din_instante": str(stamp),
         "val_cargaenergiahomwmed": f"{load + position:.8f}"}
        for position, stamp in enumerate(wall)
        if position == 0 or stamp != wall[position - 1]
        for name, load in SUBSYSTEMS.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


@pytest.mark.parametrize("subsystem", [*SUBSYSTEMS, "SIN"])
@pytest.mark.parametrize("change", [*STARTS, *ENDS], ids=lambda stamp: f"{stamp:%Y-%m-%d}")
def test_read_load__keeps_every_hour_in_its_place(
    change: pd.Timestamp, subsystem: str, tmp_path: Path
) -> None:
    hours = day_around(change)
    year = int(to_wall(hours[:1]).year[0])
    write_csv(published(hours), tmp_path / f"CURVA_CARGA_{year}.csv")
    frame = read_load(tmp_path, subsystem, hours[0], hours[-1]).frame.reindex(hours)
    one = sum(SUBSYSTEMS.values()) if subsystem == "SIN" else SUBSYSTEMS[subsystem]
    every = len(SUBSYSTEMS) if subsystem == "SIN" else 1
    expected = pd.Series(one + every * np.arange(len(hours), dtype=float), hours)
    expected[hours.isin(ENDS)] = np.nan
    pd.testing.assert_series_equal(
        frame[TARGET], expected, check_names=False, check_freq=False, check_index_type=False
    )


@pytest.mark.parametrize("day", ["2013-12-01", "2014-02-01", "2015-04-09"])
def test_load_table__leaves_a_day_empty_that_was_never_published(day: str, tmp_path: Path) -> None:
    first = pd.Timestamp(day) - pd.Timedelta(days=2)
    for year in {first.year, (first + pd.Timedelta(days=5)).year}:
        cells = load_cells(str(first), 24 * 5, SE=30000.0)
        stamps = cells["din_instante"]
        kept = cells[~stamps.str.startswith(day) & stamps.str.startswith(str(year))]
        write_csv(kept, tmp_path / f"CURVA_CARGA_{year}.csv")
    table = load_table(data_config(tmp_path))
    assert len(table.frame) >= 24 * 5 - 1
    missing = table.frame.index[table.frame[TARGET].isna()]
    assert len(missing) == 24


def test_formats__follow_each_other_through_the_years(tmp_path: Path) -> None:
    older = balance_cells("2020-12-31", 24, NE=9000.0)  # id_subsistena, a workbook
    write_xlsx(older, tmp_path / "BALANCO_ENERGIA_SUBSISTEMA_2020.xlsx")
    newer = balance_cells("2021-01-01", 24, NE=9024.0)
    newer = newer.rename(columns={"id_subsistena": "id_subsistema"})
    newer["id_subsistema"] = newer["id_subsistema"].str.ljust(3)  # padded
    write_csv(newer, tmp_path / "BALANCO_ENERGIA_SUBSISTEMA_2021.csv")
    latest = balance_cells("2022-01-01", 24, NE=9000.0)
    write_parquet(latest, tmp_path / "BALANCO_ENERGIA_SUBSISTEMA_2022.parquet")
    start, end = pd.Timestamp("2020-12-31"), pd.Timestamp("2022-01-01 23:00")
    frame = read_balance(tmp_path, "NE", start, end).frame
    assert len(frame) == 72
    assert frame["carga_balanco_mw"].iloc[:48].tolist() == [9000.0 + hour for hour in range(48)]
