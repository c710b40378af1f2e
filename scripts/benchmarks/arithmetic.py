"""What training makes of the processor: floating-point operations a second, beside numpy's."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from hpo_exp.tuning.worker import ONE_CORE

SIDE = 2048


def measure_arithmetic(_: Path) -> dict[str, Any]:
    """GFLOP/s of one network trained on each core at once, and of one large float32 product."""
    cores = os.cpu_count() or 1
    script = [sys.executable, str(Path(__file__).with_name("one_fit.py"))]
    fits = [
        subprocess.Popen(
            script, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **ONE_CORE},
            text=True,
        )
        for _ in range(cores)
    ]  # fmt: skip
    for fit in fits:
        _line(fit)  # warm
    started = time.monotonic()
    for fit in fits:
        _tell(fit)
    operations = sum(float(_line(fit)) for fit in fits)
    seconds = time.monotonic() - started
    for fit in fits:
        fit.wait()
    return {"sgemm_gflops": _product(), "training_gflops": operations / seconds / 1e9}


def _line(fit: subprocess.Popen[str]) -> str:
    assert fit.stdout
    return fit.stdout.readline()


def _tell(fit: subprocess.Popen[str]) -> None:
    assert fit.stdin
    fit.stdin.write("go\n")
    fit.stdin.flush()


def _product() -> float:
    """GFLOP/s of a float32 product of two square matrices, all cores, best of ten."""
    square = np.random.default_rng(0).standard_normal((SIDE, SIDE), dtype=np.float32)
    fastest = float("inf")
    for _ in range(10):
        started = time.perf_counter()
        square @ square
        fastest = min(fastest, time.perf_counter() - started)
    return 2 * SIDE**3 / fastest / 1e9
