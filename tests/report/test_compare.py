import re
from pathlib import Path

import pytest

from hpo_exp.report.compare import write_comparison
from hpo_exp.report.page import write_report
from hpo_exp.report.run_files import RunError, find_runs
from tests.report.runs import write_run
from tests.report.test_page import said

OTHER_DATA = {"data.sha256": "ef" * 32, "data.subsystem": "NE"}


def compare(folders: list[Path], page: Path) -> str:
    return write_comparison(folders, page).read_text(encoding="utf-8")


def test_comparison__links_each_report_from_where_it_stands(tmp_path: Path) -> None:
    runs = [write_run(tmp_path / f"study={n}" / "run", name=f"study={n}") for n in (1, 2)]
    pages = [write_report(run) for run in runs]
    html = compare(runs, tmp_path / "pages" / "comparison.html")
    links = re.findall(r'href="([^"]+index\.html)"', html)
    assert links == [
        "../study%3D1/run/report/index.html",
        "../study%3D2/run/report/index.html",
    ]
    assert all(page.is_file() for page in pages)


def test_comparison__draws_skill_regret_and_steps(tmp_path: Path) -> None:
    runs = [
        write_run(tmp_path / "one", name="one", horizon=3),
        write_run(tmp_path / "two", name="two", horizon=2),
    ]
    html = compare(runs, tmp_path / "comparison.html")
    for figure in ("compare_skill", "compare_regret", "compare_steps"):
        assert f'id="chart-{figure}"' in html
    assert "different steps" in said(html)


def test_comparison__says_where_data_and_periods_differ(tmp_path: Path) -> None:
    runs = [
        write_run(tmp_path / "one", name="one", hours=100),
        write_run(tmp_path / "two", name="two", hours=200, changes=OTHER_DATA),
    ]
    text = said(compare(runs, tmp_path / "comparison.html"))
    assert "numbers in MW compare only within one data set" in text
    assert "test periods differ" in text
    assert "compare directly" not in text


def test_comparison__says_where_runs_compare_directly(tmp_path: Path) -> None:
    runs = [write_run(tmp_path / name, name=name) for name in ("one", "two")]
    text = said(compare(runs, tmp_path / "comparison.html"))
    assert "their numbers compare directly" in text
    assert "differ:" not in text


def test_comparison__marks_simulated_runs(tmp_path: Path) -> None:
    runs = [
        write_run(tmp_path / "one", name="one"),
        write_run(tmp_path / "two", name="two", changes={"data.simulated": True}),
    ]
    html = compare(runs, tmp_path / "comparison.html")
    assert 'id="simulated"' in html
    assert "Runs on simulated data: 1 of 2." in said(html)


def test_comparison__tells_runs_of_one_study_apart(tmp_path: Path) -> None:
    runs = [write_run(tmp_path / name) for name in ("2026-11-01_00-00-00", "2026-11-02_00-00-00")]
    text = said(compare(runs, tmp_path / "comparison.html"))
    assert "study 2026-11-01_00-00-00" in text


def test_comparison__does_without_skill_and_dispatch(tmp_path: Path) -> None:
    changes = {"test.model.skill": None}
    runs = [
        write_run(tmp_path / name, name=name, dispatch=False, changes=changes)
        for name in ("one", "two")
    ]
    html = compare(runs, tmp_path / "comparison.html")
    assert "chart-compare_skill" not in html
    assert "chart-compare_regret" not in html
    assert "None" not in said(html)


def test_find__takes_a_studys_newest_finished_run(tmp_path: Path) -> None:
    study = tmp_path / "study"
    write_run(study / "2026-11-01_00-00-00")
    newest = write_run(study / "2026-11-02_00-00-00")
    (study / "2026-11-03_00-00-00").mkdir()  # unfinished
    assert find_runs(study) == [newest]


def test_find__takes_each_study_of_a_multirun(tmp_path: Path) -> None:
    runs = [write_run(tmp_path / str(n), name=f"study_{n}", hours=24) for n in (0, 2, 10)]
    assert find_runs(tmp_path) == runs


@pytest.mark.parametrize("folder", ["", "nowhere"])
def test_find__says_where_there_is_no_run(tmp_path: Path, folder: str) -> None:
    with pytest.raises(RunError, match=re.escape(str(tmp_path / folder))):
        find_runs(tmp_path / folder)
