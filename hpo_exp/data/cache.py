"""Tables built before, found again by what they were built from: the same bytes, the same table."""

import hashlib
import json
import logging
import re
from pathlib import Path
from typing import Any

from hpo_exp.config import DataConfig
from hpo_exp.data.inmet_files import archive_members
from hpo_exp.data.store import read_table, write_table
from hpo_exp.data.table import HourlyTable
from hpo_exp.errors import DataError
from hpo_exp.files import sha256

KEPT = 16
"""Tables kept; each is a few MB. The one read longest ago goes first."""

_SETTINGS = {
    "source", "subsystem", "station", "stations", "start", "end", "kinds", "columns", "simulated",
    "alert_mw", "quality",
}  # fmt: skip
_RAW = re.compile(
    r"(CURVA_CARGA|BALANCO_ENERGIA_SUBSISTEMA|CMO_SEMIHORARIO)_\d{4}\.(csv|xlsx|parquet)"
    r"|INMET_.*\.csv|pld_horario.*\.csv|\d{4}\.zip|\w+_[\d_-]+\.json",
    re.IGNORECASE,
)

log = logging.getLogger(__name__)


def cache_key(config: DataConfig) -> str:
    """Name of what the configuration builds out of the files as they are now.

    Raises:
        DataError: an archive is damaged.
    """
    assert config.root is not None
    paths = sorted(path for path in config.root.rglob("*") if _RAW.fullmatch(path.name))
    facts: dict[str, Any] = {
        "settings": config.model_dump(mode="json", include=_SETTINGS),
        "areas": config.publishers and config.publishers.load_api.areas,
        "files": {
            path.relative_to(config.root).as_posix(): _content(path)
            for path in paths
            if path.is_file()
        },
        "own": sha256(config.path) if config.path and config.path.is_file() else str(config.path),
        "code": _code(),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def find_cached(folder: Path, key: str) -> HourlyTable | None:
    """The table of a key, or None; a damaged one is as good as none."""
    path = _path(folder, key)
    if not path.is_file():
        return None
    try:
        table = read_table(path)
    except DataError as error:
        log.warning("%s", error)
        return None
    path.touch()
    return table


def keep(folder: Path, key: str, table: HourlyTable) -> None:
    """Keep a table for the next time, and let the oldest ones go."""
    write_table(table, _path(folder, key))
    kept = sorted(folder.glob("*.parquet"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in kept[KEPT:]:
        path.unlink(missing_ok=True)


def _path(folder: Path, key: str) -> Path:
    return folder / f"{key[:32]}.parquet"


def _content(path: Path) -> Any:  # noqa: ANN401 - any JSON value
    """What tells a file's content: its hash, or an archive's own checksums, which are read fast."""
    if path.suffix.lower() != ".zip":
        return sha256(path)
    return [[item.filename, item.CRC, item.file_size] for item in archive_members(path)]


def _code() -> str:
    """Hash of the code that reads, checks and repairs."""
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()
