"""A snapshot is named by what is in it, comes back as it was, and shows when it was altered."""

import random
from dataclasses import replace

import pytest

from beadwatch.datasets.sample import Annotation, box_outline, labelled
from beadwatch.datasets.snapshot import Record, diff_snapshots, from_parquet, make_snapshot, to_parquet
from beadwatch.domain.errors import DatasetError


def record(number: int, **changes: object) -> Record:
    """Return a record with everything filled in."""
    full = Record(
        sha256=f"{number:064x}",
        name=f"runs/frame \N{LATIN SMALL LETTER U WITH DIAERESIS} {number}.png",
        annotations=(Annotation("crack", box_outline(0.1, 0.2, 0.3, 0.4)), *labelled("porosity")),
        group=f"run {number // 3}",
        source="drawn",
        licence="CC0",
        group_how="folder",
        split="train",
        answer={"crack": 0.25, "porosity": 1 / 3},
    )
    return replace(full, **changes)  # type: ignore[arg-type]


RECORDS = [record(number) for number in range(7)]


def test_order_does_not_matter_and_content_does() -> None:
    shuffled = random.Random(0).sample(RECORDS, k=len(RECORDS))
    assert make_snapshot(RECORDS) == make_snapshot(shuffled)
    assert make_snapshot(RECORDS).hash != make_snapshot(RECORDS[1:]).hash


@pytest.mark.parametrize(
    "change",
    [
        {"sha256": "f" * 64},
        {"name": "another"},
        {"annotations": labelled("crack", "porosity")},
        {"annotations": ()},
        {"group": "elsewhere"},
        {"group": None},
        {"source": "another"},
        {"licence": "none stated"},
        {"group_how": "hash"},
        {"split": "test"},
        {"split": None},
        {"answer": None},
        {"answer": {"crack": 0.2500001, "porosity": 1 / 3}},
    ],
    ids=str,
)
def test_every_field_counts(change: dict[str, object]) -> None:
    assert make_snapshot([record(1, **change)]).hash != make_snapshot([record(1)]).hash


@pytest.mark.parametrize("records", [[], RECORDS, [record(1, answer=None, group=None, split=None, annotations=())]])
def test_it_comes_back_as_it_was(records: list[Record]) -> None:
    snapshot = make_snapshot(records)
    assert from_parquet(to_parquet(snapshot), snapshot.hash) == snapshot


def test_another_snapshot_is_not_taken_for_this_one() -> None:
    snapshot, other = make_snapshot(RECORDS), make_snapshot(RECORDS[1:])
    with pytest.raises(DatasetError, match=other.hash[:12]):
        from_parquet(to_parquet(other), snapshot.hash)


def _flip_the_middle(data: bytes) -> bytes:
    middle = len(data) // 3
    return data[:middle] + bytes(byte ^ 0xFF for byte in data[middle : middle + 64]) + data[middle + 64 :]


@pytest.mark.parametrize("damage", [lambda data: b"", lambda data: data[:-9], _flip_the_middle])
def test_a_damaged_file_is_refused(damage: object) -> None:
    snapshot = make_snapshot(RECORDS)
    assert callable(damage)
    with pytest.raises(DatasetError, match=snapshot.hash[:12]):
        from_parquet(damage(to_parquet(snapshot)), snapshot.hash)


def test_one_name_twice_in_a_source_is_refused() -> None:
    with pytest.raises(DatasetError, match="twice"):
        make_snapshot([record(1), record(2, name=record(1).name)])
    make_snapshot([record(1), record(2, name=record(1).name, source="another")])


def test_an_unknown_split_is_refused() -> None:
    with pytest.raises(DatasetError, match="holdout"):
        record(1, split="holdout")


def test_parts() -> None:
    snapshot = make_snapshot([record(1), record(2, split="test"), record(3, split=None)])
    assert [each.sha256 for each in snapshot.part("test")] == [record(2).sha256]
    assert snapshot.part("valid") == ()


def test_a_diff_names_what_changed() -> None:
    old = make_snapshot([record(1), record(2), record(3)])
    new = make_snapshot([record(2), record(3, split="test", group="g"), record(4)])
    diff = diff_snapshots(old, new)
    assert [each.name for each in diff.added] == [record(4).name]
    assert [each.name for each in diff.removed] == [record(1).name]
    assert diff.changed == {f"drawn/{record(3).name}": ("group", "split")}
    same = diff_snapshots(old, old)
    assert (same.added, same.removed, same.changed) == ((), (), {})
