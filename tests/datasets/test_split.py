"""No group ever straddles, the same seed gives the same split, and what was decided once stays."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from beadwatch.datasets.audit import audit
from beadwatch.datasets.sample import labelled
from beadwatch.datasets.snapshot import Record
from beadwatch.datasets.split import SplitResult, split_records, straddling_groups, whole_groups
from beadwatch.domain.errors import DatasetError
from beadwatch.services.auditing import as_samples

SHARES = {"train": 0.6, "valid": 0.2, "test": 0.2}
LABELS = ("good", "crack", "porosity")


def record(number: int, group: str, *labels: str, split: str | None = None) -> Record:
    return Record(f"{number:064x}", f"{number}.png", labelled(*labels), group, "drawn", split=split)


def welds(sizes: list[tuple[int, tuple[str, ...]]], start: int = 0) -> list[Record]:
    """Return one group for each (size, labels)."""
    numbers = iter(range(start, 10**6))
    return [
        record(next(numbers), f"g{start}-{index}", *labels)
        for index, (size, labels) in enumerate(sizes)
        for _ in range(size)
    ]


GROUPS = st.lists(
    st.tuples(st.integers(1, 9), st.sets(st.sampled_from(LABELS), min_size=1).map(lambda found: tuple(sorted(found)))),
    min_size=3,
    max_size=30,
)


def try_split(records: list[Record], seed: int = 0) -> SplitResult | None:
    try:
        return split_records(records, SHARES, seed)
    except DatasetError:
        return None


@settings(max_examples=60, deadline=None)
@given(GROUPS, st.integers(0, 5))
def test_whole_groups_and_all_pictures(sizes: list[tuple[int, tuple[str, ...]]], seed: int) -> None:
    records = welds(sizes)
    result = try_split(records, seed)
    if result is None:
        return
    assert straddling_groups(result.records) == {}
    assert Counter(each.sha256 for each in result.records) == Counter(each.sha256 for each in records)
    assert not result.held_back
    assert result == split_records(list(reversed(records)), SHARES, seed), "the order of the records is nothing"
    for label in {label for each in records for label in each.labels}:
        where = {each.split for each in result.records if label in each.labels}
        assert where == set(SHARES), f"{label} must stand in every part"


@settings(max_examples=40, deadline=None)
@given(GROUPS, GROUPS, st.integers(0, 5), st.integers(0, 5))
def test_new_pictures_never_move_an_old_one(
    old: list[tuple[int, tuple[str, ...]]], new: list[tuple[int, tuple[str, ...]]], seed: int, other: int
) -> None:
    first = try_split(welds(old), seed)
    if first is None:
        return
    second = try_split([*first.records, *welds(new, start=1000)], other)
    if second is None:
        return
    now = {each.sha256: each.split for each in second.records}
    assert all(now[each.sha256] == each.split for each in first.records)
    assert straddling_groups(second.records) == {}


Shared = list[tuple[str, int, int]]
SHARED: st.SearchStrategy[Shared] = st.lists(  # source, group, picture: groups and pictures are shared at random
    st.tuples(st.sampled_from(["one", "two", "*"]), st.integers(0, 15), st.integers(0, 40)), min_size=12, max_size=40
)


def shared(drawn: Shared, start: int = 0) -> list[Record]:
    """Return records that share groups and bytes, within a source and across; `*` is a group of all sources."""
    return [
        Record(
            sha256=f"{picture:064x}",
            name=f"{start + number}.png",
            annotations=labelled("good"),
            group=f"*/{group}" if source == "*" else f"{group}",
            source=("one", "two")[number % 2] if source == "*" else source,
        )
        for number, (source, group, picture) in enumerate(drawn)
    ]


def assert_nothing_straddles(records: Sequence[Record]) -> None:
    for what in ("sha256", "group_key"):
        where: dict[str, set[str | None]] = {}
        for each in records:
            where.setdefault(getattr(each, what), set()).add(each.split)
        assert all(len(splits) == 1 for splits in where.values()), what
    assert straddling_groups(records) == {}
    report = audit(as_samples(records), [each.sha256 for each in records], [None] * len(records), [], {})
    assert not report.leaks


@settings(max_examples=60, deadline=None)
@given(SHARED, st.integers(0, 5))
def test_neither_a_group_nor_a_picture_is_parted_whatever_its_source(drawn: Shared, seed: int) -> None:
    records = shared(drawn)
    result = try_split(records, seed)
    assume(result is not None)
    assert result is not None
    assert_nothing_straddles(result.records)
    assert not result.held_back
    assert len(result.records) == len(records)
    assert result == split_records(records[::-1], SHARES, seed)


@settings(max_examples=60, deadline=None)
@given(SHARED, SHARED, st.integers(0, 5), st.integers(0, 5))
def test_what_is_added_parts_nothing_and_moves_nothing(old: Shared, new: Shared, seed: int, other: int) -> None:
    first = try_split(shared(old), seed)
    assume(first is not None)
    assert first is not None
    second = try_split([*first.records, *shared(new, start=1000)], other)
    assert second is not None, "the parts have what they need already"
    assert_nothing_straddles(second.records)
    assert set(first.records) <= set(second.records)
    assert len(second.records) + len(second.held_back) == len(old) + len(new)
    assert all(each.split is None and int(each.name[:-4]) >= 1000 for each in second.held_back)


def test_two_groups_with_one_picture_are_one() -> None:
    records = [record(1, "a", "good"), replace(record(1, "b", "good"), source="other"), record(2, "b", "good")]
    assert whole_groups(records) == ["drawn/a", "drawn/a", "drawn/b"]
    straddling = [replace(records[0], split="train"), replace(records[1], split="test")]
    assert straddling_groups(straddling) == {"drawn/a": ("test", "train")}


def test_shares_are_met_where_groups_allow() -> None:
    records = welds([(4, (LABELS[index % 3],)) for index in range(300)])
    counts = Counter((each.split, each.labels[0]) for each in split_records(records, SHARES, 0).records)
    for label in LABELS:
        for part, share in SHARES.items():
            assert counts[part, label] == pytest.approx(400 * share, abs=8)


def test_another_seed_is_another_split() -> None:
    records = welds([(1, ("good",)) for _ in range(50)])
    assert split_records(records, SHARES, 0) != split_records(records, SHARES, 1)


def test_a_new_copy_of_an_old_test_picture_goes_where_it_is() -> None:
    old = [record(index, f"g{index}", "good", split=part) for index, part in enumerate(["train", "valid", "test"])]
    result = split_records([*old, record(9, "g2", "good")], SHARES, 0)
    assert {each.sha256[-1]: each.split for each in result.records}["9"] == "test"


def test_a_picture_that_ties_train_to_test_is_held_back() -> None:
    old = [record(index, f"g{index}", "good", split=part) for index, part in enumerate(["train", "valid", "test"])]
    tied = [replace(old[0], group="both"), replace(old[2], group="both"), old[1], record(9, "both", "good")]
    tied += [record(10 + index, f"new {index}", "good") for index in range(3)]
    result = split_records(tied, SHARES, 0)
    assert [each.sha256[-1] for each in result.held_back] == ["9"]
    assert straddling_groups(result.records) == {"drawn/both": ("test", "train")}, "the old leak is still shown"


def test_negatives_are_spread_too() -> None:
    records = welds([(1, ()) for _ in range(20)] + [(1, ("good",)) for _ in range(20)])
    where = Counter(each.split for each in split_records(records, SHARES, 0).records if not each.labels)
    assert set(where) == set(SHARES)


@pytest.mark.parametrize(
    ("records", "shares", "says"),
    [
        ([record(1, "a", "crack"), record(2, "a", "crack")], SHARES, "'crack' has 1 group"),
        ([Record("0" * 64, "x.png", labelled("crack"), None, "drawn")], SHARES, "data group"),
        (welds([(1, ("good",))] * 9), {"train": 0.8, "valid": 0.3}, "sum to 1"),
        (welds([(1, ("good",))] * 9), {"train": 0.0, "test": 1.0}, "train share"),
        (welds([(1, ("good",))] * 9), {"train": 1.5, "test": -0.5}, "train share"),
        (welds([(1, ("good",))] * 9), {"train": 0.5, "holdout": 0.5}, "none but"),
    ],
)
def test_what_cannot_be_split_is_refused(records: list[Record], shares: dict[str, float], says: str) -> None:
    with pytest.raises(DatasetError, match=says):
        split_records(records, shares, 0)
