"""`--multirun`: scenarios with names of their own, and the page that compares them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TINY = ("experiment=seed", "trainer.epochs=1", "executor=serial", "variants={}")


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> str:
    """JAX's compiled programs, shared to save time: they are the same whoever compiled them."""
    return f"trainer.compilation_cache={tmp_path_factory.mktemp('compiled')}"


def run(module: str, *overrides: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", module, *overrides],
        cwd=ROOT,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.slow
def test_multirun__keeps_scenarios_apart_and_a_page_compares_them(
    tmp_path: Path, compiled: str
) -> None:
    scenarios = (*TINY, compiled, "dispatch=none", "features.reference=last_hour,none")
    run("hpo_exp.tune", "-m", *scenarios, f"outputs={tmp_path}")
    studies = sorted(path.name for path in tmp_path.glob("notebook_*"))
    assert len(studies) == 2
    assert all("features.reference=" in study for study in studies)
    for study in studies:
        (found,) = (tmp_path / study).rglob("metrics.json")
        assert json.loads(found.read_text())["study"]["name"] == study
    # The same command again has nothing to do, and leaves nothing.
    again = run("hpo_exp.tune", "-m", *scenarios, f"outputs={tmp_path}")
    assert again.count("nothing is left to do") == 2
    assert all(len(list((tmp_path / study).iterdir())) == 1 for study in studies)
    page = tmp_path / "comparison.html"
    runs = ",".join(f'"{tmp_path / study}"' for study in studies)
    run("hpo_exp.report", f"runs=[{runs}]", f"output={page}")
    text = page.read_text()
    assert all(study in text for study in studies)


@pytest.mark.slow
def test_finished_study__is_evaluated_anew_when_the_evaluation_changes(
    tmp_path: Path, compiled: str
) -> None:
    run("hpo_exp.tune", *TINY, compiled, f"outputs={tmp_path}")
    said = run("hpo_exp.tune", *TINY, compiled, f"outputs={tmp_path}", "dispatch=none")
    assert "evaluated anew" in said
    newest = max(tmp_path.rglob("metrics.json"), key=lambda path: path.stat().st_mtime)
    metrics = json.loads(newest.read_text())
    assert "dispatch" not in metrics
    assert metrics["study"]["trials"] == {"complete": 1, "pruned": 0, "failed": 0}
