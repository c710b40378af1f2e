"""Whatever is wrong with what a user gives: the command says so in one line and leaves nothing."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from hpo_exp.data.seed import make_seed_table
from hpo_exp.errors import ConfigError
from tests.data.publishers import data_config, load_cells, write_csv
from tests.tuning.composing import configured

ROOT = Path(__file__).parents[1]
SECONDS = 20
"""On a busy machine; what is refused before training takes less than one."""

Lines = list[str]

# `python -m hpo_exp.tune` again and again, each time in a process of its own that is forked from
# one that has imported what every run imports before it reads data: that takes most of the time.
FORKS = """
import gc, json, os, runpy, sys, threading, traceback
from hpo_exp.models.backend import select_backend
select_backend("jax", None)
from hpo_exp.tuning.session import Tracker, load_table, open_study
from tests.tuning.composing import configured

if os.fork() == 0:  # the databases that a run of the study leaves
    config = configured("data=seed", f"outputs={sys.argv[1]}")
    open_study(config, load_table(config.data).sha256)
    Tracker(config.tracking)
    sys.exit(0)
os.wait()
gc.freeze()

for line in sys.stdin:
    overrides, said, seconds = json.loads(line)
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        file = os.open(said, os.O_WRONLY | os.O_CREAT)
        os.dup2(file, 2)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.argv = ["tune", *overrides]
        status = 0
        try:
            runpy.run_module("hpo_exp.tune", run_name="__main__", alter_sys=True)
        except SystemExit as end:
            status = end.code
        except BaseException:
            traceback.print_exc()
            status = 99
        sys.stderr.flush()
        os._exit(status)  # to take the libraries down takes longer than all else
    timer = threading.Timer(seconds, os.killpg, (pid, 9))  # its workers, too
    timer.start()
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    timer.cancel()
    timer.join()
    print(status, flush=True)
"""


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both databases, once `forks` has run."""
    return tmp_path_factory.mktemp("stores")


