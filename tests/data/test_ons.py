"""The load curve and the energy balance."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hpo_exp.data.ons import (
    BALANCE_LOAD,
    GENERATION,
    INTERCHANGE,
    read_balance,
    read_load,
)
from hpo_exp.data.table import TARGET
from hpo_exp.errors import DataError
from tests.data.publishers import (
    balance_cells,
    load_cells,
    write_csv,
    write_parquet,
    write_xlsx,
)

Writer = Callable[[pd.DataFrame, Path], Path]
WRITERS = {"csv": write_csv, "parquet": write_parquet, "xlsx": write_xlsx}
START, END = pd.Timestamp("2017-01-01"), pd.Timestamp("2026-12-31 23:00")


def load(root: Path, subsystem: str = "SE") -> "pd.Series[float]":
    return read_load(root, subsystem, START, END).frame[TARGET]


@pytest.mark.parametrize("suffix", WRITERS)
def test_read_load__reads_every_format_alike(tmp_path: Path, suffix: str) -> None:
    cells = load_cells("2022-05-01", 30, N=5000.25, SE=30000.5)
    WRITERS[suffix](cells, tmp_path / "a" / "b" / f"CURVA_CARGA_2022.{suffix}")
    reading = read_load(tmp_path, "SE", START, END)
    assert reading.frame.index.equals(pd.date_range("2022-05-01", periods=30, freq="h"))
    assert reading.frame.index.name == "timestamp"
    np.testing.assert_array_equal(reading.frame[TARGET], 30000.5 + np.arange(30))
    assert [file.name for file in reading.files] == [f"a/b/CURVA_CARGA_2022.{suffix}"]
    assert reading.notes == ()


@pytest.mark.parametrize("suffix", WRITERS)
def test_read_balance__reads_every_format_alike(tmp_path: Path, suffix: str) -> None:
    cells = balance_cells("2022-05-01", 30, NE=9000.0, SE=30000.0)
    WRITERS[suffix](cells, tmp_path / f"BALANCO_ENERGIA_SUBSISTEMA_2022.{suffix}")
    frame = read_balance(tmp_path, "NE", START, END).frame
    assert list(frame) == [*GENERATION, BALANCE_LOAD, INTERCHANGE]
    assert (frame.dtypes == np.float64).all()
    np.testing.assert_array_equal(frame[BALANCE_LOAD], 9000 + np.arange(30.0))
    np.testing.assert_array_equal(frame["geracao_eolica_mw"], np.zeros(30))
    supply = frame[list(GENERATION)].sum(axis=1)
    np.testing.assert_allclose(supply, frame[BALANCE_LOAD] + frame[INTERCHANGE])


def test_read_load__reads_decimals_and_text_in_parquet(tmp_path: Path) -> None:
    cells = load_cells("2022-05-01", 3, SE=30000.5)
    values = [Decimal("30000.50000000"), None, Decimal("30002.50000000")]
    cells["val_cargaenergiahomwmed"] = pd.Series(values, dtype=object)
    cells.to_parquet(tmp_path / "CURVA_CARGA_2022.parquet")
    np.testing.assert_array_equal(load(tmp_path), [30000.5, np.nan, 30002.5])


def test_read_load__prefers_parquet_then_csv(tmp_path: Path) -> None:
    write_xlsx(load_cells("2022-05-01", 1, SE=1.0), tmp_path / "CURVA_CARGA_2022.xlsx")
    write_csv(load_cells("2022-05-01", 1, SE=2.0), tmp_path / "CURVA_CARGA_2022.csv")
    assert load(tmp_path).tolist() == [2.0]
    write_parquet(load_cells("2022-05-01", 1, SE=3.0), tmp_path / "CURVA_CARGA_2022.parquet")
    assert load(tmp_path).tolist() == [3.0]


def test_read_load__refuses_a_year_twice_in_one_format(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        write_csv(load_cells("2022-05-01", 1, SE=2.0), tmp_path / folder / "CURVA_CARGA_2022.csv")
    with pytest.raises(DataError, match=r"a.CURVA_CARGA_2022\.csv and b.CURVA_CARGA_2022\.csv"):
        load(tmp_path)


def test_read_load__reads_padded_ids_and_the_other_spelling(tmp_path: Path) -> None:
    cells = load_cells("2022-05-01", 2, N=5000.0, NE=9000.0)
    cells["id_subsistema"] = cells["id_subsistema"].str.ljust(3)
    cells = cells.rename(columns={"id_subsistema": "id_subsistena"})
    write_csv(cells, tmp_path / "CURVA_CARGA_2022.csv")
    assert load(tmp_path, "N").tolist() == [5000.0, 5001.0]


def test_read_load__opens_only_the_years_asked_for(tmp_path: Path) -> None:
    (tmp_path / "CURVA_CARGA_2020.csv").write_text("damaged")
    write_csv(load_cells("2021-12-31", 24, SE=1.0), tmp_path / "CURVA_CARGA_2021.csv")
    (tmp_path / "CURVA_CARGA_2022.csv").write_text("damaged")
    reading = read_load(
        tmp_path, "SE", pd.Timestamp("2021-12-31 05:00"), pd.Timestamp("2021-12-31 23:00")
    )
    assert [file.name for file in reading.files] == ["CURVA_CARGA_2021.csv"]
    assert reading.frame.index[0] == pd.Timestamp("2021-12-31 05:00")


def test_read_load__finds_the_last_hour_of_a_year_in_the_next_file(tmp_path: Path) -> None:
    write_csv(load_cells("2018-12-31", 24, SE=100.0), tmp_path / "CURVA_CARGA_2018.csv")
    write_csv(load_cells("2019-01-01", 24, SE=200.0), tmp_path / "CURVA_CARGA_2019.csv")
    end = pd.Timestamp("2018-12-31 23:00")
    frame = read_load(tmp_path, "SE", pd.Timestamp("2018-12-31"), end).frame
    assert frame.index[-1] == end
    assert frame[TARGET].iloc[-1] == 200.0


def test_read_load__notes_a_year_missing_in_between(tmp_path: Path) -> None:
    for year in (2019, 2022):
        write_csv(load_cells(f"{year}-05-01", 2, SE=1.0), tmp_path / f"CURVA_CARGA_{year}.csv")
    notes = read_load(tmp_path, "SE", START, END).notes
    assert [note.split(":")[0] for note in notes] == [
        "CURVA_CARGA_2020 is missing",
        "CURVA_CARGA_2021 is missing",
    ]


def test_read_load__names_the_root_and_the_pattern_of_a_missing_file(tmp_path: Path) -> None:
    write_csv(load_cells("2016-05-01", 2, SE=1.0), tmp_path / "CURVA_CARGA_2016.csv")
    with pytest.raises(DataError, match=r"no CURVA_CARGA_YYYY\.csv .* found: 2016") as error:
        load(tmp_path)
    assert str(tmp_path) in str(error.value)


@pytest.mark.parametrize("suffix", WRITERS)
def test_read_load__names_a_missing_column(tmp_path: Path, suffix: str) -> None:
    cells = load_cells("2022-05-01", 2, SE=1.0).drop(columns="val_cargaenergiahomwmed")
    WRITERS[suffix](cells, tmp_path / f"CURVA_CARGA_2022.{suffix}")
    with pytest.raises(DataError, match=rf"2022\.{suffix} has no column val_cargaenergiahomwmed"):
        load(tmp_path)


def test_read_load__names_a_missing_subsystem(tmp_path: Path) -> None:
    write_csv(load_cells("2022-05-01", 2, SE=1.0), tmp_path / "CURVA_CARGA_2022.csv")
    with pytest.raises(DataError, match=r"CURVA_CARGA_2022\.csv has no row of subsystem NE"):
        load(tmp_path, "NE")


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
@pytest.mark.parametrize("cell", ["n/a", "1.234,5", "inf"])
def test_read_load__names_the_line_of_what_is_no_number(
    tmp_path: Path, suffix: str, cell: str
) -> None:
    cells = load_cells("2022-05-01", 5, N=1.0, SE=1.0)
    cells.loc[3, "val_cargaenergiahomwmed"] = cell
    WRITERS[suffix](cells, tmp_path / f"CURVA_CARGA_2022.{suffix}")
    with pytest.raises(DataError, match=r"CURVA_CARGA_2022\.\w+, column val_carga\w+, line 5: "):
        load(tmp_path)


def test_read_load__counts_blank_lines(tmp_path: Path) -> None:
    cells = load_cells("2022-05-01", 5, SE=1.0)
    cells.loc[3, "val_cargaenergiahomwmed"] = "bad"
    path = write_csv(cells, tmp_path / "CURVA_CARGA_2022.csv")
    lines = path.read_text().split("\n")
    path.write_text("\n".join([*lines[:2], "", *lines[2:]]))
    with pytest.raises(DataError, match="line 6: 'bad'"):
        load(tmp_path)


@pytest.mark.parametrize("suffix", WRITERS)
def test_read_load__names_a_damaged_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"CURVA_CARGA_2022.{suffix}"
    raw = WRITERS[suffix](load_cells("2022-05-01", 500, SE=1.0), path).read_bytes()
    # A CSV is cut in a stamp: one that is cut in a number or between lines looks sound.
    cut = raw.rindex(b" 05:00:00") + 3 if suffix == "csv" else len(raw) // 2
    path.write_bytes(raw[:cut])
    with pytest.raises(DataError, match=rf"^CURVA_CARGA_2022\.{suffix}"):
        load(tmp_path)


@pytest.mark.parametrize("text", ["", "\xff\xfe", "<html><body>Not found</body></html>"])
def test_read_load__names_a_file_that_is_no_table(tmp_path: Path, text: str) -> None:
    for suffix in WRITERS:
        path = tmp_path / f"CURVA_CARGA_2022.{suffix}"
        path.write_bytes(text.encode("latin-1"))
        with pytest.raises(DataError, match=rf"^CURVA_CARGA_2022\.{suffix}"):
            load(tmp_path)
        path.unlink()


def test_read_load__names_a_line_with_too_many_cells(tmp_path: Path) -> None:
    path = write_csv(load_cells("2022-05-01", 3, SE=1.0), tmp_path / "CURVA_CARGA_2022.csv")
    path.write_text(path.read_text() + "SE;SUDESTE;2022-05-01 03:00:00;1;2\n")
    with pytest.raises(DataError, match=r"CURVA_CARGA_2022\.csv cannot be read .*line 5"):
        load(tmp_path)


def test_read_load__drops_repeated_rows_and_counts_them(tmp_path: Path) -> None:
    cells = load_cells("2022-05-01", 3, SE=1.0)
    cells = pd.concat([cells, cells.iloc[1:]])
    write_csv(cells, tmp_path / "CURVA_CARGA_2022.csv")
    reading = read_load(tmp_path, "SE", START, END)
    assert reading.frame[TARGET].tolist() == [1.0, 2.0, 3.0]
    assert [finding.text for finding in reading.findings] == [
        "CURVA_CARGA: 2 repeated rows dropped"
    ]


def test_read_load__refuses_contradictions(tmp_path: Path) -> None:
    cells = load_cells("2022-05-01", 3, SE=1.0)
    cells.loc[3] = [*cells.loc[1][:3], "7.0"]
    write_csv(cells, tmp_path / "CURVA_CARGA_2022.csv")
    with pytest.raises(DataError, match=r"CURVA_CARGA_2022\.csv, line 5: hour 2022-05-01 01:00"):
        load(tmp_path)


@pytest.mark.parametrize("value", ["0E-8", "-4729.0"])
def test_read_load__empties_what_is_no_load(tmp_path: Path, value: str) -> None:
    cells = load_cells("2022-05-01", 4, SE=1.0)
    cells.loc[1:2, "val_cargaenergiahomwmed"] = value
    write_csv(cells, tmp_path / "CURVA_CARGA_2022.csv")
    reading = read_load(tmp_path, "SE", START, END)
    np.testing.assert_array_equal(reading.frame[TARGET], [1.0, np.nan, np.nan, 4.0])
    assert "2 loads of 0 MW or less" in reading.findings[0].text
    assert "2022-05-01 01:00" in reading.findings[0].text


@pytest.mark.parametrize("value", ["", "0E-8", "7.0"])
def test_read_load__drops_the_hour_that_never_was(tmp_path: Path, value: str) -> None:
    cells = load_cells("2018-11-03 22:00", 5, SE=100.0)
    cells.loc[2, "val_cargaenergiahomwmed"] = value
    write_csv(cells, tmp_path / "CURVA_CARGA_2018.csv")
    reading = read_load(tmp_path, "SE", START, END)
    assert reading.frame.index.equals(pd.date_range("2018-11-03 22:00", periods=4, freq="h"))
    assert reading.frame[TARGET].tolist() == [100.0, 101.0, 103.0, 104.0]
    filled = int(value == "7.0")
    assert "1 rows of 2018-11-04 00:00:00" in reading.findings[0].text
    assert f"({filled} of them with a value" in reading.findings[0].text


def test_read_load__leaves_the_second_of_two_hours_empty(tmp_path: Path) -> None:
    write_csv(load_cells("2018-02-17 22:00", 3, SE=100.0), tmp_path / "CURVA_CARGA_2018.csv")
    reading = read_load(tmp_path, "SE", START, END)
    hours = pd.date_range("2018-02-17 21:00", periods=4, freq="h")
    np.testing.assert_array_equal(
        reading.frame[TARGET].reindex(hours), [100.0, 101.0, np.nan, 102.0]
    )
    assert "wall hour 2018-02-17 23:00:00 was twice" in reading.findings[0].text


def test_read_load__sums_the_sin_where_no_subsystem_is_missing(tmp_path: Path) -> None:
    cells = load_cells("2022-05-01", 4, N=1.0, NE=10.0, S=100.0, SE=1000.0)
    cells.loc[4, "val_cargaenergiahomwmed"] = ""
    write_csv(cells.drop(index=9), tmp_path / "CURVA_CARGA_2022.csv")
    np.testing.assert_array_equal(load(tmp_path, "SIN"), [1111.0, np.nan, np.nan, 1123.0])


def test_read_balance__takes_the_publishers_total_for_the_sin(tmp_path: Path) -> None:
    cells = balance_cells("2022-05-01", 2, N=1.0, SE=2.0, SIN=50.0)
    write_csv(cells, tmp_path / "BALANCO_ENERGIA_SUBSISTEMA_2022.csv")
    assert read_balance(tmp_path, "SIN", START, END).frame[BALANCE_LOAD].tolist() == [50.0, 51.0]


def test_read_balance__has_no_columns_without_files(tmp_path: Path) -> None:
    reading = read_balance(tmp_path, "SE", START, END)
    assert list(reading.frame) == []
    assert reading.files == ()
    assert "BALANCO_ENERGIA_SUBSISTEMA_YYYY" in reading.notes[0]


def real_year(year: int) -> tuple[pd.Timestamp, pd.Timestamp]:
    return pd.Timestamp(f"{year}-01-01"), pd.Timestamp(f"{year}-12-31 23:00")


def test_read_load__finds_every_hour_of_se_2022(real_files: Path) -> None:
    reading = read_load(real_files, "SE", *real_year(2022))
    hours = pd.date_range(*real_year(2022), freq="h")
    assert len(hours) == 8760
    assert reading.frame.index.equals(hours)
    assert reading.frame[TARGET].notna().all()
    assert reading.notes == ()


@pytest.mark.parametrize("subsystem", ["N", "NE", "S", "SE", "SIN"])
def test_read_load__meets_the_clock_changes_of_2018(real_files: Path, subsystem: str) -> None:
    reading = read_load(real_files, subsystem, *real_year(2018))
    hours = pd.date_range(*real_year(2018), freq="h")
    assert hours.difference(pd.DatetimeIndex(reading.frame.index)).equals(
        pd.DatetimeIndex(["2018-02-17 23:00"])
    )
    assert reading.frame[TARGET].min() > 0
    assert "2018-11-04 00:00:00" in reading.findings[0].text
    assert "(0 of them with a value" in reading.findings[0].text


def test_read_load__keeps_the_zero_of_s_out_of_the_hours_around(real_files: Path) -> None:
    published = (real_files / "ons/curva_carga/CURVA_CARGA_2018.csv").read_text()
    assert "S;SUL;2018-11-04 00:00:00;0E-8" in published
    frame = read_load(real_files, "S", *real_year(2018)).frame
    around = frame.loc["2018-11-03 23:00":"2018-11-04 00:00", TARGET]
    np.testing.assert_allclose(around, [8630.8100122, 7879.5050032])


@pytest.mark.parametrize("day", ["2018-02-17", "2019-02-16"])
def test_read_load__falls_over_two_hours_after_the_hour_that_was_twice(
    real_files: Path, day: str
) -> None:
    """The row published for the doubled hour is the first: the next is two hours later."""
    start, end = (pd.Timestamp(day) + pd.Timedelta(days=days) for days in (-35, 29))
    loads = read_load(real_files, "SE", start, end).frame[TARGET]
    first = pd.Timestamp(day) + pd.Timedelta(hours=22)
    after = loads[first + pd.Timedelta(hours=2)] / loads[first]
    saturdays = [first + pd.Timedelta(weeks=weeks) for weeks in (1, 2, 3)]
    hour_by_hour = [
        np.mean([loads[hour + pd.Timedelta(hours=step)] / loads[hour] for hour in saturdays])
        for step in (1, 2)
    ]
    # Saturdays after the change follow the wall clock, an hour later on the table's.
    assert abs(after - hour_by_hour[1]) < 0.02
    assert abs(after - hour_by_hour[0]) > 0.03


@pytest.mark.slow
def test_read_balance__shows_that_ne_follows_brasilias_clock(real_files: Path) -> None:
    """The sun of NE, which kept no daylight saving, jumps by an hour in the files' labels."""
    frame = read_balance(real_files, "NE", *real_year(2018)).frame
    solar = frame["geracao_solar_mw"]

    def noon(first: str, last: str) -> float:
        days = solar[first:last]
        return float((days * pd.DatetimeIndex(days.index).hour).sum() / days.sum())

    assert abs(noon("2018-10-20", "2018-11-02") - noon("2018-11-05", "2018-11-18")) < 0.15


@pytest.mark.slow
def test_read_balance__balances_in_2022_but_on_one_day(real_files: Path) -> None:
    for subsystem in ("N", "NE", "S", "SE"):
        frame = read_balance(real_files, subsystem, *real_year(2022)).frame
        assert len(frame) == 8760
        supply = frame[list(GENERATION)].sum(axis=1, skipna=False)
        residual = (supply - frame[BALANCE_LOAD] - frame[INTERCHANGE]).abs()
        days = pd.DatetimeIndex(residual[residual > 0.01].index).normalize().unique()
        broken = ["2022-09-14"] if subsystem == "S" else []
        assert [str(day.date()) for day in days] == broken


def test_read_balance__knows_the_means_of_ne_2022(real_files: Path) -> None:
    means = read_balance(real_files, "NE", *real_year(2022)).frame.mean()
    assert means["geracao_eolica_mw"] == pytest.approx(8381, abs=1)
    assert means["geracao_hidraulica_mw"] == pytest.approx(4852, abs=1)


def test_read_balance__sees_little_wind_in_se(real_files: Path) -> None:
    wind = read_balance(real_files, "SE", *real_year(2022)).frame["geracao_eolica_mw"]
    assert wind.between(0, 20).all()
