"""The publishers' real files, where they are at hand beside the repository."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def real_files() -> Path:
    """Return the folder of the real files, or skip."""
    folder = Path(__file__).resolve().parents[2].parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the publishers' real files are not beside the repository (shared/data)")
    return folder
