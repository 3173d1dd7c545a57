"""Labelled pictures to train on or to judge by: data sets of the catalog, or folders read on the spot.

Knows the catalog, blobs and importers; knows no models.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from beadwatch.apps.importing import ImportSource, as_record
from beadwatch.apps.settings import Settings
from beadwatch.apps.wiring import open_catalog
from beadwatch.datasets.importers import ImportOptions, Problems, read_samples
from beadwatch.datasets.sample import file_sha256
from beadwatch.datasets.snapshot import DatasetSnapshot, Record, make_snapshot
from beadwatch.domain.errors import DatasetError
from beadwatch.store.blobs import BlobStore


@dataclass(frozen=True, slots=True)
class LabelledData:
    """A snapshot, and how to get the bytes of a picture by its sha256."""

    snapshot: DatasetSnapshot
    read: Callable[[str], bytes]


def open_labelled(names: Sequence[str], settings: Settings) -> LabelledData:
    """Open data sets by name, by a snapshot's hash, or as folders; several become one.

    Raises:
        DatasetError: there is none of that name and no such folder, or one cannot be read.
    """
    catalog, blobs = open_catalog(settings), BlobStore(settings.blobs)
    records: list[Record] = []
    files: dict[str, Path] = {}
    for name in names:
        if Path(name).is_dir() and name not in catalog.names():
            records += _read_folder(Path(name), files)
        else:
            records += catalog.snapshot(name).records

    def read(sha256: str) -> bytes:
        return files[sha256].read_bytes() if sha256 in files else blobs.get(sha256)

    return LabelledData(make_snapshot(records), read)


def _read_folder(folder: Path, files: dict[str, Path]) -> list[Record]:
    """Read a folder without importing it. Its own split is left out: it is not known to keep groups whole."""
    source = ImportSource(folder.resolve())
    records = []
    for sample in read_samples(folder, ImportOptions(source=source.root.name), Problems()):
        try:
            digest = file_sha256(sample.path)
        except OSError as error:
            raise DatasetError(f"{sample.path}: cannot be read: {error.strerror}") from error
        files[digest] = sample.path
        records.append(replace(as_record(replace(sample, path=sample.path.resolve()), digest, source), split=None))
    return records
