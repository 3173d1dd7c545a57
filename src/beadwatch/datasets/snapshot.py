"""Immutable data sets, named by their hash: each picture by its own, with labels, group, split, source and licence.

A snapshot can say a year later exactly what a model was trained on. It holds no pixels: those are blobs under the same
sha256. Knows records and their Parquet form; does not know where either is kept (see `catalog`).
"""

import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from beadwatch.datasets.sample import Annotation, group_key
from beadwatch.domain.errors import DatasetError

SPLITS = ("train", "valid", "test")
_COLUMNS = ("sha256", "name", "annotations", "group", "group_how", "split", "source", "licence", "answer")


@dataclass(frozen=True, slots=True)
class Record:
    """One picture of a snapshot.

    `name` is what its source called it; it may be any text and is no path here. `group` holds within `source`, or in
    all sources where it begins with `*/`; `group_how` says how it was decided. `split` is one of `SPLITS`, or None
    before the set was split.
    """

    sha256: str
    name: str
    annotations: tuple[Annotation, ...]
    group: str | None
    source: str
    licence: str = ""
    group_how: str = ""
    split: str | None = None
    answer: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        if self.split is not None and self.split not in SPLITS:
            raise DatasetError(f"{self.name}: split {self.split!r} is none of {', '.join(SPLITS)}")

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes on the picture, each once, in order of appearance."""
        return tuple(dict.fromkeys(annotation.label for annotation in self.annotations))

    @property
    def group_key(self) -> str:
        """The group, unique over all sources; a picture without one stands alone."""
        return group_key(self.source, self.group) if self.group is not None else f"{self.source}//{self.sha256}"

    def to_row(self) -> dict[str, Any]:
        """Return the record as a row of text, its parts that have structure as JSON."""
        outlines = [[annotation.label, annotation.outline] for annotation in self.annotations]
        answer = None if self.answer is None else json.dumps(dict(self.answer), sort_keys=True)
        plain = {name: getattr(self, name) for name in _COLUMNS if name not in {"annotations", "answer"}}
        return plain | {"annotations": json.dumps(outlines), "answer": answer}


@dataclass(frozen=True, slots=True)
class DatasetSnapshot:
    """A frozen set of records, sorted; `hash` names it and depends on nothing but what is in it."""

    records: tuple[Record, ...]
    hash: str

    def part(self, split: str) -> tuple[Record, ...]:
        """Return the records of one split."""
        return tuple(record for record in self.records if record.split == split)


def make_snapshot(records: Iterable[Record]) -> DatasetSnapshot:
    """Freeze records.

    Raises:
        DatasetError: the same picture stands in it twice under one name of one source.
    """
    ordered = sorted(records, key=lambda record: (record.source, record.name, record.sha256))
    twice = [key for key, count in Counter((record.source, record.name) for record in ordered).items() if count > 1]
    if twice:
        raise DatasetError(f"{twice[0][0]}: {twice[0][1]!r} is there twice; names must be unique within a source")
    digest = hashlib.sha256()
    for record in ordered:
        digest.update(json.dumps(record.to_row(), sort_keys=True, ensure_ascii=False).encode())
        digest.update(b"\n")
    return DatasetSnapshot(tuple(ordered), digest.hexdigest())


def to_parquet(snapshot: DatasetSnapshot) -> bytes:
    """Return the snapshot as a Parquet file, a column for each field."""
    import polars

    schema = dict.fromkeys(_COLUMNS, polars.String)
    buffer = io.BytesIO()
    polars.DataFrame([record.to_row() for record in snapshot.records], schema=schema).write_parquet(buffer)
    return buffer.getvalue()


def from_parquet(data: bytes, expected: str) -> DatasetSnapshot:
    """Read a snapshot and check that it is the one of that hash.

    Raises:
        DatasetError: it is damaged, was altered, or is another one.
    """
    import polars

    try:
        rows = polars.read_parquet(io.BytesIO(data)).to_dicts()
        snapshot = make_snapshot(_from_row(row) for row in rows)
    except (polars.exceptions.PolarsError, KeyError, TypeError, ValueError) as error:
        raise DatasetError(f"snapshot {expected[:12]}: the file is damaged: {error}") from error
    if snapshot.hash != expected:
        raise DatasetError(f"snapshot {expected[:12]}: what the file holds has the hash {snapshot.hash[:12]}")
    return snapshot


def _from_row(row: dict[str, Any]) -> Record:
    annotations = tuple(
        Annotation(label, None if outline is None else tuple((x, y) for x, y in outline))
        for label, outline in json.loads(row["annotations"])
    )
    answer = None if row["answer"] is None else json.loads(row["answer"])
    plain = {name: row[name] for name in _COLUMNS if name not in {"annotations", "answer"}}
    return Record(**plain, annotations=annotations, answer=answer)


@dataclass(frozen=True, slots=True)
class SnapshotDiff:
    """What changed from one snapshot to another; pictures are told apart by source and name.

    `changed` maps a picture to the names of the fields that differ.
    """

    added: tuple[Record, ...]
    removed: tuple[Record, ...]
    changed: Mapping[str, tuple[str, ...]]


def diff_snapshots(old: DatasetSnapshot, new: DatasetSnapshot) -> SnapshotDiff:
    """Compare two snapshots."""
    before = {f"{record.source}/{record.name}": record for record in old.records}
    after = {f"{record.source}/{record.name}": record for record in new.records}
    changed = {}
    for key in sorted(before.keys() & after.keys()):
        was, now = before[key].to_row(), after[key].to_row()
        if was != now:
            changed[key] = tuple(name for name in _COLUMNS if was[name] != now[name])
    return SnapshotDiff(
        tuple(after[key] for key in sorted(after.keys() - before.keys())),
        tuple(before[key] for key in sorted(before.keys() - after.keys())),
        changed,
    )
