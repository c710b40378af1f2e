"""What code produced a result: the revision of this project and the versions of its libraries."""

import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from hpo_exp import __version__

PACKAGES = (
    "keras", "jax", "tensorflow-cpu", "tensorflow", "optuna", "mlflow", "scikit-learn",
    "pandas", "numpy",
)  # fmt: skip


def code_revision() -> str:
    """The checkout's commit, marked where files have changed since; else the version."""
    folder = Path(__file__).parent
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],  # noqa: S607 - git from PATH
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return f"version {__version__}"
    return described.stdout.strip()


def package_versions() -> dict[str, str]:
    """Installed versions of the libraries that shape a number."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
