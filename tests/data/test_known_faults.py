"""What is known to be wrong with the publishers' real files: every bit of it is found."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from hpo_exp.config import Station
from hpo_exp.data.findings import Finding, hours_of
from hpo_exp.data.load import load_table
from hpo_exp.data.table import HourlyTable
from tests.data.publishers import data_config
from tests.data.qualities import limits

Table = Callable[[str], HourlyTable]
KINDS = {"SE": ["balance", "cmo", "weather"], "S": ["balance"], "NE": []}
A701 = Station(latitude=-23.4963, longitude=-46.6201)


@pytest.fixture(scope="module")
def table(real_files: Path) -> Table:
    """Real tables by subsystem, 2018 to 2022 (NE: 2018), each read once."""

    @cache
    def read(subsystem: str) -> HourlyTable:
        return load_table(
            data_config(
                real_files, subsystem=subsystem, quality=limits(), start=datetime(2018, 1, 1),
                end=datetime(2018, 12, 31) if subsystem == "NE" else None,
                station="A701" if subsystem == "SE" else None, stations={"A701": A701},
                kinds=KINDS[subsystem],
            )
        )  # fmt: skip

    return read


def found(table: HourlyTable, check: str, column: str) -> Finding:
    (finding,) = [
        item for item in table.provenance.findings if (item.check, item.column) == (check, column)
    ]
    return finding


@pytest.mark.slow
def test_balance__of_s_does_not_close_on_2022_09_14(table: Table) -> None:
    finding = found(table("S"), "balance_identity", "carga_balanco_mw")
    assert finding.spans == (("2022-09-14T00:00:00", "2022-09-14T23:00:00"),)
    assert finding.largest == pytest.approx(-1551.3, abs=0.1)


@pytest.mark.slow
def test_load__of_s_has_a_literal_0_where_daylight_saving_begins(table: Table) -> None:
    finding = found(table("S"), "skipped_hours", "CURVA_CARGA")
    assert finding.spans == (("2018-11-04T00:00:00", "2018-11-04T00:00:00"),)
    assert (finding.action, "1 with a literal 0" in finding.text) == ("dropped", True)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["CURVA_CARGA", "BALANCO_ENERGIA_SUBSISTEMA"])
def test_daylight_saving__of_2018_is_found_at_both_its_ends(table: Table, kind: str) -> None:
    assert found(table("SE"), "skipped_hours", kind).hours == 1
    ends = found(table("SE"), "repeated_hours", kind)
    assert [first for first, _ in ends.spans] == ["2018-02-17T23:00:00", "2019-02-16T23:00:00"]
    assert table("SE").frame.loc["2018-02-17 23:00"].isna()["carga_mw_subsistema"]


@pytest.mark.slow
def test_cmo__lacks_912_half_hours(table: Table) -> None:
    finding = found(table("SE"), "missing_stamps", "cmo_r_mwh")
    assert (finding.hours, len(finding.spans)) == (912, 15)
    assert finding.spans[0] == ("2020-05-17T00:00:00", "2020-05-17T23:30:00")


@pytest.mark.slow
def test_type_iii_plants__step_into_se(table: Table) -> None:
    finding = found(table("SE"), "definition_break", "geracao_termica_mw")
    assert finding.spans == (("2021-03-01T00:00:00", "2021-03-01T00:00:00"),)
    assert finding.largest == pytest.approx(1753, abs=5)


def test_radiation__is_censored_at_4000(table: Table) -> None:
    finding = found(table("SE"), "censored", "RADIACAO")
    assert finding.hours == 659
    hours = hours_of(finding.spans).hour
    assert hours.min() >= 8
    assert hours.max() <= 14
    assert finding.largest is not None
    assert 3900 < finding.largest < 4000


def test_sources__disagree_through_2022(table: Table) -> None:
    finding = found(table("SE"), "sources_disagree", "carga_balanco_mw")
    years = pd.Series(1, hours_of(finding.spans)).groupby(lambda hour: hour.year).sum()
    assert years.to_dict() == {2018: 24, 2019: 48, 2020: 96, 2021: 791, 2022: 3663}
    assert finding.largest == pytest.approx(1194.7, abs=0.1)


def test_wind_gauge__of_a701_stood_still_in_2021(table: Table) -> None:
    finding = found(table("SE"), "frozen", "VENTO")
    assert finding.largest == 1222
    assert {first[:4] for first, _ in finding.spans} == {"2021"}


def test_load__of_ne_jumps_in_the_blackout_of_2018(table: Table) -> None:
    hours = hours_of(found(table("NE"), "spike", "carga_mw_subsistema").spans)
    assert pd.Timestamp("2018-03-21 16:00") in hours
    assert pd.Timestamp("2018-08-25 23:00") in hours


@pytest.mark.slow
def test_clean_era__has_no_missing_load(table: Table) -> None:
    for subsystem in ("SE", "S"):
        assert table(subsystem).frame.loc["2019-03-01":, "carga_mw_subsistema"].notna().all()


def test_ccee__sample_is_read(real_files: Path) -> None:
    from hpo_exp.data.ccee import PRICE, read_price

    start, end = pd.Timestamp("2023-01-01"), pd.Timestamp("2023-12-31 23:00")
    reading = read_price(real_files, "SE", start, end)
    assert len(reading.frame) == 96
    assert set(reading.frame[PRICE]) == {69.04}
