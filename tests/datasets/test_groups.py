"""Groups come from names, looks and a person, in that order of trust, and each says where it came from."""

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beadwatch.datasets.groups import (
    ALONE,
    BOTH,
    GIVEN,
    HASH,
    JOINED,
    NAMES,
    OVERRIDE,
    GroupDecision,
    infer_groups,
    read_overrides,
    summarise_groups,
)
from beadwatch.datasets.name_families import name_families
from beadwatch.datasets.near_duplicates import SURE, Pair
from beadwatch.datasets.sample import Sample, labelled
from beadwatch.domain.errors import DatasetError

HEX = "0123456789abcdef0123456789abcdef"


def sample(name: str, group: str | None = None, source: str = "set") -> Sample:
    return Sample(Path("data") / name, labelled("good"), source, group)


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        (f"train/a_jpg.rf.{HEX}.jpg", f"test/a_jpg.rf.{HEX[::-1]}.jpg", True),
        (f"train/a_png_jpg.rf.{HEX}.jpg", f"train/b_png_jpg.rf.{HEX}.jpg", False),
        (f"crack/a_jpg.rf.{HEX}.jpg", f"good/a_jpg.rf.{HEX[::-1]}.jpg", True),
        ("IMG_1_block_0_1.png", "IMG_1_block_2_2.png", True),
        ("IMG_1_block_0_1.png", "IMG_2_block_0_1.png", False),
        ("IMG_1_tile_0_1_flip.png", "IMG_1_tile_1_1.png", True),
        ("weld.png", "weld_flip.png", True),
        ("weld_rot90.png", "weld-grey_noise2.png", True),
        ("crack/1.png", "good/1_flip.png", False),
        ("run1/frame_001.png", "run1/frame_004.png", True),
        ("run1/frame_001.png", "run1/frame_040.png", False),
        ("run1/frame_001.png", "run2/frame_001.png", False),
        ("train/bad_weld_vid12_jpeg.jpg", "valid/bad_weld_vid9_jpeg.jpg", True),
        ("bad_weld_vid12.jpg", "good_weld_vid12.jpg", False),
        ("IMG_3688.jpg", "IMG_3689.jpg", False),
        ("train/1.png", "valid/1.png", False),
        ("david12.jpg", "david13.jpg", False),
        ("_flip.png", "_grey.png", False),
    ],
)
def test_name_families(first: str, second: str, same: bool) -> None:
    one, other = name_families([Path(first), Path(second)])
    assert (one is not None and one == other) is same


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=30).filter(lambda name: "\0" not in name), max_size=20))
def test_any_name_will_do(names: list[str]) -> None:
    assert len(name_families([Path(name) for name in names])) == len(names)


def test_every_way_of_deciding() -> None:
    samples = [
        sample("run/a.png", group="run"),  # given
        sample("b_flip.png"), sample("b.png"),  # by name
        sample("c.png"), sample("d.png"),  # by looks
        sample("e_flip.png"), sample("e.png"), sample("f.png"),  # by both
        sample("g.png"),  # alone
        sample("h.png"),  # a person says: with the given run
    ]  # fmt: skip
    pairs = [Pair(3, 4, 0.9), Pair(5, 7, 0.8)]
    decisions = infer_groups(samples, pairs, {"h.png": "run"})
    assert [decision.how for decision in decisions] == [
        GIVEN,
        NAMES,
        NAMES,
        HASH,
        HASH,
        BOTH,
        BOTH,
        BOTH,
        ALONE,
        OVERRIDE,
    ]
    groups = [decision.group for decision in decisions]
    assert groups[0] == groups[9] == "run"
    assert groups[1] == groups[2]
    assert groups[3] == groups[4]
    assert groups[5] == groups[6] == groups[7]
    assert len(set(groups)) == 5
    summary = summarise_groups(decisions)
    assert (summary.pictures, summary.groups, summary.largest_pictures) == (10, 5, 3)
    assert summary.by_how == {OVERRIDE: 1, GIVEN: 1, NAMES: 2, HASH: 2, BOTH: 3, ALONE: 1}


