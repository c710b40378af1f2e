"""What is remembered of a file that was fetched: it lies beside the file."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from hpo_exp.files import sha256, write_text

_SUFFIX = ".fetched.json"


@dataclass(frozen=True)
class Record:
    """A fetched file.

    Attributes:
        url: where it came from, without a user's token.
        etag: the server's word for this version, or ''.
        sha256: of the file's bytes.
        size: in bytes.
        fetched: when, ISO 8601 in UTC.
    """

    url: str
    etag: str
    sha256: str
    size: int
    fetched: str


def record_path(path: Path) -> Path:
    """Where a file's record lies: beside it, hidden."""
    return path.with_name(f".{path.name}{_SUFFIX}")


def read_record(path: Path) -> Record | None:
    """The record of a file, or None where it has none that can be read."""
    try:
        return Record(**json.loads(record_path(path).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write_record(path: Path, record: Record) -> None:
    """Remember where a file came from."""
    write_text(record_path(path), json.dumps(asdict(record), indent=1))


def is_whole(path: Path, record: Record) -> bool:
    """Whether a file is, byte for byte, what was fetched."""
    return path.is_file() and path.stat().st_size == record.size and sha256(path) == record.sha256
