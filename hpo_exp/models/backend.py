"""Choice of Keras's backend: to be made before Keras is imported anywhere."""

import logging
import os
import sys
from pathlib import Path

from hpo_exp.errors import ConfigError


def select_backend(name: str, compilation_cache: Path | None) -> None:
    """Make Keras use a backend, and let JAX keep what it compiles, here and in child processes.

    Args:
        name: `jax` or `tensorflow`.
        compilation_cache: folder in which JAX keeps compiled programs for the next process,
            or None.

    Raises:
        ConfigError: Keras already runs on another backend in this process.
    """
    if "keras" in sys.modules:
        running = sys.modules["keras"].backend.backend()
        if running != name:
            raise ConfigError(
                f"trainer.backend={name}: Keras already runs on {running} in this process"
            )
    os.environ["KERAS_BACKEND"] = name
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")  # same sums on every processor
    os.environ.setdefault("ABSL_MIN_LOG_LEVEL", "3")
    logging.getLogger("jax._src.xla_bridge").setLevel(logging.WARNING)  # absent accelerators
    if compilation_cache is not None:
        os.environ["JAX_COMPILATION_CACHE_DIR"] = str(compilation_cache.absolute())
        os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
        os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"
