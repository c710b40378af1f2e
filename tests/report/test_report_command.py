import subprocess
import sys
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir

from hpo_exp.command import CONFIG_DIRECTORY, read_config
from hpo_exp.report.config import ReportConfig
from tests.report.runs import write_run

ROOT = Path(__file__).parents[2]


def report(folder: Path, *overrides: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hpo_exp.report", *overrides],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
        capture_output=True,
        text=True,
    )


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_conf__of_the_report_validates() -> None:
    with initialize_config_dir(str(CONFIG_DIRECTORY), version_base="1.3"):
        composed = compose("report", ["runs=[outputs/one]"])
    config = read_config(composed, ReportConfig)
    assert config.runs == [Path("outputs/one")]
    assert config.output == Path("outputs/comparison.html")


@pytest.mark.slow
def test_report__rebuilds_one_run_and_leaves_nothing_else(tmp_path: Path) -> None:
    write_run(tmp_path / "outputs" / "study" / "run", hours=48)
    before = files(tmp_path)
    done = report(tmp_path, "runs=[outputs/study]")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "report: outputs/study/run/report/index.html\n"
    assert files(tmp_path) - before == {"outputs/study/run/report/index.html"}


@pytest.mark.slow
def test_report__compares_several_runs(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_run(tmp_path / name, name=name, hours=48)
    before = files(tmp_path)
    done = report(tmp_path, "runs=[one,two]", "output=pages/both.html")
    assert done.returncode == 0, done.stderr
    pages = {"one/report/index.html", "two/report/index.html", "pages/both.html"}
    assert files(tmp_path) - before == pages
    assert done.stdout.splitlines()[-1] == "comparison: pages/both.html"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("overrides", "status", "said"),
    [
        ((), 2, "runs is not set"),
        (("runs=[]",), 2, "runs is []"),
        (("runs=[nowhere]",), 1, "there is no folder nowhere"),
        (("runs=[.]",), 1, "holds no finished run"),
    ],
)
def test_report__names_a_mistake_in_one_line(
    tmp_path: Path, overrides: tuple[str, ...], status: int, said: str
) -> None:
    done = report(tmp_path, *overrides)
    assert done.returncode == status
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert files(tmp_path) == set()
