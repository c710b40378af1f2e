"""Where a station's hours lie: in files of their own, or inside INMET's yearly archives."""

import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from hpo_exp.data.cells import source_file
from hpo_exp.data.table import SourceFile
from hpo_exp.errors import DataError

_STATION = re.compile(r"INMET_[A-Z]+_[A-Z]{2}_([A-Z]\d{3})_.*\.CSV", re.IGNORECASE)
_ARCHIVE = re.compile(r"\d{4}\.zip", re.IGNORECASE)


@dataclass(frozen=True)
class StationFile:
    """One year (or part of one) of one station.

    Attributes:
        station: the station's code, upper case.
        name: the file's base name.
        root: the folder of raw files.
        path: the file, or the archive that holds it.
        member: its name inside the archive, or '' where it is a file of its own.
    """

    station: str
    name: str
    root: Path
    path: Path
    member: str

    def read(self) -> tuple[bytes, SourceFile]:
        """Return the file's bytes and their fingerprint.

        Raises:
            DataError: the archive is damaged.
        """
        if not self.member:
            raw = self.path.read_bytes()
        else:
            try:
                with zipfile.ZipFile(self.path) as archive:
                    raw = archive.read(self.member)
            except (zipfile.BadZipFile, zlib.error, EOFError) as error:
                raise _damaged(self.path, error) from error
        return raw, source_file(self.root, self.path, self.member, raw)


def station_files(root: Path) -> list[StationFile]:
    """Find every station's files under root; one outside an archive stands for the same inside.

    Raises:
        DataError: an archive is damaged.
    """
    found: dict[str, StationFile] = {}
    for path in sorted(root.rglob("*")):
        if match := _STATION.fullmatch(path.name):
            found[path.name] = StationFile(match[1].upper(), path.name, root, path, "")
    for path in sorted(root.rglob("*")):
        if not _ARCHIVE.fullmatch(path.name) or not path.is_file():
            continue
        for member in (info.filename for info in archive_members(path)):
            name = member.rpartition("/")[2]  # members lie at the root or in a folder of the year
            if (match := _STATION.fullmatch(name)) and name not in found:
                found[name] = StationFile(match[1].upper(), name, root, path, member)
    return list(found.values())


def archive_members(archive: Path) -> list[zipfile.ZipInfo]:
    """What an archive says it holds.

    Raises:
        DataError: it is none, or damaged.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            return opened.infolist()
    except zipfile.BadZipFile as error:
        raise _damaged(archive, error) from error


def _damaged(archive: Path, error: Exception) -> DataError:
    return DataError(
        f"{archive.name} is no whole archive ({error}): delete it and fetch it from INMET again"
    )
