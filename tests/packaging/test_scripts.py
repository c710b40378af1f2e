"""The set-up that scripts/ share, with a stand-in for uv that only writes down what it is told."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).parents[2]
UV = """\
    #!/usr/bin/env bash
    echo "$*" >>"$UV_LOG"
    case "$1" in
    venv) "$BASE_PYTHON" -m venv --without-pip "${@: -1}" ;;
    pip) sleep "${UV_SLEEP:-0}"; exit "${UV_STATUS:-0}" ;;
    esac
"""
TUNE = """\
    import os, sys
    print(os.getcwd(), sys.prefix, sys.argv[1:])
"""


class Checkout:
    """A small project with the real scripts, in a folder with a space in its name."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "a checkout"
        self.log = folder / "uv.log"
        self.log.touch()
        self.caller = folder / "caller"
        self.caller.mkdir()
        (self.root / "hpo_exp").mkdir(parents=True)
        (self.root / "hpo_exp" / "tune.py").write_text(dedent(TUNE))
        (self.root / "pyproject.toml").touch()
        (self.root / "requirements.lock").write_text("nothing==1.0\n")
        shutil.copytree(ROOT / "scripts", self.root / "scripts")
        tools = folder / "bin"
        tools.mkdir()
        (tools / "uv").write_text(dedent(UV))
        (tools / "uv").chmod(0o755)
        (tools / "python3").symlink_to(sys.executable)
        self.environment = os.environ | {
            "PATH": f"{tools}:{os.environ['PATH']}",
            "BASE_PYTHON": sys.executable,
            "UV_LOG": str(self.log),
            "PYTHONPATH": str(self.root),  # in place of the editable installation
        }

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(self.root / "scripts" / "tune"), *arguments],
            cwd=self.caller,
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def tune(self, *arguments: str, **environment: str) -> tuple[int, str, str]:
        process = self.start(*arguments, **environment)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def calls(self) -> list[str]:
        """Return what uv was told since the last time, without arguments."""
        said = [line.split()[0] for line in self.log.read_text().splitlines()]
        self.log.write_text("")
        return said


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


EVERYTHING = ["venv", "pip", "pip"]  # the lock file, then the project


def test_tune__runs_in_the_callers_folder_with_its_arguments(checkout: Checkout) -> None:
    status, out, err = checkout.tune("study.name=a b", "--help")
    expected = f"{checkout.caller} {checkout.venv} ['study.name=a b', '--help']\n"
    assert (status, out) == (0, expected)
    assert err == "hpo_exp: installing into .venv (once, a minute or two)\n"


def test_setup__installs_nothing_the_second_time(checkout: Checkout) -> None:
    checkout.tune()
    assert checkout.calls() == EVERYTHING
    status, _, err = checkout.tune()
    assert (status, err, checkout.calls()) == (0, "", [])


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_setup__installs_again_when_the_requirements_change(checkout: Checkout, name: str) -> None:
    checkout.tune()
    (checkout.root / name).write_text("changed\n")
    checkout.calls()
    checkout.tune()
    assert checkout.calls() == ["pip", "pip"]


def test_setup__starts_over_after_a_failure(checkout: Checkout) -> None:
    status, out, err = checkout.tune(UV_STATUS="1")
    assert (status, out) == (1, "")
    assert "installation into .venv failed" in err
    checkout.calls()
    status, _, _ = checkout.tune()
    assert (status, checkout.calls()) == (0, EVERYTHING)


def test_setup__replaces_an_environment_without_python(checkout: Checkout) -> None:
    checkout.tune()
    (checkout.venv / "bin" / "python").unlink()
    checkout.calls()
    status, _, _ = checkout.tune()
    assert (status, checkout.calls()) == (0, EVERYTHING)


def test_setup__starts_over_in_a_copied_checkout(checkout: Checkout, tmp_path: Path) -> None:
    checkout.tune()
    checkout.root.rename(tmp_path / "moved")
    checkout.root = tmp_path / "moved"
    checkout.environment["PYTHONPATH"] = str(checkout.root)
    checkout.calls()
    status, out, _ = checkout.tune()
    assert (status, checkout.calls()) == (0, EVERYTHING)
    assert str(checkout.venv) in out


def test_setup__installs_once_for_two_at_a_time(checkout: Checkout) -> None:
    both = [checkout.start(UV_SLEEP="0.5") for _ in range(2)]
    said = [process.communicate(timeout=60)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert checkout.calls() == EVERYTHING
    assert sorted(text.split()[1] for text in said) == ["installing", "waiting"]


def test_setup__says_which_python_is_needed(checkout: Checkout, tmp_path: Path) -> None:
    tools = tmp_path / "few tools"
    tools.mkdir()
    for name in ("bash", "cat", "dirname"):
        found = shutil.which(name)
        assert found is not None
        (tools / name).symlink_to(found)
    status, _, err = checkout.tune(PATH=str(tools))
    assert status == 1
    assert err.startswith("hpo_exp: Python 3.11, 3.12 or 3.13 is needed")
    assert err.count("\n") == 1
