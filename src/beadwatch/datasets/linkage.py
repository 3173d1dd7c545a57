"""From pairs to clusters, without chains: two clusters become one only when enough pairs tie them.

A single link between two large clusters is more often a look-alike than a copy, and single linkage would chain a whole
set together that way (frames of one fixed camera do it). Knows numbers and pairs. Does not know pictures.
"""

from collections import Counter
from collections.abc import Iterable

from beadwatch.datasets.near_duplicates import Pair

SUPPORT = 0.25  # links that two clusters need, as a share of the smaller one's pictures


class Forest:
    """Clusters of the numbers 0 to `count` - 1, each alone at first (union-find with path halving, by size)."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))
        self.sizes = [1] * count

    def root(self, number: int) -> int:
        """Return the number that stands for the cluster of `number`."""
        parent = self._parent
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    def join(self, first: int, second: int) -> tuple[int, int]:
        """Make one cluster of two; return the root that stays and the one that goes (the same: they were one)."""
        stays, goes = self.root(first), self.root(second)
        if stays == goes:
            return stays, stays
        if self.sizes[stays] < self.sizes[goes]:
            stays, goes = goes, stays
        self._parent[goes] = stays
        self.sizes[stays] += self.sizes[goes]
        return stays, goes

    def roots(self) -> list[int]:
        """Return the root of every number."""
        return [self.root(number) for number in range(len(self._parent))]


def clusters(count: int, pairs: Iterable[Pair], support: float = SUPPORT) -> list[int]:
    """Return the cluster of each of `count` pictures: a number, the same for all of one cluster.

    Pairs are taken in the order given, which should be the most alike first. Links that do not suffice yet are
    counted, and count on when their clusters have grown.
    """
    forest = Forest(count)
    ties: dict[int, Counter[int]] = {}
    for pair in pairs:
        one, other = forest.root(pair.first), forest.root(pair.second)
        if one == other:
            continue
        ties.setdefault(one, Counter())[other] += 1
        ties.setdefault(other, Counter())[one] += 1
        if ties[one][other] >= support * min(forest.sizes[one], forest.sizes[other]):
            _merge(forest, ties, one, other)
    return forest.roots()


def _merge(forest: Forest, ties: dict[int, Counter[int]], one: int, other: int) -> None:
    stays, goes = forest.join(one, other)
    kept = ties[stays]
    for third, count in ties.pop(goes).items():
        if third != stays:
            kept[third] += count
            ties[third][stays] += count
            del ties[third][goes]
    del kept[goes]
