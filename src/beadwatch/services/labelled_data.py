"""Labelled pictures to train on or to judge by: data sets of the catalog, or folders read on the spot.

Knows the catalog, blobs and importers; knows no models.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from beadwatch.datasets.importers import ImportOptions, Problems, read_samples
from beadwatch.datasets.sample import file_sha256
from beadwatch.datasets.snapshot import DatasetSnapshot, Record, make_snapshot
from beadwatch.domain.errors import DatasetError
from beadwatch.services.catalog import open_catalog
from beadwatch.services.importing import ImportSource, as_record
from beadwatch.settings import Settings
from beadwatch.storage.blobs import BlobStore

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LabelledData:
    """What it is called, its snapshot, and how to get the bytes of a picture by its sha256."""

    name: str
    snapshot: DatasetSnapshot
    read: Callable[[str], bytes]


def open_labelled(
    names: Sequence[str], settings: Settings, frames_dir: Path | None = None, own_splits: bool = False
) -> LabelledData:
    """Open data sets by name, by a snapshot's hash, or as folders; several become one.

    A folder is read as `beadwatch data import` reads it, and nothing is kept but frames of videos, in `frames_dir`; the
    log names what of it does not come in. The split that a folder brings counts with `own_splits` only: it is not known
    to keep groups whole.

    Raises:
        DatasetError: there is none of that name and no such folder, or one cannot be read.
    """
    catalog, blobs = open_catalog(settings), BlobStore(settings.blobs)
    records: list[Record] = []
    files: dict[str, Path] = {}
    for name in names:
        if Path(name).is_dir() and name not in catalog.names():
            found = _read_folder(Path(name), files, frames_dir)
            records += found if own_splits else [replace(record, split=None) for record in found]
            continue
        try:
            records += catalog.snapshot(name).records
        except DatasetError as error:
            raise DatasetError(f"{error}; nor is there a folder of that name") from error

    def read(sha256: str) -> bytes:
        return files[sha256].read_bytes() if sha256 in files else blobs.get(sha256)

    return LabelledData(" and ".join(Path(name).name or name for name in names), make_snapshot(records), read)


def _read_folder(folder: Path, files: dict[str, Path], frames_dir: Path | None) -> list[Record]:
    """Read a folder without importing it, and note in `files` where the pictures are."""
    source = ImportSource(folder.resolve())
    records = []
    problems = Problems()
    for sample in read_samples(folder, ImportOptions(source.root.name, frames_dir=frames_dir), problems):
        try:
            digest = file_sha256(sample.path)
        except OSError as error:
            raise DatasetError(f"{sample.path}: cannot be read: {error.strerror}") from error
        files[digest] = sample.path
        records.append(as_record(replace(sample, path=sample.path.resolve()), digest, source))
    for left_out in problems.left_out:
        _log.warning("left out: %s", left_out)
    for note in problems.notes:
        _log.warning("note: %s", note)
    return records
