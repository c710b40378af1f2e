"""One object in several processes, and its arrays in the memory of none."""

import mmap
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hpo_exp.config import ExecutorConfig
from hpo_exp.tuning.shared_memory import ALIGNMENT, SharedObject
from hpo_exp.tuning.worker_pool import WorkerPool
from tests.tuning import chores

CONFIG = ExecutorConfig(kind="processes", workers=1, fold_seconds=None, recycle_folds=300)
HOURS = pd.date_range("2020-01-01", periods=5000, freq="h")

ARRAYS = {
    "rows": np.arange(12_000.0).reshape(3000, 4),
    "columns": np.asfortranarray(np.arange(12_000.0).reshape(3000, 4)),
    "strided": np.arange(12_000.0).reshape(3000, 4)[::2, 1],
    "flags": np.arange(3001) % 3 == 0,
    "hours": HOURS.to_numpy(),
    "spans": HOURS.to_numpy() - HOURS.to_numpy()[0],
    "scalar": np.array(3.0),
    "empty": np.zeros((0, 4)),
}


@contextmanager
def shared(value: Any) -> Iterator[Any]:
    with closing(SharedObject(value)) as contents:
        yield contents.load()


def owner(array: np.ndarray) -> Any:
    """What an array's memory belongs to."""
    base: Any = array
    while not isinstance(base, mmap.mmap):
        base = base.obj if isinstance(base, memoryview) else base.base
        assert base is not None
    return base


@pytest.mark.parametrize("name", ARRAYS)
def test_shared_object__holds_an_array_as_it_was(name: str) -> None:
    with shared(ARRAYS[name]) as array:
        np.testing.assert_array_equal(array, ARRAYS[name])
        assert array.dtype == ARRAYS[name].dtype
        assert array.shape == ARRAYS[name].shape


@pytest.mark.parametrize("name", set(ARRAYS) - {"empty"})
def test_shared_object__maps_an_array_read_only(name: str) -> None:
    with shared(ARRAYS) as arrays:
        assert isinstance(owner(arrays[name]), mmap.mmap)
        assert arrays[name].ctypes.data % ALIGNMENT == 0
        assert not arrays[name].flags.writeable
        with pytest.raises(ValueError, match="read-only"):
            arrays[name][...] = ARRAYS[name]


def test_shared_object__maps_a_tables_hours_and_columns() -> None:
    table = pd.DataFrame({"load": np.arange(5000.0), "cool": np.arange(5000.0)}, index=HOURS)
    with shared((HOURS, table)) as (hours, columns):
        pd.testing.assert_index_equal(hours, HOURS)
        pd.testing.assert_frame_equal(columns, table)
        assert hours.freq == HOURS.freq
        assert isinstance(owner(hours.to_numpy()), mmap.mmap)
        assert isinstance(owner(columns["load"].to_numpy()), mmap.mmap)


def test_shared_object__keeps_one_object_one() -> None:
    with shared([ARRAYS["rows"], ARRAYS["rows"]]) as (first, second):
        assert first is second


def test_shared_object__outlives_its_file() -> None:
    with shared(ARRAYS["rows"]) as array:
        pass
    np.testing.assert_array_equal(array, ARRAYS["rows"])


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="needs Linux's /proc")
def test_workers__hold_no_copy_of_what_they_share() -> None:
    array = np.ones(8 * 2**20)  # 64 MiB
    with closing(WorkerPool(chores.call, array, CONFIG)) as pool:
        total, anonymous = pool.submit(chores.anonymous_bytes).result()
    assert total == array.sum()
    assert anonymous < 0.75 * array.nbytes


def test_workers__leave_nothing_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with closing(WorkerPool(chores.call, ARRAYS["rows"], CONFIG)) as pool:
        pool.submit(chores.pid).result()
        assert list(tmp_path.iterdir()) == []
