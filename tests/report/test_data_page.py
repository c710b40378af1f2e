"""The page about the data, and the report's section of it."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hpo_exp.data.findings import Finding, spans_of
from hpo_exp.data.provenance import describe
from hpo_exp.data.table import TARGET, HourlyTable, Provenance, SourceFile
from hpo_exp.report.data_page import render_data_page
from hpo_exp.report.data_texts import CHECKS
from hpo_exp.report.page import write_report
from tests.report.runs import write_run
from tests.report.test_page import said

FIGURES = (
    "coverage", "load_series", "levels", "daily_profile", "week_profile", "month_hour",
    "load_temperature",
)  # fmt: skip


def table(*, simulated: bool = False, temperature: bool = True) -> HourlyTable:
    index = pd.date_range("2021-01-01", periods=24 * 400, freq="h", name="timestamp")
    hours = np.arange(len(index))
    frame = pd.DataFrame({TARGET: 30000 + 4000 * np.sin(hours / 24)}, index=index)
    if temperature:
        frame["TEMP_BULB_SECO"] = 20 + 5 * np.sin(hours / 24)
    frame.iloc[100:110, 0] = np.nan
    middle = index[4000:4001]
    found = (
        Finding("spike", TARGET, 1, spans_of(middle), "kept", "a <b>spike</b>", 31000.0, "MW"),
        Finding("definition_break", TARGET, 1, spans_of(index[9000:9001]), "kept", "a break"),
        Finding("missing", TARGET, 700, spans_of(index[::13]), "kept", "many gaps"),
        Finding("gap", "TEMP_BULB_SECO", 10, spans_of(index[5:15]), "imputed", "ten filled"),
    )
    files = (SourceFile("ons/CURVA_CARGA_2021.csv", "ab" * 32, "https://ons.example/x.csv"),)
    return HourlyTable(
        frame, Provenance("ons", simulated, "SE", -3, files, ("a note",), found, {TARGET: "ONS"})
    )


def test_page__has_every_figure_and_finding() -> None:
    html = render_data_page(table())
    assert [name for name in FIGURES if f'id="chart-{name}"' not in html] == []
    text = said(html)
    assert "a <b>spike</b>" in text  # as text, not as markup
    assert "https://ons.example/x.csv" in text
    assert "ten filled" in text
    assert "439 stretches more" in text
    assert 'id="simulated"' not in html


def test_page__speaks_portuguese() -> None:
    text = said(render_data_page(table()), "pt")
    assert "pico isolado" in text
    assert "Horas por origem" in text


def test_page__says_that_data_are_simulated() -> None:
    assert "SIMULATED DATA" in said(render_data_page(table(simulated=True)))


def test_page__is_the_same_for_the_same_table() -> None:
    assert render_data_page(table()) == render_data_page(table())


def test_page__does_without_a_temperature() -> None:
    assert 'id="chart-load_temperature"' not in render_data_page(table(temperature=False))


def test_page__names_every_check() -> None:
    evidence = {"range", "frozen", "spike", "unit_jump", "censored", "sources_disagree"}
    reading = {"duplicates", "skipped_hours", "repeated_hours", "nonpositive_load", "load_api"}
    assert evidence | reading <= set(CHECKS)


# ------------------------------------------------------------------------ the report's section


@pytest.fixture
def data() -> dict[str, Any]:
    return describe(table())


def test_report__has_a_section_about_the_data(tmp_path: Path, data: dict[str, Any]) -> None:
    html = write_report(write_run(tmp_path / "run", data=data)).read_text(encoding="utf-8")
    assert 'id="data-quality"' in html
    assert "ten filled" in said(html)


def test_report__warns_of_a_test_period_across_a_break(
    tmp_path: Path, data: dict[str, Any]
) -> None:
    # The break of the table above is on 2022-01-11, the runs' test period begins with 2022.
    html = write_report(write_run(tmp_path / "run", data=data)).read_text(encoding="utf-8")
    assert 'id="test-breaks"' in html
    data["findings"] = [item for item in data["findings"] if item["check"] != "definition_break"]
    html = write_report(write_run(tmp_path / "other", data=data)).read_text(encoding="utf-8")
    assert 'id="test-breaks"' not in html


def test_report__of_a_run_without_it_goes_without(tmp_path: Path) -> None:
    html = write_report(write_run(tmp_path / "run")).read_text(encoding="utf-8")
    assert 'id="data-quality"' not in html