def test_given_groups_become_one_by_sure_copies_only() -> None:
    samples = [sample("a.png", "two"), sample("b.png", "one"), sample("c.png", "two"), sample("d.png", "three")]
    pairs = [Pair(0, 1, SURE), Pair(2, 3, SURE - 0.01)]
    assert infer_groups(samples, pairs) == [
        GroupDecision("one", JOINED),
        GroupDecision("one", GIVEN),
        GroupDecision("one", JOINED),
        GroupDecision("three", GIVEN),
    ]


def test_a_near_copy_of_a_given_picture_joins_its_group_and_ties_no_two_of_them() -> None:
    samples = [sample("a.png", "one"), sample("b.png"), sample("c.png", "two")]
    decisions = infer_groups(samples, [Pair(0, 1, 0.8), Pair(1, 2, 0.7)])
    assert decisions == [GroupDecision("one", GIVEN), GroupDecision("one", HASH), GroupDecision("two", GIVEN)]


def test_families_do_not_tie_given_groups_either() -> None:
    samples = [sample("a.png", "one"), sample("w_flip.png"), sample("w.png"), sample("c.png", "two")]
    decisions = infer_groups(samples, [Pair(0, 1, 0.8), Pair(2, 3, 0.7)])
    assert [decision.group for decision in decisions] == ["one", "one", "one", "two"]


def test_sure_copies_are_joined_even_where_a_chain_is_feared() -> None:
    crowds = [Pair(*couple, 0.97) for crowd in (range(12), range(12, 24)) for couple in combinations(crowd, 2)]
    samples = [sample(f"{number}.png") for number in range(24)]
    for likeness, groups in [(SURE, 1), (SURE - 0.01, 2)]:
        decisions = infer_groups(samples, [*crowds, Pair(3, 20, likeness)])
        assert len({decision.group for decision in decisions}) == groups


def keys(samples: list[Sample], decisions: list[GroupDecision]) -> list[str]:
    found = zip(samples, decisions, strict=True)
    return [replace(one, group=decision.group).group_key for one, decision in found]


def test_copies_in_two_sources_share_one_key() -> None:
    samples = [sample("a.png", source="one"), sample("b.png", source="two"), sample("a.png", source="three")]
    samples += [sample("g.png", "7", "one"), sample("h.png", "7", "two"), sample("i.png", "8", "two")]
    pairs = [Pair(3, 5, 0.95), Pair(0, 1, 0.7)]
    decisions = infer_groups(samples, pairs)
    found = keys(samples, decisions)
    assert found == ["*/a", "*/a", "three/a", "*/7", "two/7", "*/7"]
    again = [replace(one, group=decision.group) for one, decision in zip(samples, decisions, strict=True)]
    assert keys(again, infer_groups(again, pairs)) == found, "what was joined stays joined"
    more = [*again, sample("new.png", source="four")]
    assert keys(more, infer_groups(more, [Pair(5, 6, 0.95)]))[6] == "*/7"


def test_an_override_holds_in_all_sources_that_it_names() -> None:
    samples = [sample("a.png", source="one"), sample("b.png", source="two"), sample("c.png", "mine", "two")]
    assert keys(samples, infer_groups(samples, [], {"a.png": "mine", "b.png": "mine"})) == [
        "*/mine",
        "*/mine",
        "two/mine",
    ]


GIVEN_OR_NOT = st.lists(
    st.tuples(st.sampled_from([None, "1", "2", "3"]), st.sampled_from(["one", "two"])), min_size=10, max_size=10
)
LINKS = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9), st.sampled_from([0.7, 0.95])).filter(lambda link: link[0] < link[1])
)


@settings(max_examples=100, deadline=None)
@given(GIVEN_OR_NOT, LINKS)
def test_no_sure_copies_are_parted_and_no_given_group_is_torn(
    given_groups: list[tuple[str | None, str]], links: list[tuple[int, int, float]]
) -> None:
    samples = [sample(f"{number}.png", group, source) for number, (group, source) in enumerate(given_groups)]
    pairs = sorted((Pair(*link) for link in links), key=lambda pair: -pair.similarity)
    found = keys(samples, infer_groups(samples, pairs))
    assert all(found[pair.first] == found[pair.second] for pair in pairs if pair.similarity >= SURE)
    for one, other in combinations(range(10), 2):
        if samples[one].group is not None and samples[one].group_key == samples[other].group_key:
            assert found[one] == found[other]


