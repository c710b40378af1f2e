from pathlib import Path

import pytest

from tests.export.trained import Trained, train, write


@pytest.fixture(scope="session")
def change() -> Trained:
    """A model of the change against the last hour, three steps ahead, that reads everything."""
    return train(
        "features.past=[carga_mw_subsistema,constant,TEMP_BULB_SECO]",
        "features.horizon=3",
        "features.reference=last_hour",
        "model.layers=2",
        "model.dropout=0.2",
        "model.level=window",
        "model.linear=hourly",
    )


@pytest.fixture(scope="session")
def direct() -> Trained:
    """A model of the load itself, one step ahead, that knows nothing ahead."""
    return train(
        "features.past=[carga_mw_subsistema,constant]",
        "features.reference=none",
        "features.calendar=[]",
        "features.ahead_lags=[]",
    )


@pytest.fixture(scope="session")
def change_bundle(change: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(change, tmp_path_factory.mktemp("change") / "best")


@pytest.fixture(scope="session")
def direct_bundle(direct: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(direct, tmp_path_factory.mktemp("direct") / "best")
