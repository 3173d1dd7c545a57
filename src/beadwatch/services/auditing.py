"""Auditing and grouping a snapshot: what was computed from its pictures, handed to the pure functions of `datasets`.

Pictures are read once, a few ahead on threads; what stays of each in memory is about a kilobyte. Knows blobs, the
bundled model and records; makes no judgement of its own.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from beadwatch.datasets.addition import GROUP_BY_LAYOUT, remember_group
from beadwatch.datasets.fingerprint import Fingerprint, fingerprint
from beadwatch.datasets.groups import GIVEN, HASH, JOINED, GroupSummary, infer_groups, summarise_groups
from beadwatch.datasets.likeness import NEAR
from beadwatch.datasets.near_duplicates import near_pairs
from beadwatch.datasets.sample import Sample
from beadwatch.datasets.snapshot import DatasetSnapshot, Record, make_snapshot
from beadwatch.domain.errors import BeadwatchError
from beadwatch.imaging.decode import Image, decode
from beadwatch.imaging.preprocess import preprocess
from beadwatch.imaging.preview import thumbnail
from beadwatch.inference.classifier import Classifier
from beadwatch.storage.blobs import BlobStore

_AHEAD = 8
_THUMBNAIL_PX = 200


@dataclass(slots=True)
class Readings:
    """What was read from the pictures of a snapshot.

    By number: fingerprints, and the reasons of those that are broken. `embeddings` has a row (float32, length F) for
    each readable picture, where a model was given.
    """

    fingerprints: list[Fingerprint | None] = field(default_factory=list)
    broken: dict[int, str] = field(default_factory=dict)
    embeddings: list[npt.NDArray[np.float32]] = field(default_factory=list)


def read_pictures(
    records: Sequence[Record],
    blobs: BlobStore,
    classifier: Classifier | None,
    tick: Callable[[], None] = lambda: None,
) -> Readings:
    """Read each picture of a snapshot once; `tick` is called after each."""
    readings = Readings()
    for number, reading in enumerate(_ahead(records, blobs)):
        try:
            image = reading.result()
        except BeadwatchError as error:
            readings.fingerprints.append(None)
            readings.broken[number] = str(error)
        else:
            readings.fingerprints.append(fingerprint(image))
            if classifier is not None:
                readings.embeddings.append(classifier.embed(preprocess(image, classifier.card.preprocess)))
        tick()
    return readings


def as_samples(records: Sequence[Record]) -> list[Sample]:
    """Return records as samples whose path is the name that their source gave them, the source before it if several."""
    return [
        Sample(path, record.annotations, record.source, record.group, record.split, record.answer)
        for path, record in zip(_paths(records), records, strict=True)
    ]


def _paths(records: Sequence[Record]) -> list[Path]:
    several = len({record.source for record in records}) > 1
    return [Path(record.source, record.name) if several else Path(record.name) for record in records]


def group_snapshot(
    snapshot: DatasetSnapshot, readings: Readings, overrides: dict[str, str], again: bool, near: float = NEAR
) -> tuple[DatasetSnapshot, GroupSummary]:
    """Return the snapshot with a group for each picture, and how they were decided.

    With `again`, groups that were inferred before are inferred anew; those that the layout gave stay, and stay joined.
    `near` is the likeness of near copies.
    """
    records = [
        replace(record, group=None) if again and not record.group_how.startswith(GROUP_BY_LAYOUT) else record
        for record in snapshot.records
    ]
    decisions = infer_groups(as_samples(records), near_pairs(readings.fingerprints, near), overrides)
    grouped = [
        replace(record, group=decision.group, group_how=_group_how(record, decision.how))
        for record, decision in zip(records, decisions, strict=True)
    ]
    return make_snapshot(grouped), summarise_groups(decisions)


def _group_how(record: Record, how: str) -> str:
    if how == JOINED:
        return remember_group(record) if record.group_how.startswith(GROUP_BY_LAYOUT) else HASH
    return record.group_how if how == GIVEN else how


def thumbnails(records: Sequence[Record], wanted: Sequence[Path], blobs: BlobStore) -> dict[Path, bytes]:
    """Return small JPEG files of the wanted pictures; one that cannot be read is left out."""
    digests = {path: record.sha256 for path, record in zip(_paths(records), records, strict=True)}
    found = {}
    for path in wanted:
        try:
            found[path] = thumbnail(decode(blobs.get(digests[path])), _THUMBNAIL_PX)
        except BeadwatchError:
            continue
    return found


def _ahead(records: Sequence[Record], blobs: BlobStore) -> Iterator["Future[Image]"]:
    def read(digest: str) -> Image:
        return decode(blobs.get(digest))

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        waiting: deque[Future[Image]] = deque()
        for record in records:
            waiting.append(pool.submit(read, record.sha256))
            if len(waiting) > _AHEAD:
                yield waiting.popleft()
        yield from waiting
