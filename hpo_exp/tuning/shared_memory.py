"""An object that many processes read and none copies: its arrays lie in one mapped file.

Pickle's protocol 5 sets the bytes of arrays apart from the rest. Both are written once, to a
temporary file without a name; a process that is handed its descriptor maps the file and rebuilds
the object around it. So a machine's memory holds the arrays once, whatever the number of workers,
and nothing is left on the disk however the processes end.
"""

import io
import mmap
import os
import pickle
import tempfile
from multiprocessing.reduction import DupFd
from typing import Any

ALIGNMENT = 64
"""Bytes: a cache line, and what vector instructions and JAX like arrays to begin at."""


class SharedObject:
    """An object in a mapped file.

    It can be handed to a process that is being spawned, as one of its arguments, and at no other
    time: the descriptor of the file is passed on then.

    This module imports no numpy, because a worker imports it before it has set numpy's threads.
    """

    def __init__(self, value: object) -> None:
        """Write an object.

        Raises:
            OSError: the folder for temporary files is full or cannot be written to.
            pickle.PicklingError, AttributeError, TypeError: a part of it cannot be pickled.
        """
        buffers: list[pickle.PickleBuffer] = []
        pickled = io.BytesIO()
        _Pickler(pickled, protocol=5, buffer_callback=buffers.append).dump(value)
        self._file: Any = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as this object
        self._spans = [self._append(part) for part in (pickled.getbuffer(), *_raw(buffers))]
        self._file.flush()

    def _append(self, part: memoryview) -> slice:
        """Write a part at the next aligned place, and say where it lies."""
        start = -(-self._file.tell() // ALIGNMENT) * ALIGNMENT
        self._file.seek(start)  # leaves a hole of zeros
        self._file.write(part)
        return slice(start, start + part.nbytes)

    def __getstate__(self) -> tuple[Any, list[slice]]:
        return DupFd(self._file.fileno()), self._spans

    def __setstate__(self, state: tuple[Any, list[slice]]) -> None:
        descriptor, self._spans = state
        self._file = os.fdopen(descriptor.detach(), "rb")

    def load(self) -> Any:  # noqa: ANN401 - whatever was written
        """Rebuild the object; its arrays are views of the mapped file and cannot be written to."""
        whole = memoryview(mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ))
        pickled, *buffers = (whole[span] for span in self._spans)
        return pickle.loads(pickled, buffers=buffers)  # noqa: S301 - we wrote it

    def close(self) -> None:
        """Close the file; objects that were loaded from it keep their mapping."""
        self._file.close()


def _raw(buffers: list[pickle.PickleBuffer]) -> list[memoryview]:
    return [buffer.raw() for buffer in buffers]


class _Pickler(pickle.Pickler):
    """Sets apart the arrays that numpy would rather copy, too: times and those with strides."""

    def reducer_override(self, value: object) -> Any:  # noqa: ANN401 - what pickle makes of it
        import numpy as np

        if type(value) is not np.ndarray or value.dtype.hasobject:
            return NotImplemented
        if not (value.flags.c_contiguous or value.flags.f_contiguous):
            return np.asarray, (np.ascontiguousarray(value),)
        if value.dtype.kind in "mM":  # a table's hours; they have no buffer of their own
            return np.ndarray.view, (value.view(np.int64), value.dtype)
        return NotImplemented
