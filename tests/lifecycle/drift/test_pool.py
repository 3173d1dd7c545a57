"""Sums over groups and what is computed from them, against SciPy and against doing it the long way."""

import numpy as np
import pytest
from scipy.stats import energy_distance

from beadwatch.lifecycle.drift.pool import Pool, corrected, energies

DICE = np.random.default_rng(3)
SIZES = [1, 700, 2, 5, 1, 30, 600, 3, 9]  # over the rows that are worked on at once, and under
GROUPS = DICE.permutation(np.repeat([f"g{number}" for number in range(len(SIZES))], SIZES))
CURRENT = np.isin(GROUPS, ["g1", "g4", "g8"])
VALUES = DICE.normal(size=len(GROUPS)) + 2.0 * CURRENT


def gap(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    return np.asarray(np.abs(some - others.T))


def test_sums_are_those_of_the_groups() -> None:
    pool = Pool(GROUPS, CURRENT)
    names = np.unique(GROUPS)
    assert pool.sizes.tolist() == [(name == GROUPS).sum() for name in names]
    assert pool.means(VALUES) == pytest.approx([VALUES[name == GROUPS].mean() for name in names])
    assert names[pool.current].tolist() == ["g1", "g4", "g8"]
    pairs = pool.pair_sums(VALUES[:, None], gap)
    for row, one in enumerate(names):
        for column, other in enumerate(names):
            told = gap(VALUES[one == GROUPS][:, None], VALUES[other == GROUPS][:, None]).sum()
            assert pairs[row, column] == pytest.approx(told)


def test_the_energy_distance_is_scipys_with_each_group_counting_once() -> None:
    pool = Pool(GROUPS, CURRENT)
    splits = pool.splits(20, seed=0)
    pairs = pool.pair_sums(VALUES[:, None], gap) / np.outer(pool.sizes, pool.sizes)
    names, index = np.unique(GROUPS, return_inverse=True)
    for split, distance in zip(splits, energies(pairs, splits)[0], strict=True):
        here, weights = split[index] > 0, 1.0 / pool.sizes[index]
        expected = energy_distance(VALUES[here], VALUES[~here], weights[here], weights[~here]) ** 2
        assert distance == pytest.approx(expected, rel=1e-6)
    assert len(names) == len(SIZES)


def test_splits_move_whole_groups_and_keep_their_number() -> None:
    pool = Pool(GROUPS, CURRENT)
    splits = pool.splits(50, seed=0)
    assert splits[0].tolist() == pool.current.tolist()
    assert set(splits.sum(axis=1)) == {3.0}
    assert len(np.unique(splits, axis=0)) > 20
    assert np.array_equal(splits, pool.splits(50, seed=0))


@pytest.mark.parametrize("current", [True, False])
def test_resamples_draw_from_one_side_only(current: bool) -> None:
    pool = Pool(GROUPS, CURRENT)
    drawn = pool.resamples(40, seed=0, current=current)
    assert not drawn[:, pool.current != current].any()
    assert set(drawn.sum(axis=1)) == {float((pool.current == current).sum())}


def test_a_group_on_both_sides_is_refused() -> None:
    with pytest.raises(ValueError, match="both sides"):
        Pool(np.array(["a", "a", "b"]), np.array([True, False, False]))


def test_p_values_are_corrected_for_all_tests_together() -> None:
    dice = np.random.default_rng(0)
    alone = np.append(3.0, dice.normal(size=999))
    others = {f"other {number}": dice.normal(size=1000) * 50.0 for number in range(30)}
    for each in others.values():
        each[0] = 0.0
    single, together = corrected({"this": alone})["this"], corrected({"this": alone} | others)["this"]
    assert single < 0.01
    assert together > 0.01
    copies = {f"copy {number}": alone for number in range(30)}
    assert corrected(copies)["copy 0"] == single  # tests that say the same cost nothing


def test_undefined_and_constant_statistics_alarm_nobody() -> None:
    holes = np.append(2.0, np.full(99, np.nan))
    assert corrected({"holes": holes, "same": np.ones(100)}) == {"holes": 1.0, "same": 1.0}


def test_the_smallest_corrected_p_value_is_rarely_small_without_drift() -> None:
    dice = np.random.default_rng(1)
    smallest = []
    for _ in range(400):
        shared = dice.normal(size=200)
        smallest.append(min(corrected({str(k): shared + dice.exponential(size=200) for k in range(8)}).values()))
    assert np.mean(np.array(smallest) <= 0.05) == pytest.approx(0.05, abs=0.03)
