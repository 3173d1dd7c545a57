"""Two sets in one pool of groups, and what random splits of it say: tests that know that pictures of a weld are alike.

Every figure is computed from sums over groups, so that a split of the groups into reference and current, or a resample
of them, is a row of weights and thousands of them are a few matrix products. A group, not a picture, is what is drawn.
Knows groups and numbers. Does not know what is compared.
"""

from collections.abc import Callable, Mapping

import numpy as np

from beadwatch.lifecycle.observations import Flags, Floats, Texts

_CHUNK_ROWS = 512


class Pool:
    """N pictures of G groups, each group on one side: reference or current."""

    def __init__(self, groups: Texts, current: Flags) -> None:
        """Take the group (N) and the side (N) of each picture.

        Raises:
            ValueError: a group stands on both sides.
        """
        names, index = np.unique(groups, return_inverse=True)
        self._order = np.argsort(index, kind="stable")
        self._starts = np.searchsorted(index[self._order], np.arange(len(names)))
        self.sizes = np.diff(np.append(self._starts, len(groups))).astype(np.float64)
        self.current = current[self._order][self._starts]
        if not np.array_equal(self.sums(current.astype(np.float64)), self.sizes * self.current):
            raise ValueError("a group stands on both sides")

    def sums(self, values: Floats) -> Floats:
        """Return sums over groups: N x K to G x K, or N to G."""
        return np.asarray(np.add.reduceat(values[self._order], self._starts, axis=0), dtype=np.float64)

    def means(self, values: Floats) -> Floats:
        """Return the mean of each group: N to G."""
        return self.sums(values) / self.sizes

    def pair_sums(self, values: Floats, pair: Callable[[Floats, Floats], Floats]) -> Floats:
        """Return G x G sums of `pair` over all pairs of pictures; it takes n x K and N x K and gives n x N."""
        ordered = values[self._order]
        ends = np.append(self._starts[1:], len(ordered))
        rows, first = [], 0
        while first < len(self._starts):
            fits = int(np.searchsorted(ends, self._starts[first] + _CHUNK_ROWS, side="right"))
            last = max(first + 1, fits)
            part = pair(ordered[self._starts[first] : ends[last - 1]], ordered)
            by_column = np.add.reduceat(part, self._starts, axis=1)
            rows.append(np.add.reduceat(by_column, self._starts[first:last] - self._starts[first], axis=0))
            first = last
        return np.concatenate(rows)

    def splits(self, permutations: int, seed: int) -> Floats:
        """Return which groups are current, 1 or 0, as (1 + permutations) x G: first as it is, then at random."""
        dice = np.random.default_rng(seed)
        shuffled = dice.permuted(np.tile(self.current, (permutations, 1)), axis=1)
        return np.concatenate([self.current[None], shuffled]).astype(np.float64)

    def resamples(self, count: int, seed: int, current: bool) -> Floats:
        """Return how often each group of one side is drawn, count x G: with replacement, as many as there are."""
        inside = np.flatnonzero(self.current == current)
        weights = np.zeros((count, len(self.current)))
        drawn = np.random.default_rng(seed).multinomial(len(inside), np.full(len(inside), 1 / len(inside)), count)
        weights[:, inside] = drawn
        return weights


def energies(pair_means: Floats, splits: Floats) -> tuple[Floats, float]:
    """Return the energy distance of the two sides of each split, and twice the mean distance between the real sides.

    2 E|X - Y| - E|X - X'| - E|Y - Y'|, each group counting once (Szekely and Rizzo, J. Stat. Plan. Inference 2013);
    the second figure is what it would come to if the sides had nothing in common but points. `pair_means` is G x G.
    """
    count = splits.sum(axis=1, keepdims=True)
    inside, outside = splits / count, (1.0 - splits) / (splits.shape[1] - count)
    contrast = inside - outside
    distance = -np.einsum("pg,pg->p", contrast @ pair_means, contrast)
    return np.maximum(distance, 0.0), float(2.0 * inside[0] @ pair_means @ outside[0])


def corrected(statistics: Mapping[str, Floats]) -> dict[str, float]:
    """Return for each statistic its p-value, corrected for all of them together.

    Each has a value for the real split, first, and for each random one; more means more drift. Westfall and Young's
    single-step max-T: with what share of the splits does the largest of all statistics, each in its own standard
    deviations, come up to this one? If groups are exchangeable, the smallest of these p-values is below alpha in at
    most a share alpha of all checks, however the statistics depend on each other. One undefined in a split is 0 there.
    """
    names = list(statistics)
    values = np.array([statistics[name] for name in names])
    with np.errstate(invalid="ignore", divide="ignore"):
        centred = values - np.nanmean(values, axis=1, keepdims=True)
        deviations = centred / np.nanstd(values, axis=1, keepdims=True)
    deviations[~np.isfinite(deviations)] = 0.0
    largest = deviations.max(axis=0)
    return {name: float((largest >= row[0] - 1e-12).mean()) for name, row in zip(names, deviations, strict=True)}
