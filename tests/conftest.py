"""What tests of several stages share and is dear to make."""

from pathlib import Path

import pytest

from tests.promoting import tune_small


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small finished run on the notebook's data, its stores two folders above."""
    return tune_small(tmp_path_factory.mktemp("finished") / "outputs")
