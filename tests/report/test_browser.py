"""The pages in a real browser: drawn, quiet, without a network, at a desk and on a phone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hpo_exp.report.compare import write_comparison
from hpo_exp.report.data_page import write_data_page
from hpo_exp.report.page import write_report
from tests.report.runs import write_run
from tests.report.test_data_page import table

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = Path("/usr/bin/chromium")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.is_file(), reason=f"there is no {CHROMIUM}"),
]

# What each chart shows, if anything: marks drawn, and the box they are drawn in.
DRAWN = """charts => charts.map(chart => {
  const box = chart.getBoundingClientRect();
  const marks = chart.querySelectorAll(
    ".scatterlayer path, .barlayer path, .waterfalllayer path, .heatmaplayer image, "
    + ".heatmaplayer path").length;
  return [chart.id, marks, box.width, box.height];
})"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("runs")
    runs = [
        write_run(folder / "year", name="year", hours=8760, horizon=3),
        write_run(folder / "short", name="short", hours=135, changes={"data.simulated": True}),
    ]
    reports = {run.name: write_report(run) for run in runs}
    reports["data"] = write_data_page(table(), folder / "data.html")
    return {**reports, "comparison": write_comparison(runs, folder / "comparison.html")}


class Visit:
    """A page opened in the browser, and what it did that it should not."""

    def __init__(self, browser: Any, path: Path, width: int, anchor: str = "") -> None:
        phone = width < 500
        self.context = browser.new_context(
            viewport={"width": width, "height": 800}, is_mobile=phone, has_touch=phone
        )
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri() + anchor)
        self.page.wait_for_selector("body[data-ready=true]", timeout=120_000)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", ["year", "short", "comparison", "data"])
def test_page__draws_every_figure_quietly(
    browser: Any, pages: dict[str, Path], name: str, width: int
) -> None:
    visit = Visit(browser, pages[name], width)
    drawn = visit.page.eval_on_selector_all(".chart", DRAWN)
    assert len(drawn) >= 3
    assert [chart for chart in drawn if min(chart[1:]) == 0] == []
    assert visit.complaints == []
    assert [url for url in visit.requests if not url.startswith(("file:", "data:"))] == []
    assert len([url for url in visit.requests if url.startswith("file:")]) == 1
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
    visit.context.close()


def test_page__changes_its_language(browser: Any, pages: dict[str, Path]) -> None:
    visit = Visit(browser, pages["year"], 1280)
    page = visit.page
    heading = page.locator("#leaderboard h2")
    legend = page.locator("#chart-forecast .legendtext").first
    assert (heading.inner_text(), legend.inner_html()) == ("Leaderboard", "actual load")
    page.get_by_role("button", name="Português").click()
    page.wait_for_function(
        "document.querySelector('#chart-forecast .legendtext').textContent === 'carga verificada'"
    )
    assert heading.inner_text() == "Classificação"
    assert page.locator("html").get_attribute("lang") == "pt-BR"
    ticks = page.locator("#chart-forecast .yaxislayer-above text").all_text_contents()
    assert any("." in tick for tick in ticks)
    assert not any("," in tick for tick in ticks)
    assert page.locator("select option").all_text_contents()[0] == "modelo"
    assert visit.complaints == []
    visit.context.close()


def test_page__opens_in_portuguese_by_its_address(browser: Any, pages: dict[str, Path]) -> None:
    visit = Visit(browser, pages["short"], 390, anchor="#pt")
    assert visit.page.locator("#simulated strong").inner_text() == "DADOS SIMULADOS"
    visit.context.close()


def test_page__zooms_and_fits_the_vertical_axis(browser: Any, pages: dict[str, Path]) -> None:
    visit = Visit(browser, pages["year"], 1280)
    page = visit.page
    span = "(() => { const [a, b] = document.getElementById('chart-hydro').layout.xaxis.range;"
    hours = f"{span} return (Date.parse(b) - Date.parse(a)) / 3600e3; }})()"
    figure = page.locator("figure[data-chart=chart-hydro]")
    assert page.evaluate(hours) == 336
    figure.get_by_role("button", name="last week").click()
    page.wait_for_function(f"{hours} === 168")
    figure.get_by_role("button", name="earlier").click()
    page.wait_for_function(f"{hours} === 168")
    last = "document.getElementById('chart-hydro').layout.xaxis.range[1].slice(0, 10)"
    page.wait_for_function(f"{last} === '2022-12-24'")
    figure.locator("[data-day]").fill("2022-03-08")
    page.wait_for_function(f"{hours} === 23")
    day = "document.getElementById('chart-hydro').layout.xaxis.range[0].slice(0, 10)"
    assert page.evaluate(day) == "2022-03-08"
    figure.locator("select").select_option("ridge")
    shown = (
        "document.getElementById('chart-hydro').data"
        ".filter(t => t.meta.policy && t.visible === true).map(t => t.meta.policy).join()"
    )
    page.wait_for_function(f"{shown} === 'ridge,ridge'")
    assert visit.complaints == []
    visit.context.close()
