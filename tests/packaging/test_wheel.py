import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


def build(source: Path, target: str, directory: Path) -> Path:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(directory)],
        cwd=source,
        check=True,
        capture_output=True,
    )
    (built,) = directory.iterdir()
    return built


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what a wheel holds that was built from the sdist, not from the checkout."""
    folder = tmp_path_factory.mktemp("packaging")
    shutil.unpack_archive(build(ROOT, "sdist", folder / "sdist"), folder / "source", filter="data")
    (source,) = (folder / "source").iterdir()
    shutil.unpack_archive(build(source, "wheel", folder / "wheel"), folder / "installed", "zip")
    return folder / "installed"


def names(conf: Path) -> set[str]:
    return {str(path.relative_to(conf)) for path in conf.rglob("*.yaml")}


def test_wheel__holds_the_whole_configuration(installed: Path) -> None:
    assert names(installed / "hpo_exp" / "conf") == names(ROOT / "conf")


def test_wheel__leaves_no_folder_beside_the_package(installed: Path) -> None:
    (metadata,) = installed.glob("hpo_exp-*.dist-info")
    assert {path.name for path in installed.iterdir()} == {"hpo_exp", metadata.name}


def test_command__finds_the_packaged_configuration(installed: Path, tmp_path: Path) -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(installed)!r})\n"
        "from hpo_exp.command import CONFIG_DIRECTORY; print(CONFIG_DIRECTORY)"
    )
    said = subprocess.run(
        [sys.executable, "-I", "-c", program],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    assert Path(said.stdout.strip()) == (installed / "hpo_exp" / "conf").resolve()
