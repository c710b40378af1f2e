from pathlib import Path

import pytest

from tests.promoting import Plant, make_plant


@pytest.fixture
def plant(finished_run: Path, tmp_path: Path) -> Plant:
    return make_plant(finished_run, tmp_path / "outputs")
