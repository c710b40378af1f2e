"""The real server: started as users start it, under load while its champion changes."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from hpo_exp.lifecycle.session import run_promotion
from tests.promoting import NAME, ROOT, Plant, make_plant
from tests.serving.asking import question

pytestmark = pytest.mark.slow

SWAPS = 4


@contextmanager
def serving(plant: Plant, *overrides: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The service in a process of its own, and its address once it is ready."""
    command = [sys.executable, "-m", "hpo_exp.serve", f"name={NAME}", f"outputs={plant.outputs}"]
    process = subprocess.Popen(
        [*command, "serving.port=0", "serving.stale_hours=null", *overrides],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout
        lines = []
        while found := process.stdout.readline():
            lines.append(found)
            if re.search(r"version \d+ of .* serves", found):
                break
        address = re.search(r"http://\S+", "".join(lines))
        assert address, lines
        threading.Thread(target=process.stdout.read, daemon=True).start()
        yield process, address[0]
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def plant(finished_run: Path, tmp_path: Path) -> Plant:
    plant = make_plant(finished_run, tmp_path / "outputs")
    run_promotion(plant.config())
    run_promotion(plant.config(f"run={plant.variant('second')}"))
    return plant


def test_server__swaps_champions_under_load_without_a_failed_request(
    plant: Plant, tmp_path: Path
) -> None:
    body = tmp_path / "hours.json"
    body.write_text(json.dumps(question()))
    with serving(plant, "serving.poll_seconds=0.2") as (process, url):
        load = subprocess.Popen(
            [sys.executable, "scripts/load_test.py", url, str(body), "--rate=50", "--seconds=8"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for swap in range(SWAPS):
            wanted = 1 + swap % 2
            plant.registry.client.set_registered_model_alias(NAME, "champion", str(wanted))
            _await_version(url, wanted)
        found = json.loads(load.communicate(timeout=90)[0])
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    assert found["statuses"] == {"200": 400}
    assert set(found["versions"]) == {"1", "2"}


def _await_version(url: str, version: int) -> None:
    for _ in range(300):
        if httpx.get(f"{url}/ready").json()["status"] == f"version {version}":
            return
        threading.Event().wait(0.05)
    raise AssertionError(f"version {version} is not taken up")


def test_server__survives_what_no_description_leads_to(plant: Plant) -> None:
    """The same as the 10,000 of docs/serving.md, and fewer."""
    with serving(plant) as (process, url):
        fuzz = subprocess.run(
            [sys.executable, "scripts/fuzz_service.py", url, "--requests=300"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert fuzz.returncode == 0, fuzz.stderr
        assert json.loads(fuzz.stdout)["requests"] >= 300
        assert httpx.post(f"{url}/v1/forecast", json=question()).status_code == 200
        assert process.poll() is None


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["serving.host=0.0.0.0"], "can be reached from outside: set serving.token"),
        (["serving.host=300.1.1.1", "serving.token=x"], "cannot be listened on"),
        (["tracking.uri=sqlite:///"], "tracking.uri"),
    ],
)
def test_serve__says_in_one_line_what_is_wrong(
    overrides: list[str], said: str, tmp_path: Path
) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "hpo_exp.serve", "name=x", f"outputs={tmp_path}", *overrides],
        cwd=ROOT,
        env={**os.environ, "HPO_EXP_TOKEN": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode in (1, 2)
    assert said in ended.stderr
    assert ended.stderr.count("\n") == 1
