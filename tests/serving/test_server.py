"""The real server: started as users start it, under load while its champion changes."""

import json
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

from hpo_exp.config import TrackingConfig
from hpo_exp.errors import UserError
from hpo_exp.lifecycle.session import run_promotion
from hpo_exp.serving.config import ServeConfig
from hpo_exp.serving.server import run_server
from tests.promoting import NAME, ROOT, Plant, make_plant
from tests.serving.asking import question
from tests.serving.conftest import config

pytestmark = pytest.mark.slow

SWAPS = 3


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


def test_server__swaps_champions_under_load_and_survives_what_is_malformed(
    plant: Plant, tmp_path: Path
) -> None:
    body = tmp_path / "hours.json"
    body.write_text(json.dumps(question()))
    with serving(plant, "serving.poll_seconds=0.2") as (process, url):
        load = subprocess.Popen(
            [sys.executable, "scripts/load_test.py", url, str(body), "--rate=50", "--seconds=6"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for swap in range(SWAPS):
            wanted = 1 + swap % 2
            plant.registry.client.set_registered_model_alias(NAME, "champion", str(wanted))
            _await_version(url, wanted)
        found = json.loads(load.communicate(timeout=90)[0])
        _fuzz(url)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    assert found["statuses"] == {"200": 300}
    assert set(found["versions"]) == {"1", "2"}


def _fuzz(url: str) -> None:
    """The same as the 10,000 of docs/serving.md, and fewer."""
    fuzz = subprocess.run(
        [sys.executable, "scripts/fuzz_service.py", url, "--requests=150"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert fuzz.returncode == 0, fuzz.stderr
    assert json.loads(fuzz.stdout)["requests"] >= 150
    assert httpx.post(f"{url}/v1/forecast", json=question()).status_code == 200


def _await_version(url: str, version: int) -> None:
    for _ in range(300):
        if httpx.get(f"{url}/ready").json()["status"] == f"version {version}":
            return
        threading.Event().wait(0.05)
    raise AssertionError(f"version {version} is not taken up")


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"port": 70_000}, "port"),
        ({"host": "0.0.0.0"}, "can be reached from outside: set serving.token"),  # noqa: S104
        ({"host": "300.1.1.1", "token": "x"}, "cannot be listened on"),
        ({}, "tracking.uri"),
    ],
)
def test_serve__says_what_is_wrong(overrides: dict[str, object], said: str, tmp_path: Path) -> None:
    tracking = {"uri": "sqlite:///", "artifacts": "x", "experiment": "x", "ui": "x"}
    if overrides:
        tracking["uri"] = f"sqlite:///{tmp_path}/mlflow.db"
    with pytest.raises((ValueError, UserError), match=said):
        run_server(
            ServeConfig(
                serving=config(**overrides),
                tracking=TrackingConfig.model_validate(tracking),
                name="x",
                outputs=tmp_path,
            )
        )