@pytest.fixture(scope="module")
def forks(stores: Path) -> Iterator[subprocess.Popen[str]]:
    environment = {key: os.environ[key] for key in os.environ if key != "HPO_EXP_TRACEBACK"}
    with subprocess.Popen(
        [sys.executable, "-c", FORKS, str(stores)],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    return tmp_path / "outputs"


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with what settings point to by mistake."""
    folder = tmp_path / "here"
    (folder / "empty").mkdir(parents=True)
    (folder / "file").write_text("not a folder")
    cells = load_cells("2022-01-01", 48, N=5000.0)
    write_csv(cells, folder / "north" / "CURVA_CARGA_2022.csv")
    renamed = cells.rename(columns={"val_cargaenergiahomwmed": "mw"})
    write_csv(renamed, folder / "renamed" / "CURVA_CARGA_2022.csv")
    return folder


Refused = Callable[..., str]


@pytest.fixture
def refused(outputs: Path, tmp_path: Path, forks: subprocess.Popen[str]) -> Refused:
    """Run the command and return its one line, once all else is as it should be."""

    def run(*overrides: str) -> str:
        before = contents(outputs)
        said = tmp_path / "said.txt"
        assert forks.stdin
        assert forks.stdout
        request = [[f"outputs={outputs}", *overrides], str(said), SECONDS]
        forks.stdin.write(json.dumps(request) + "\n")
        forks.stdin.flush()
        status = int(forks.stdout.readline())
        assert status in (1, 2), said.read_text()
        assert contents(outputs) == before
        return one_line(said.read_text())

    return run


def one_line(said: str) -> str:
    (line,) = said.splitlines()
    assert line.startswith("hpo_exp: error: ")
    return line.removeprefix("hpo_exp: error: ")


def contents(folder: Path) -> dict[str, bytes]:
    """All below a folder but for locks, tables kept, and what SQLite has beside its databases."""
    return {
        path.relative_to(folder).as_posix() + "/" * path.is_dir(): (
            path.read_bytes() if path.is_file() else b""
        )
        for path in folder.rglob("*")
        if not path.name.endswith((".lock", "locks", "-wal", "-shm"))
        and path != folder / "cache"  # holds locks where there is no database to lie beside
        # What was read right is kept for the next run, whatever else was wrong with this one.
        and folder / "cache" / "tables" not in (path, *path.parents)
    }


def assert_says(line: str, *words: str) -> None:
    assert [word for word in words if word not in line] == [], line


# ---------------------------------------------------------------------------------- the settings


@pytest.mark.slow
@pytest.mark.parametrize(
    ("override", "words"),
    [
        # mistyped
        ("study.trails=3", ["study.trails", "did you mean study.trials?"]),
        ("study.trials", ["'study.trials'", "key=value"]),
        ("study.trials=many", ["study.trials is 'many'", "integer"]),
        ("dispatch=sead", ["dispatch=sead", "did you mean seed?"]),
        # forecasts of the weather that nobody gave
        ("features.weather_forecasts=[CHUVA]", ["weather_forecasts names CHUVA", "path to a file"]),
        # unknown subsystem
        ("data.subsystem=XX", ["data.subsystem", "choose SE"]),
        # minimum above maximum
        ("dispatch.hydro.minimum_mw=2000", ["dispatch.hydro", "minimum_mw 2000", "1500"]),
        ("search.learning_rate.low=1", ["search.learning_rate", "low 1", "high"]),
        ("data.start=2025-09-27", ["data", "start 2025-09-27", "is not before end"]),
        ("cv.test_start=2025-09-27", ["cv", "test_start 2025-09-27", "is after test_end"]),
        # a test period outside the data
        ("cv.test_end=2026-01-01", ["outside the data", "set cv.test_start and cv.test_end"]),
        ("cv.test_start=2019-01-01", ["outside the data", "set cv.test_start and cv.test_end"]),
        # a series too short for the folds
        ("cv.validation_hours=300", ["too short for the folds", "fewer cv.folds"]),
        # missing column
        ("features.past=[nivel]", ["features.past", "nivel", "carga_mw_subsistema"]),
        ("+features.publication_delay.nivel=1", ["features.publication_delay", "nivel"]),
        ("+dispatch.supply.nivel=1", ["dispatch.supply", "nivel"]),
        # options that nothing takes: found by the libraries, not by the schema
        ("+study.sampler_options.warmth=3", ["study.sampler_options", "warmth"]),
        ("+study.pruner_options.patience=3", ["study.pruner_options", "patience"]),
    ],
)
def test_settings(override: str, words: list[str], refused: Refused) -> None:
    assert_says(refused("data=seed", override), *words)


def test_unknown_subsystem__of_the_grid_is_one_mistake_though_much_depends_on_it(
    refused: Refused, here: Path
) -> None:
    said = refused("data=ons", f"data.root={here}", "data.subsystem=SO")
    assert_says(said, "data.subsystem is 'SO'", "choose N, NE, S, SE, SIN")


# -------------------------------------------------------------------------------------- the data


@pytest.fixture(scope="module")
def table() -> Lines:
    """The notebook's 720 hours as lines of CSV: the header and one line an hour."""
    config = data_config(None, source="seed", end=datetime(2025, 9, 26, 13))
    return make_seed_table(config).frame.reset_index().to_csv(index=False).splitlines()


def renamed(lines: Lines, name: str) -> Lines:
    """Return the lines with another header for a column."""
    assert name in lines[0]
    return [lines[0].replace(name, "outro"), *lines[1:]]


def with_cell(lines: Lines, number: int, cell: str) -> Lines:
    """Return the lines with another load in a line, counted from 1."""
    stamp, _, *others = lines[number - 1].split(",")
    return [*lines[: number - 1], ",".join((stamp, cell, *others)), *lines[number:]]


CHANGES: dict[str, tuple[Callable[[Lines], Lines], list[str]]] = {
    "duplicate": (lambda lines: lines[:6] + lines[5:], ["mine.csv, line 7", "there twice"]),
    "unordered": (
        lambda lines: [*lines[:10], lines[11], lines[10], *lines[12:]],
        ["mine.csv, line 12", "sort the file"],
    ),
    "non-numeric": (
        lambda lines: with_cell(lines, 100, "n/d"),
        ["mine.csv, column carga_mw_subsistema, line 100", "'n/d' is not a number"],
    ),
    "no load": (
        lambda lines: renamed(lines, "carga_mw_subsistema"),
        ["data.columns.load", "mine.csv does not have", "outro"],
    ),
    "no wind, which the dispatch needs": (
        lambda lines: renamed(lines, "geracao_eolica_mw"),
        ["dispatch=csv needs geracao_eolica_mw", "dispatch=none"],
    ),
    "too short": (lambda lines: lines[:1] + lines[-160:], ["too short for the folds", "cv.folds"]),
    "one hour": (lambda lines: lines[:1] + lines[-1:], ["outside the data", "cv.test_start"]),
    "no hour": (lambda lines: lines[:1], ["mine.csv", "none of its cells is a time"]),
    "binary": (lambda _: ["\0\x01\x02garbage"], ["mine.csv has no header"]),
    "cut off": (lambda lines: [*lines[:400], "2025-09-13"], ["mine.csv, line 401", "cells"]),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", CHANGES)
def test_csv(kind: str, table: Lines, refused: Refused, tmp_path: Path) -> None:
    change, words = CHANGES[kind]
    path = tmp_path / "mine.csv"
    path.write_text("\n".join(change(table)) + "\n")
    assert_says(refused("data=csv", f"data.path={path}", *PERIOD), *words)


PERIOD = ("cv.test_start=2025-09-20T23:00", "cv.test_end=2025-09-26T13:00")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["data=csv", "data.path={here}/none.csv", *PERIOD], ["data.path", "is no file"]),
        (["data=csv", "data.path={here}", *PERIOD], ["data.path", "is no file"]),
        (["data=ons", "data.root={here}/none"], ["data.root", "is no folder"]),
        (["data=ons", "data.root={here}/file"], ["data.root", "is no folder"]),
        (["data=ons", "data.root={here}/empty"], ["CURVA_CARGA_YYYY", "data.root"]),
        (
            ["data=ons", "data.root={here}/renamed"],
            ["CURVA_CARGA_2022.csv has no column val_cargaenergiahomwmed"],
        ),
        (["data=ons", "data.root={here}/north"], ["CURVA_CARGA_2022.csv", "subsystem SE"]),
        (
            ["data=ons", "data.root={here}/north", "data.subsystem=N"],
            ["test period", "outside the data", "2022-01-02 23:00:00"],
        ),
    ],
)
def test_folders(overrides: list[str], words: list[str], refused: Refused, here: Path) -> None:
    assert_says(refused(*(override.format(here=here) for override in overrides)), *words)


