"""Groups where a set has none: pictures that show the same weld, run or source photo, and how that was decided.

Puts together what the names say, what the pictures say, and what a person says; a person has the last word. The table
of overrides has the columns `file` and `group`; `file` is a name, or as much of the end of a path as tells it from
others. Knows samples and pairs. Does not read pictures.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from beadwatch.datasets.linkage import Forest, clusters
from beadwatch.datasets.name_families import name_families
from beadwatch.datasets.near_duplicates import Pair
from beadwatch.datasets.sample import Sample
from beadwatch.domain.errors import DatasetError

OVERRIDE = "override"
GIVEN = "given"
NAMES = "name family"
HASH = "hash"
BOTH = "both"
ALONE = "alone"
HOW = (OVERRIDE, GIVEN, NAMES, HASH, BOTH, ALONE)


@dataclass(frozen=True, slots=True)
class GroupDecision:
    """The group of one picture and how it was decided, one of `HOW`."""

    group: str
    how: str


@dataclass(frozen=True, slots=True)
class GroupSummary:
    """How many groups there are, how many pictures each way of deciding placed, and the largest group."""

    pictures: int
    groups: int
    by_how: Mapping[str, int]
    largest_group: str
    largest_pictures: int


def infer_groups(
    samples: Sequence[Sample], pairs: Sequence[Pair], overrides: Mapping[str, str] | None = None
) -> list[GroupDecision]:
    """Decide the group of each sample.

    A group that the set gives stays as it is, and an override goes before everything. The other pictures are joined by
    the families of their names and by `pairs` (numbers of samples, the most alike first), the latter guarded against
    chains as `linkage.clusters` says.

    Raises:
        DatasetError: an override names no picture of the set, or several.
    """
    chosen = _overridden(samples, overrides or {})
    open_ones = [n for n, sample in enumerate(samples) if sample.group is None and n not in chosen]
    decisions = [GroupDecision(sample.group or "", GIVEN) for sample in samples]
    for number, group in chosen.items():
        decisions[number] = GroupDecision(group, OVERRIDE)
    taken = {decision.group for decision in decisions}
    for number, decision in zip(open_ones, _inferred(samples, open_ones, pairs, taken), strict=True):
        decisions[number] = decision
    return decisions


def summarise_groups(decisions: Sequence[GroupDecision]) -> GroupSummary:
    """Count; a largest group that holds a good part of the set is a chain more often than a weld."""
    sizes = Counter(decision.group for decision in decisions)
    by_how = Counter(decision.how for decision in decisions)
    largest, pictures = max(sizes.items(), key=lambda item: (item[1], item[0]), default=("", 0))
    return GroupSummary(len(decisions), len(sizes), {how: by_how[how] for how in HOW if by_how[how]}, largest, pictures)


def read_overrides(path: Path) -> dict[str, str]:
    """Read a table of overrides: CSV in UTF-8 with the columns `file` and `group`.

    Raises:
        DatasetError: it is missing or broken, or names a file twice with two groups; with the line.
    """
    overrides: dict[str, str] = {}
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:  # spreadsheets put a mark at the start
            reader = csv.DictReader(file, skipinitialspace=True, strict=True)
            if not {"file", "group"} <= set(reader.fieldnames or ()):
                raise DatasetError(f"{path}, line 1: needs the columns file and group")
            for row in reader:
                name, group = ((row[column] or "").strip() for column in ("file", "group"))
                name = name.replace("\\", "/")
                if not name or not group:
                    raise DatasetError(f"{path}, line {reader.line_num}: needs a file and a group")
                if overrides.setdefault(name, group) != group:
                    raise DatasetError(f"{path}, line {reader.line_num}: {name!r} has another group before; keep one")
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, csv.Error) as error:
        raise DatasetError(f"{path}: no CSV in UTF-8: {error}") from error
    return overrides


def _overridden(samples: Sequence[Sample], overrides: Mapping[str, str]) -> dict[int, str]:
    by_name: dict[str, list[int]] = defaultdict(list)
    if overrides:
        for number, sample in enumerate(samples):
            by_name[sample.path.name].append(number)
    chosen: dict[int, str] = {}
    for file, group in overrides.items():
        ending = Path(file).parts
        found = [n for n in by_name.get(Path(file).name, []) if samples[n].path.parts[-len(ending) :] == ending]
        if not found:
            raise DatasetError(f"overrides: no picture {file!r} in the set; give its name or the end of its path")
        if len(found) > 1:
            raise DatasetError(f"overrides: {file!r} is the name of {len(found)} pictures; put its folder before it")
        if chosen.setdefault(found[0], group) != group:
            raise DatasetError(f"overrides: {file!r} is named twice with two groups; keep one of them")
    return chosen


def _inferred(
    samples: Sequence[Sample], numbers: Sequence[int], pairs: Sequence[Pair], taken: set[str]
) -> list[GroupDecision]:
    """Decide for the samples `numbers`, in their order; no group gets a name in `taken`."""
    place = {number: index for index, number in enumerate(numbers)}
    inside = [
        Pair(place[pair.first], place[pair.second], pair.similarity)
        for pair in pairs
        if pair.first in place and pair.second in place
    ]
    paths = [samples[number].path for number in numbers]
    families = _by_source(samples, numbers, name_families(paths))
    alike = clusters(len(numbers), inside)
    forest = Forest(len(numbers))
    for marks in (families, alike):
        first: dict[object, int] = {}
        for index, mark in enumerate(marks):
            if mark is not None:
                forest.join(first.setdefault(mark, index), index)
    members: dict[int, list[int]] = defaultdict(list)
    for index, root in enumerate(forest.roots()):
        members[root].append(index)
    decisions: dict[int, GroupDecision] = {}
    for group in sorted(members.values(), key=lambda group: min(paths[index] for index in group)):
        how = _how([families[index] for index in group], [alike[index] for index in group])
        names = [family[1] for index in group if (family := families[index])] or [paths[index].stem for index in group]
        decision = GroupDecision(_unused(min(names), taken), how)
        decisions |= dict.fromkeys(group, decision)
    return [decisions[index] for index in range(len(numbers))]


def _by_source(
    samples: Sequence[Sample], numbers: Sequence[int], families: Sequence[str | None]
) -> list[tuple[str, str] | None]:
    """Keep apart what two sources happen to call alike."""
    return [
        None if family is None else (samples[number].source, family)
        for number, family in zip(numbers, families, strict=True)
    ]


def _how(families: Sequence[tuple[str, str] | None], alike: Sequence[int]) -> str:
    """Say what joined the pictures of a group: names, looks, or both."""
    if len(families) == 1:
        return ALONE
    shared_names = any(count > 1 for family, count in Counter(families).items() if family is not None)
    shared_looks = any(count > 1 for count in Counter(alike).values())
    if shared_names and shared_looks:
        return BOTH
    return NAMES if shared_names else HASH


def _unused(name: str, taken: set[str]) -> str:
    free, number = name, 2
    while free in taken:
        free, number = f"{name} ({number})", number + 1
    taken.add(free)
    return free
