"""Copies are found whatever was done to them, strangers are not, and the work grows with the number of pictures."""

from collections.abc import Sequence

import numpy as np
import pytest

from beadwatch.datasets.fingerprint import Fingerprint, Floats
from beadwatch.datasets.likeness import NEAR
from beadwatch.datasets.linkage import clusters
from beadwatch.datasets.near_duplicates import DOUBTFUL, ORDERS, WINDOW, near_pairs, neighbours
from tests.datasets.welds import CHANGES, Change, seen, seen_weld, weld
from tests.pictures import BLACK, WHITE, plain


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_copy_is_found_among_strangers(change: Change) -> None:
    prints = [seen_weld(seed) for seed in range(30)]
    prints += [seen(change(weld(7)))]
    (pair,) = near_pairs(prints)
    assert (pair.first, pair.second) == (7, 30)
    assert pair.similarity >= NEAR


def test_the_same_picture_twice_is_entirely_alike() -> None:
    (pair,) = near_pairs([seen_weld(1), seen_weld(1)])
    assert (pair.first, pair.second) == (0, 1)
    assert pair.similarity == pytest.approx(1.0, abs=1e-6)


def test_different_welds_are_no_pair() -> None:
    assert near_pairs([seen_weld(seed) for seed in range(60)]) == []


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_pictures(count: int) -> None:
    assert near_pairs([seen_weld(seed) for seed in range(count)]) == []


def test_unreadable_and_flat_pictures_are_in_no_pair() -> None:
    black, white = seen(plain(BLACK, 64, 64)), seen(plain(WHITE, 64, 64))
    prints = [None, black, seen_weld(1), black, white, None, seen(weld(1)[:, ::-1])]
    assert [(pair.first, pair.second) for pair in near_pairs(prints)] == [(2, 6)]


def test_the_most_alike_come_first_and_each_pair_once() -> None:
    prints = [seen(change(weld(1))) for change in CHANGES.values()]
    pairs = near_pairs(prints)
    assert [pair.similarity for pair in pairs] == sorted((pair.similarity for pair in pairs), reverse=True)
    assert len({(pair.first, pair.second) for pair in pairs}) == len(pairs)
    assert all(pair.first < pair.second for pair in pairs)


def test_the_order_of_pictures_changes_no_pair() -> None:
    prints = [seen(change(weld(seed))) for seed in range(6) for change in list(CHANGES.values())[:4]]
    shuffle = np.random.default_rng(0).permutation(len(prints))
    straight = {(pair.first, pair.second) for pair in near_pairs(prints)}
    mixed = near_pairs([prints[number] for number in shuffle])
    moved = {tuple(sorted((int(shuffle[pair.first]), int(shuffle[pair.second])))) for pair in mixed}
    assert moved == straight


@pytest.mark.parametrize("count", [100, 1000, 4000])
def test_comparisons_grow_with_the_number_of_pictures_only(count: int) -> None:
    hashes = np.random.default_rng(0).integers(0, 2**63, count).astype(np.uint64)
    compared = sum(len(first) for first, _, _ in neighbours(hashes))
    assert compared <= count * 8 * ORDERS * 2 * WINDOW


def test_a_crowd_of_one_picture_hangs_together_without_all_its_pairs() -> None:
    crowd: list[Fingerprint | None] = [seen_weld(1)] * 500
    pairs = near_pairs([*crowd, seen_weld(2)])
    assert len(pairs) < 500 * 8 * ORDERS
    groups = clusters(501, pairs)
    assert len(set(groups[:500])) == 1
    assert groups[500] != groups[0]


def like(base: Fingerprint, share: float) -> Fingerprint:
    """Return a fingerprint whose details are `share` those of `base` and otherwise noise."""
    noise = np.random.default_rng(5).normal(0, 32, 1024)
    detail = np.frombuffer(base.detail, np.int8) * share + noise * (1 - share)
    return Fingerprint(64, 64, 20.0, base.hash, np.clip(np.rint(detail), -127, 127).astype(np.int8).tobytes())


@pytest.mark.parametrize(("cosine", "found"), [(1.0, True), (0.5, False)])
def test_an_embedding_decides_what_the_details_leave_in_doubt(cosine: float, found: bool) -> None:
    base = seen_weld(1)
    shares = np.linspace(0.2, 0.9, 71)
    doubtful = next(
        other for share in shares if (other := like(base, share)) and near_pairs([base, other], DOUBTFUL)
    )  # the least alike that counts as doubtful
    asked: list[int] = []

    def embed(numbers: Sequence[int]) -> Floats:
        asked.extend(numbers)
        rows = {1: [1.0, 0.0], 2: [cosine, np.sqrt(1 - cosine**2)]}
        return np.array([rows[number] for number in numbers], np.float32)

    prints = [None, base, doubtful, seen_weld(2)]
    assert near_pairs(prints) == []
    assert bool(near_pairs(prints, embed=embed)) is found
    assert asked == [1, 2], "only doubtful pictures are embedded"


def test_no_embedding_is_asked_for_without_doubt() -> None:
    def embed(numbers: Sequence[int]) -> Floats:
        raise AssertionError(numbers)

    assert len(near_pairs([seen_weld(1), seen_weld(1), seen_weld(2)], embed=embed)) == 1