# ------------------------------------------------------------------------------- where things go

# No folder can be made in /proc, not even by root.
WITH_PROC = pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no /proc")


@pytest.mark.parametrize("place", ["{here}/file/outputs", "{here}/file", "/dev/null/outputs"])
def test_outputs__that_cannot_be_written(place: str, refused: Refused, here: Path) -> None:
    place = place.format(here=here)
    assert_says(refused("data=seed", f"outputs={place}"), "outputs cannot be written", place)


def test_outputs__that_are_empty_are_not_the_root_of_the_disk() -> None:
    # The databases' addresses would begin with `sqlite:////`, so the command itself is not run.
    with pytest.raises(ConfigError, match="outputs"):
        configured("data=seed", "outputs=''")


@WITH_PROC
def test_outputs__on_a_file_system_that_refuses_even_root(refused: Refused) -> None:
    assert_says(refused("data=seed", "outputs=/proc/outputs"), "outputs cannot be written")


@pytest.mark.slow
@pytest.mark.parametrize("key", ["study.storage", "tracking.uri"])
@pytest.mark.parametrize(
    ("uri", "culprit"),
    [
        ("sqlite:///{here}/file/x.db", "{here}/file"),
        ("sqlite:///{here}", "{here}"),
        ("nonsense://x", "nonsense"),
        pytest.param("sqlite:////proc/x/x.db", "/proc", marks=WITH_PROC),
    ],
)
def test_stores__that_cannot_be_opened(
    key: str, uri: str, culprit: str, refused: Refused, here: Path
) -> None:
    said = refused("data=seed", f"{key}='{uri.format(here=here)}'")
    assert said.startswith(key)
    assert_says(said, "cannot be", culprit.format(here=here))


@pytest.mark.parametrize("place", ["{here}/file", pytest.param("/proc", marks=WITH_PROC)])
def test_artifacts__which_are_written_last_are_checked_first(
    place: str, refused: Refused, here: Path
) -> None:
    place = place.format(here=here)
    said = refused("data=seed", f"tracking.artifacts={place}/x")
    assert said.startswith("tracking.artifacts")
    assert_says(said, "cannot be", place)


def garbage(whole: bytes) -> bytes:
    return (b"this is no database " * len(whole))[: len(whole)]


def torn(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


def scrambled(whole: bytes) -> bytes:
    """All but the first page, by which SQLite knows its own."""
    return whole[:4096] + garbage(whole[4096:])


DATABASES = {"optuna.db": "study.storage", "mlflow.db": "tracking.uri"}


@pytest.mark.slow
@pytest.mark.parametrize("damage", [garbage, torn, scrambled])
@pytest.mark.parametrize("name", DATABASES)
def test_damaged_database(
    name: str, damage: Callable[[bytes], bytes], stores: Path, outputs: Path, refused: Refused
) -> None:
    outputs.mkdir()
    for file in DATABASES:
        shutil.copy(stores / file, outputs / file)
    (outputs / name).write_bytes(damage((stores / name).read_bytes()))
    assert_says(refused("data=seed"), f"{DATABASES[name]}=sqlite:///{outputs}/{name}")


@pytest.mark.slow
@pytest.mark.parametrize("name", DATABASES)
def test_damaged_database__leaves_no_new_one_beside_it(
    name: str, outputs: Path, refused: Refused
) -> None:
    outputs.mkdir()
    (outputs / name).write_bytes(garbage(bytes(8192)))
    assert_says(refused("data=seed"), f"{DATABASES[name]}=sqlite:///{outputs}/{name}")


# --------------------------------------------------------------------------------- from outside


@pytest.mark.slow
def test_traceback__is_there_for_those_who_ask(table: Lines, outputs: Path) -> None:
    path = outputs.with_name("mine.csv")
    path.write_text("\n".join(with_cell(table, 100, "n/d")) + "\n")
    overrides = [f"outputs={outputs}", "data=csv", f"data.path={path}", *PERIOD]
    ended = subprocess.run(
        [sys.executable, "-m", "hpo_exp.tune", *overrides],
        cwd=ROOT,
        env={**os.environ, "HPO_EXP_TRACEBACK": "1"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1
    assert contents(outputs) == {}
    assert ended.stderr.startswith("Traceback")
    line = one_line(ended.stderr.splitlines()[-1])
    assert_says(line, "mine.csv", "line 100", "'n/d' is not a number")
