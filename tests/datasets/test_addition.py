"""What a set has keeps its place when pictures are added, and what is new has none yet."""

from dataclasses import replace

import pytest

from beadwatch.datasets.addition import GROUP_BY_LAYOUT, add_records, remember_group
from beadwatch.datasets.sample import labelled
from beadwatch.datasets.snapshot import Record, make_snapshot
from beadwatch.domain.errors import DatasetError


def record(number: int, group: str | None = None, split: str | None = None, source: str = "photos") -> Record:
    how = GROUP_BY_LAYOUT if group else ""
    return Record(f"{number:064x}", f"{number}.png", labelled("crack"), group, source, group_how=how, split=split)


HELD = make_snapshot([record(1, "a", "train"), record(2, "b", "test"), record(3, None, "train"), record(4)])


def test_new_pictures_have_no_part_and_old_ones_keep_theirs() -> None:
    added = add_records(HELD, [record(2, "other", "train"), record(5, "c", "test"), record(1, source="phone")])
    assert set(HELD.records) <= set(added.records)
    assert set(added.records) - set(HELD.records) == {record(5, "c"), record(1, source="phone")}


def test_labels_are_those_of_now() -> None:
    relabelled = replace(record(2, "other"), annotations=labelled("porosity"), licence="CC0")
    added = add_records(HELD, [relabelled])
    assert added.part("test") == (replace(relabelled, group="b", split="test"),)


def test_a_group_is_taken_where_there_was_none() -> None:
    found = {each.name: each for each in add_records(HELD, [record(3, "c"), record(4, "c")]).records}
    assert (found["3.png"].group, found["3.png"].split) == ("c", "train")
    assert (found["4.png"].group, found["4.png"].split) == ("c", None)


def test_adding_the_same_again_changes_nothing() -> None:
    assert add_records(HELD, HELD.records) == HELD
    assert add_records(HELD, []) == HELD


def test_a_new_picture_follows_its_group_to_what_that_was_joined_to() -> None:
    joined = [replace(each, group="a", group_how=remember_group(each)) for each in HELD.records if each.group == "b"]
    held = make_snapshot([record(1, "a"), *joined])
    new = [record(5, "b"), record(6, "b", source="phone"), record(7, "c")]
    found = {each.name: each.group for each in add_records(held, new).records}
    assert found == {"1.png": "a", "2.png": "a", "5.png": "a", "6.png": "b", "7.png": "c"}
    joined_again = replace(joined[0], group="z", group_how=remember_group(joined[0]))
    assert {each.group for each in add_records(make_snapshot([joined_again]), [record(5, "b")]).records} == {"z"}


def test_other_bytes_under_a_name_are_refused() -> None:
    with pytest.raises(DatasetError, match=r"'2.png' is in the set with other bytes; .*--source"):
        add_records(HELD, [replace(record(2), sha256="f" * 64)])
