"""Whether a bundle is what was exported, file by file."""

from pathlib import Path

from hpo_exp.export.manifest import MANIFEST, BundleError, load_manifest
from hpo_exp.files import sha256


def verify_files(bundle: Path) -> int:
    """Hold every file of a bundle against the manifest's hashes; return how many there are.

    Raises:
        BundleError: a file is missing, added or changed, or the manifest cannot be read.
    """
    expected = load_manifest(bundle).sha256
    found = {
        path.relative_to(bundle).as_posix(): path
        for path in bundle.rglob("*")
        if path.is_file() and path.name != MANIFEST
    }
    for name in sorted({*expected, *found}):
        if name not in found:
            raise BundleError(f"{name} is missing from the bundle")
        if name not in expected:
            raise BundleError(f"{name} is not in the bundle's manifest")
        if sha256(found[name]) != expected[name]:
            raise BundleError(f"{name} of the bundle is not what was exported")
    return len(found)