def test_a_lone_group_keeps_its_name() -> None:
    samples = [sample("a.png", "one"), sample("b.png", "*/all", "two")]
    assert infer_groups(samples, []) == [GroupDecision("one", GIVEN), GroupDecision("*/all", GIVEN)]


def test_an_override_parts_what_looks_the_same() -> None:
    samples = [sample("a.png"), sample("b.png"), sample("c.png")]
    pairs = [Pair(0, 1, 1.0), Pair(0, 2, 1.0), Pair(1, 2, 1.0)]
    decisions = infer_groups(samples, pairs, {"b.png": "another weld"})
    assert decisions[0] == decisions[2]
    assert decisions[0].how == HASH
    assert decisions[1] == GroupDecision("another weld", OVERRIDE)


def test_strangers_of_one_name_get_groups_of_their_own() -> None:
    decisions = infer_groups([sample("train/1.png"), sample("valid/1.png"), sample("x.png", group="1")], [])
    assert len({decision.group for decision in decisions}) == 3


def test_two_sources_are_not_joined_by_name() -> None:
    named = [sample(f"a_jpg.rf.{HEX}.jpg", source=source) for source in ("one", "two")]
    assert len({decision.group for decision in infer_groups(named, [])}) == 2


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda pair: pair[0] < pair[1])))
def test_the_order_of_samples_changes_no_group(links: list[tuple[int, int]]) -> None:
    samples = [sample(f"{number}.png") for number in range(10)]
    pairs = [Pair(first, second, 0.9) for first, second in dict.fromkeys(links)]
    straight = infer_groups(samples, pairs)
    turned = infer_groups(samples[::-1], [Pair(9 - pair.second, 9 - pair.first, pair.similarity) for pair in pairs])
    assert turned[::-1] == straight


@pytest.mark.parametrize("file", ["b.png", "two/b.png", "data/two/b.png"])
def test_an_override_is_the_end_of_a_path(file: str) -> None:
    samples = [sample("one/a.png"), sample("two/b.png")]
    assert infer_groups(samples, [], {file: "g"})[1] == GroupDecision("g", OVERRIDE)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"c.png": "g"}, "no picture 'c.png'"),
        ({"a.png": "g"}, "is the name of 2 pictures"),
        ({"wo/b.png": "g"}, "no picture"),
        ({"b.png": "g", "two/b.png": "h"}, "named twice"),
    ],
)
def test_overrides_that_cannot_be_followed(overrides: dict[str, str], message: str) -> None:
    samples = [sample("one/a.png"), sample("two/a.png"), sample("two/b.png")]
    with pytest.raises(DatasetError, match=message):
        infer_groups(samples, [], overrides)


def test_overrides_are_read_from_a_table(tmp_path: Path) -> None:
    table = tmp_path / "groups.csv"
    table.write_text("\ufefffile, group, why\none\\a.png, weld 1, seen it\nb.png, weld 2,\n", encoding="utf-8")
    assert read_overrides(table) == {"one/a.png": "weld 1", "b.png": "weld 2"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: needs the columns file and group"),
        ("file,weld\na,b\n", "line 1: needs the columns"),
        ("file,group\na.png,\n", "line 2: needs a file and a group"),
        ("file,group\na.png\n", "line 2: needs a file and a group"),
        ("file,group\na.png,1\na.png,2\n", "line 3: 'a.png' has another group before"),
        ('file,group\n"a.png,1\n', "no CSV"),
        ("file,group\n\udcff,1\n", "no CSV in UTF-8"),
    ],
)
def test_a_broken_table_says_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    table = tmp_path / "groups.csv"
    table.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(DatasetError, match=message):
        read_overrides(table)


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="cannot be read"):
        read_overrides(tmp_path / "none.csv")


def test_no_pictures() -> None:
    assert infer_groups([], []) == []
    assert summarise_groups([]).groups == 0


def test_samples_stay_as_they_are() -> None:
    one = sample("a.png")
    infer_groups([one], [])
    assert one == replace(one)
