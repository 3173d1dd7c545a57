"""Where new pictures go: which known group they belong to, and which part of the split that is.

The frozen test part never grows and never leaks: new pictures that share a group or a near copy with one of it are left
out, with all of their group. A group that hangs together with both training and validation is left out too. Pictures of
known groups follow those; of the groups that are new, a share is held out, so that a model can be judged by them.

The answer depends on what is given alone, and placing again what was left out gives the same answer. Knows records and
pairs. Does not know pictures, or people.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from beadwatch.datasets.addition import remember_group
from beadwatch.datasets.linkage import Forest, clusters
from beadwatch.datasets.near_duplicates import SURE, Pair
from beadwatch.datasets.sample import ACROSS
from beadwatch.datasets.snapshot import Record
from beadwatch.datasets.split import whole_groups

NEW_GROUP = "part and seam, or sender and day"
_TEST, _TIES = "test", "ties"


@dataclass(frozen=True, slots=True)
class Likeness:
    """Near copies among pictures: `pairs` by their numbers in `digests` (sha256), the most alike first."""

    digests: Sequence[str]
    pairs: Sequence[Pair]


@dataclass(frozen=True, slots=True)
class Placed:
    """All records of the set, of which some of the old may have a group renamed, and the new ones that were left out.

    `near_test` hang together with the frozen test part; `tying` with training and validation at once.
    """

    records: tuple[Record, ...]
    new: tuple[Record, ...]
    near_test: tuple[Record, ...]
    tying: tuple[Record, ...]


def place(
    held: Sequence[Record],
    new: Sequence[Record],
    links: Mapping[str, str],
    likeness: Likeness,
    draw: tuple[float, int],
) -> Placed:
    """Place `new` records, whose pictures are all different and none of the old ones, among `held` ones.

    `new` have their group as it was declared. `links` maps pictures (sha256), old ones too, to the group that was
    declared for them. `draw` is the share of new groups that is held out, and a seed.
    """
    records, known = [*held, *new], len(held)
    members: dict[int, list[int]] = defaultdict(list)
    roots = _joined(records, known, links, likeness).roots()
    for number, root in enumerate(roots):
        members[root].append(number)
    near = _near_test(held, new, likeness)
    fates = {root: _fate(records, known, own, near) for root, own in members.items() if own[-1] >= known}
    undecided = {root: [records[n] for n in members[root]] for root, fate in fates.items() if fate is None}
    drawn = _draw(held, undecided, draw)
    changed: dict[int, Record] = {}
    for root, fate in fates.items():
        if fate not in {_TEST, _TIES}:
            part = drawn[root] if fate is None else fate or None
            changed |= _grouped(records, known, members[root], part)
    left_out = {
        why: tuple(records[n] for n in range(known, len(records)) if fates[roots[n]] == why) for why in (_TEST, _TIES)
    }
    old = [changed.get(number, record) for number, record in enumerate(held)]
    fresh = [changed[number] for number in range(known, len(records)) if number in changed]
    return Placed((*old, *fresh), tuple(fresh), left_out[_TEST], left_out[_TIES])


def _joined(records: Sequence[Record], known: int, links: Mapping[str, str], likeness: Likeness) -> Forest:
    """Join what hangs together through declared groups and near copies; two old groups are never joined by looks."""
    forest, first = Forest(len(records)), dict[tuple[str, str], int]()
    whole = whole_groups(records[:known])
    for number, record in enumerate(records):
        first.setdefault(("bytes", record.sha256), number)
        if number < known:
            forest.join(first.setdefault(("group", whole[number]), number), number)
        if record.sha256 in links:
            forest.join(first.setdefault(("link", links[record.sha256]), number), number)
    alike = clusters(len(likeness.digests), likeness.pairs)
    for pair in likeness.pairs:
        one, other = (first[("bytes", likeness.digests[n])] for n in (pair.first, pair.second))
        together = pair.similarity >= SURE or alike[pair.first] == alike[pair.second]
        if together and max(one, other) >= known:
            forest.join(one, other)
    return forest


def _near_test(held: Sequence[Record], new: Sequence[Record], likeness: Likeness) -> set[str]:
    """Return the new pictures (sha256) that are near copies of one of the frozen test part."""
    test, fresh = {each.sha256 for each in held if each.split == "test"}, {each.sha256 for each in new}
    pairs = [(likeness.digests[pair.first], likeness.digests[pair.second]) for pair in likeness.pairs]
    return {one for pair in pairs for one, other in (pair, pair[::-1]) if one in fresh and other in test}


def _fate(records: Sequence[Record], known: int, members: Sequence[int], near: set[str]) -> str | None:
    """Return the part that the new pictures of a component go to, or why they go nowhere; None: to be drawn.

    The empty text stands for a group that has no part yet: they wait as it does.
    """
    parts = {records[number].split for number in members if number < known}
    if "test" in parts or any(records[number].sha256 in near for number in members):
        return _TEST
    if len(parts) > 1:
        return _TIES
    return None if not parts else parts.pop() or ""


def _grouped(records: Sequence[Record], known: int, members: Sequence[int], part: str | None) -> dict[int, Record]:
    """Give the new pictures of a component one group: that of an old picture, if there is one."""
    new = [number for number in members if number >= known]
    old = min((n for n in members if n < known), key=lambda n: (records[n].group_key, n), default=None)
    if old is None:
        name = min(records[n].group or "" for n in new)
        return {n: replace(records[n], group=name, group_how=NEW_GROUP, split=part) for n in new}
    mate = records[old]
    name, changed = mate.group or "", dict[int, Record]()
    strange = any(records[n].source != mate.source for n in new)
    if mate.group is None or (strange and not name.startswith(ACROSS)):
        name = _across(mate, records[:known])
        for n in range(known):
            if records[n].group_key == mate.group_key:
                changed[n] = replace(records[n], group=name, group_how=remember_group(records[n]))
    how = f"{NEW_GROUP}, joined"
    return changed | {n: replace(records[n], group=name, group_how=how, split=part) for n in new}


def _across(mate: Record, held: Sequence[Record]) -> str:
    """Return a name for the group of `mate` that holds in all sources and that no other group has."""
    name = f"{ACROSS}{mate.group or mate.name}"
    taken = {record.group for record in held}
    return name if name not in taken else f"{name} ({mate.source})"


def _draw(held: Sequence[Record], groups: Mapping[int, Sequence[Record]], draw: tuple[float, int]) -> dict[int, str]:
    """Hold out a share of the new groups, class by class: of a class with one group, that one is trained on."""
    share, seed = draw
    seen: dict[str, set[str]] = defaultdict(set)
    out: dict[str, set[str]] = defaultdict(set)
    for record in held:
        if record.group_how == NEW_GROUP and record.split in {"train", "valid"}:
            for label in record.labels:
                seen[label].add(record.group_key)
                if record.split == "valid":
                    out[label].add(record.group_key)
    counts = Counter(label for own in groups.values() for label in {name for each in own for name in each.labels})

    def chance(root: int) -> str:
        named = f"{seed}/{min(each.group_key for each in groups[root])}"
        return hashlib.sha256(named.encode()).hexdigest()

    drawn = {}
    for root in sorted(groups, key=chance):
        labels = {name for each in groups[root] for name in each.labels}
        rarest = min(labels, key=lambda name: (counts[name] + len(seen[name]), name))
        key = min(each.group_key for each in groups[root])
        holds = len(out[rarest]) + 1 <= round(share * (len(seen[rarest]) + 1))
        drawn[root] = "valid" if holds else "train"
        for label in labels:
            seen[label].add(key)
            if holds:
                out[label].add(key)
    return drawn
