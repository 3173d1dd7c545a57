"""Clusters join what is tied well, and a single look-alike chains nothing together."""

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from beadwatch.datasets.linkage import Forest, clusters
from beadwatch.datasets.near_duplicates import Pair


def clique(numbers: range, similarity: float = 0.9) -> list[Pair]:
    return [Pair(first, second, similarity) for first, second in combinations(numbers, 2)]


def test_pairs_make_clusters() -> None:
    found = clusters(5, [Pair(0, 2, 0.9), Pair(2, 4, 0.8)])
    assert found[0] == found[2] == found[4]
    assert len(set(found)) == 3


def test_one_link_does_not_chain_two_crowds() -> None:
    pairs = [*clique(range(12)), *clique(range(12, 24)), Pair(3, 20, 0.7)]
    assert len(set(clusters(24, pairs))) == 2
    assert len(set(clusters(24, pairs, support=0.0))) == 1


def test_many_links_join_two_crowds() -> None:
    ties = [Pair(number, number + 12, 0.7) for number in range(4)]
    assert len(set(clusters(24, [*clique(range(12)), *clique(range(12, 24)), *ties]))) == 1


def test_links_count_on_when_their_clusters_grow() -> None:
    # Links to two halves of a crowd come first; when the halves join, the links together suffice.
    first, second, third = range(12), range(12, 24), range(24, 36)
    pairs = [*clique(first), *clique(second), *clique(third)]
    pairs += [Pair(0, 24, 0.8), Pair(1, 25, 0.8), Pair(12, 26, 0.8)]
    pairs += [Pair(number, number + 12, 0.7) for number in range(3)]
    assert len(set(clusters(36, pairs))) == 2
    assert len(set(clusters(36, [*pairs, Pair(13, 27, 0.7)]))) == 1


PAIRS = st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)).filter(lambda pair: pair[0] < pair[1]), max_size=80)


@settings(max_examples=50, deadline=None)
@given(PAIRS)
def test_clusters_lie_within_what_pairs_connect(links: list[tuple[int, int]]) -> None:
    pairs = [Pair(first, second, 0.9) for first, second in links]
    guarded, open_ = clusters(20, pairs), clusters(20, pairs, support=0.0)
    assert all(
        open_[one] == open_[other] for one, other in combinations(range(20), 2) if guarded[one] == guarded[other]
    )
    forest = Forest(20)
    for first, second in links:
        forest.join(first, second)
    reached = forest.roots()
    assert all((reached[a] == reached[b]) == (open_[a] == open_[b]) for a, b in combinations(range(20), 2))
    assert sum(forest.sizes[root] for root in set(reached)) == 20
