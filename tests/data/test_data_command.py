"""`python -m hpo_exp.data` as a user types it."""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.data.publisher_server import PublisherServer, running_server, status
from tests.data.publishers import load_cells, write_csv

ROOT = Path(__file__).parents[2]


def command(*overrides: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "hpo_exp.data", *overrides],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    write_csv(load_cells("2022-05-01", 72, N=5000.0), tmp_path / "raw" / "CURVA_CARGA_2022.csv")
    return tmp_path / "raw"


@pytest.mark.slow
@pytest.mark.usefixtures("raw")
def test_command__writes_the_product_and_nothing_else(tmp_path: Path) -> None:
    done = command("data=ons", "data.root=raw", "data.subsystem=N", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "72 hours" in done.stdout
    folder = tmp_path / "outputs" / "data" / "ons_N"
    assert sorted(path.name for path in folder.iterdir()) == [
        "dados_hpo_integrados_20220503.csv",
        "dados_hpo_integrados_20220503.parquet",
        "index.html",
        "manifest.json",
        "quality.json",
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["outputs", "raw"]
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    again = command("data.root=raw", "data.subsystem=N", "show=hours", folder=tmp_path)
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    assert again.stdout.startswith("data ons, subsystem N")


@pytest.mark.slow
@pytest.mark.usefixtures("raw")
@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ((), ["data.root is not set"]),
        (("data.root=raw", "data.subsystem=X"), ["data.subsystem", "choose N, NE, S, SE, SIN"]),
        (("data.root=raw", "+data.rot=3"), ["unknown key data.rot", "data.root"]),
        (("data.root=nowhere", "data.subsystem=N"), ["nowhere", "no folder"]),
        (("data=demo", "+data.download=true"), ["download", "data=ons"]),
        (("data.root=raw", "show=all"), ["show", "summary"]),
        (
            ("data.root=raw", "data.quality.repairs.gap_columns=[carga_mw_subsistema]"),
            ["never imputed"],
        ),
    ],
)
def test_command__says_in_one_line_what_is_wrong(
    overrides: tuple[str, ...], words: list[str], tmp_path: Path
) -> None:
    done = command(*overrides, folder=tmp_path)
    assert done.returncode in (1, 2)
    (line,) = done.stderr.splitlines()
    assert line.startswith("hpo_exp: error: ")
    assert [word for word in words if word not in line] == [], line
    assert not (tmp_path / "outputs").exists()


def served(server: PublisherServer) -> list[str]:
    return [
        "data.download=true",
        "data.root=fetched",
        "data.subsystem=N",
        "data.kinds=[]",
        "data.start=2022-05-01",
        "data.end=2022-05-03T23:00",
        f"data.publishers.load.url='{server.url}/{{year}}/CURVA_CARGA_{{year}}.csv'",
        "data.publishers.http.wait_s=0.01",
    ]


@pytest.mark.slow
def test_command__downloads_when_told_to(tmp_path: Path) -> None:
    body = load_cells("2022-05-01", 72, N=5000.0).to_csv(sep=";", index=False).encode()
    with running_server() as server:
        path = "/2022/CURVA_CARGA_2022.csv"
        server.files[path] = body
        server.script[path] = [status(503)]
        done = command(*served(server), folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "fetched" / "ons" / "CURVA_CARGA_2022.csv").read_bytes() == body
    quality = json.loads((tmp_path / "outputs" / "data" / "ons_N" / "quality.json").read_text())
    assert quality["files"][0]["url"].startswith("http://127.0.0.1")


@pytest.mark.slow
def test_command__is_quick_and_light(real_files: Path, tmp_path: Path) -> None:
    overrides = ("data=ons", f"data.root={real_files}", "data.subsystem=SE")
    seconds = []
    for _ in range(2):
        started = time.monotonic()
        done = command(*overrides, folder=tmp_path)
        seconds.append(time.monotonic() - started)
        assert done.returncode == 0, done.stderr
    peak_mib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"built in {seconds[0]:.1f} s, again in {seconds[1]:.1f} s, {peak_mib:.0f} MiB")
    assert seconds[0] < 15
    assert seconds[1] < 3
    assert peak_mib < 1024
