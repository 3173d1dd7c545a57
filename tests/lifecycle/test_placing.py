"""What is near the test part is left out even where it joins no group, and shares hold over many small rounds."""

from beadwatch.datasets.near_duplicates import Pair
from beadwatch.datasets.sample import labelled
from beadwatch.datasets.snapshot import Record
from beadwatch.lifecycle.placing import Likeness, place


def old(name: str, group: str, split: str) -> Record:
    return Record(name, name, labelled("crack"), group, "photos", split=split)


def new(name: str, group: str) -> Record:
    return Record(name, name, labelled("crack"), group, "feedback")


def test_a_single_near_copy_of_a_test_picture_keeps_a_large_group_out() -> None:
    held = [old(f"t{n}", "T", "test") for n in range(8)]
    fresh = [new(f"n{n}", "N") for n in range(8)]
    digests = [each.sha256 for each in (*held, *fresh)]
    chains = [Pair(start + n, start + n + 1, 0.95) for start in (0, 8) for n in range(7)]
    # One link of sixteen pictures is too weak for a common group, but it may be a copy.
    placed = place(held, fresh, {}, Likeness(digests, [*chains, Pair(0, 8, 0.7)]), (0.0, 0))
    assert (len(placed.near_test), placed.new) == (8, ())
    apart = place(held, fresh, {}, Likeness(digests, chains), (0.0, 0))
    assert {record.split for record in apart.new} == {"train"}


def test_what_ties_training_to_test_is_said_to_be_near_the_test_part() -> None:
    held = [old("a", "A", "train"), old("t", "T", "test")]
    placed = place(held, [new("n", "P")], {"a": "P", "t": "P", "n": "P"}, Likeness(["n"], []), (0.0, 0))
    assert ([each.name for each in placed.near_test], placed.tying, placed.records) == (["n"], (), tuple(held))


def test_the_share_holds_over_rounds_of_one_group_each() -> None:
    records: tuple[Record, ...] = (old("t", "T", "test"),)
    for number in range(10):
        fresh = [new(f"n{number}", f"N{number}")]
        records = place(records, fresh, {}, Likeness([fresh[0].sha256], []), (0.3, 0)).records
    parts = [record.split for record in records if record.source == "feedback"]
    assert (parts.count("valid"), parts.count("train")) == (3, 7)


def test_a_group_that_has_no_part_yet_gives_none() -> None:
    held = [Record("a", "a", labelled("crack"), None, "photos"), old("t", "T", "test")]
    placed = place(held, [new("n", "P")], {"a": "P", "n": "P"}, Likeness(["n"], []), (0.3, 0))
    assert [record.split for record in placed.new] == [None]
    assert {record.group for record in placed.records if record.name in {"a", "n"}} == {"*/a"}
