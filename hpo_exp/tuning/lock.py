"""The lock that keeps a second coordinator off a study, and dies with the process that holds it."""

from collections.abc import Iterator
from contextlib import contextmanager

from hpo_exp.config import TuneConfig
from hpo_exp.errors import StudyError
from hpo_exp.locks import Guarded, try_lock


@contextmanager
def only_coordinator(config: TuneConfig) -> Iterator[None]:
    """Hold the study's lock: in PostgreSQL itself, or in a file beside another database.

    Raises:
        StudyError: another process runs this study, or the lock cannot be reached.
    """
    study = config.study
    with try_lock(Guarded(study.name, "study.storage", study.storage, config.outputs)) as is_held:
        if not is_held:
            raise StudyError(
                f"study {study.name!r} is being run by another process; wait for it, or choose "
                f"another study.name"
            )
        yield
