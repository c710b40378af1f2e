"""The page about a table: coverage, findings, breaks, profiles, load against temperature."""

import math
from pathlib import Path

from hpo_exp.data.provenance import describe
from hpo_exp.data.table import TARGET, HourlyTable
from hpo_exp.files import write_text
from hpo_exp.report.data_figures import data_figures
from hpo_exp.report.data_section import coverage_rows, shown_findings
from hpo_exp.report.headline import Tile
from hpo_exp.report.language import Text, number
from hpo_exp.report.page import render
from hpo_exp.report.texts import SOURCES, TEXTS


def write_data_page(table: HourlyTable, page: Path) -> Path:
    """Write the page as one self-contained HTML file, and return its path."""
    write_text(page, render_data_page(table))
    return page


def render_data_page(table: HourlyTable) -> str:
    """The page as HTML; the same table makes the same page, byte by byte."""
    description = describe(table)
    source = description["source"]
    context = {
        "data": description,
        "source": SOURCES.get(source, Text(source, source)),
        "tiles": _tiles(table),
        "coverage": coverage_rows(description),
        "findings": shown_findings(description),
        "figures": data_figures(table),
    }
    return render("data.html.j2", context)


def _tiles(table: HourlyTable) -> list[Tile]:
    frame, found = table.frame, table.provenance.findings
    missing = int(frame[TARGET].isna().sum())
    imputed = sum(item.hours for item in found if item.action == "imputed")
    faults = [item for item in found if item.check != "missing"]
    share = math.floor(10_000 * (1 - missing / len(frame))) / 100  # 100 % means all of them
    return [
        Tile(
            TEXTS["data_tiles_hours"], number(len(frame), ",d"), "",
            TEXTS["columns_count"].with_values(count=frame.shape[1]),
        ),
        Tile(
            TEXTS["data_tiles_load"], number(share, ".2f"), "%",
            TEXTS["hours_missing"].with_values(count=missing),
        ),
        Tile(
            TEXTS["data_tiles_faults"], number(len(faults), ",d"), "", TEXTS["beside_missing"]
        ),
        Tile(
            TEXTS["data_tiles_imputed"], number(imputed, ",d"), "",
            TEXTS["of_values"].with_values(count=int(frame.size)),
        ),
    ]  # fmt: skip
