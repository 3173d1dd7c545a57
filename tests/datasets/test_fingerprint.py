"""A fingerprint outlives what copies go through, and its hash foretells those of the turned picture."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beadwatch.datasets.fingerprint import SIDE, symmetric_cells, symmetric_hashes
from tests.datasets.welds import CHANGES, Change, seen, seen_weld, weld
from tests.pictures import GREY, plain


def differing(first: int, second: int) -> int:
    return (first ^ second).bit_count()


def test_it_is_a_small_value_that_repeats() -> None:
    assert seen(weld(1)) == seen(weld(1))
    assert hash(seen(weld(1))) == hash(seen(weld(1)))
    assert len(seen_weld(1).detail) == SIDE * SIDE
    assert 0 <= seen_weld(1).hash < 2**64
    assert (seen_weld(1).width_px, seen_weld(1).height_px) == (256, 192)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("seed", range(4))
def test_one_of_the_eight_hashes_stays_near(seed: int, change: Change) -> None:
    before, after = seen_weld(seed), seen(change(weld(seed)))
    variants = symmetric_hashes(np.array([after.hash], np.uint64))[:, 0]
    assert min(differing(before.hash, int(variant)) for variant in variants) <= 14


def test_different_welds_are_far_apart() -> None:
    hashes = np.array([seen_weld(seed).hash for seed in range(40)], np.uint64)
    for variant in symmetric_hashes(hashes):
        apart = np.bitwise_count(hashes[:, None] ^ variant[None, :])
        assert apart[~np.eye(len(hashes), dtype=bool)].min() > 14


@pytest.mark.parametrize("symmetry", range(8))
def test_hashes_and_cells_mean_the_same_symmetry(symmetry: int) -> None:
    picture = weld(3, 256, 256)
    small = np.arange(SIDE * SIDE)[symmetric_cells()[symmetry]].reshape(SIDE, SIDE)
    big = np.arange(256 * 256).reshape(256, 256)
    turns = [
        np.rot90(big[:, ::-1] if mirrored else big, quarters) for mirrored in (False, True) for quarters in range(4)
    ]
    cells = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    same = [
        number
        for number, (mirrored, quarters) in enumerate((m, q) for m in (False, True) for q in range(4))
        if np.array_equal(np.rot90(cells[:, ::-1] if mirrored else cells, quarters), small)
    ]
    assert len(same) == 1
    after = seen(picture.reshape(-1, 3)[turns[same[0]].ravel()].reshape(256, 256, 3))
    foretold = symmetric_hashes(np.array([seen(picture).hash], np.uint64))[symmetry, 0]
    assert differing(after.hash, int(foretold)) <= 1


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=20))
def test_the_symmetries_of_hashes_form_a_group(values: list[int]) -> None:
    hashes = np.array(values, np.uint64)
    variants = symmetric_hashes(hashes)
    assert variants.shape == (8, len(values))
    assert np.array_equal(variants[0], hashes)
    for variant in variants:
        assert np.array_equal(np.sort(symmetric_hashes(variant), axis=0), np.sort(variants, axis=0))


@pytest.mark.parametrize("level", [0, 1, 128, 254, 255])
def test_one_colour_is_flat(level: int) -> None:
    assert seen(plain((level, level, level), 64, 64)).flat
    assert not seen_weld(0).flat


def test_a_thin_picture_has_a_fingerprint() -> None:
    assert seen(plain(GREY, 2000, 32)).width_px == 2000
