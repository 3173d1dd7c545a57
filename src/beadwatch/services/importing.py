"""Importing a labelled set: every picture decoded, hashed and kept once, then one step that gives the set its name.

Until that last step nothing has changed that anyone can see, so an import that is killed leaves the old state, and one
that is run again finds the pictures already there. Knows importers, blobs and snapshots; knows no layout.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from beadwatch.datasets.addition import GROUP_BY_LAYOUT
from beadwatch.datasets.attribution import ATTRIBUTION
from beadwatch.datasets.importers import Problems
from beadwatch.datasets.sample import Sample
from beadwatch.datasets.snapshot import DatasetSnapshot, Record, make_snapshot
from beadwatch.domain.errors import DatasetError, DecodeError
from beadwatch.domain.text import valid_text
from beadwatch.imaging.decode import check
from beadwatch.storage.blobs import BlobStore

_AHEAD = 8


@dataclass(frozen=True, slots=True)
class ImportSource:
    """Where samples come from, for their records: the folder that their names are relative to, and the licence."""

    root: Path
    licence: str = ""


def import_samples(
    samples: Iterable[Sample],
    source: ImportSource,
    blobs: BlobStore,
    problems: Problems,
    tick: Callable[[], None] = lambda: None,
) -> DatasetSnapshot:
    """Keep each picture's bytes and freeze the records; `tick` is called after each picture.

    A picture that cannot be decoded is a problem of its file, and is left out where problems are skipped.

    Raises:
        DatasetError: a problem while problems are not to be skipped, or a name that stands twice.
        StoreError: the blobs cannot be written.
    """
    records = []
    for sample, digest in _kept(samples, blobs):
        try:
            records.append(as_record(sample, digest.result(), source))
        except DecodeError as error:
            problems.report(sample.path, f"{type(error).__name__}: {error}")
        except OSError as error:
            problems.report(sample.path, f"cannot be read: {error.strerror}")
        tick()
    if not records:
        raise DatasetError(f"{source.root}: no picture could be imported")
    return make_snapshot(records)


def _kept(samples: Iterable[Sample], blobs: BlobStore) -> Iterator[tuple[Sample, "Future[str]"]]:
    """Read, decode and keep pictures on threads, a few ahead, and yield them in order: memory stays flat."""

    def keep(path: Path) -> str:
        data = path.read_bytes()
        return blobs.put(data, check(data))

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        waiting: deque[tuple[Sample, Future[str]]] = deque()
        for sample in samples:
            waiting.append((sample, pool.submit(keep, sample.path)))
            if len(waiting) > _AHEAD:
                yield waiting.popleft()
        yield from waiting


def as_record(sample: Sample, digest: str, source: ImportSource) -> Record:
    """Return the record of a sample whose bytes have this sha256."""
    path = sample.path
    name = valid_text(path.relative_to(source.root).as_posix() if path.is_relative_to(source.root) else path.name)
    known = ATTRIBUTION.get(sample.source)
    licence = source.licence or (known.licence if known else None) or ""
    return Record(
        sha256=digest,
        name=name,
        annotations=sample.annotations,
        group=sample.group,
        source=sample.source,
        licence=licence,
        group_how=GROUP_BY_LAYOUT if sample.group is not None else "",
        split=sample.split,
        answer=sample.answer,
    )
