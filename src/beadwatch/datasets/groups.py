"""Groups where a set has none: pictures that show the same weld, run or source photo, and how that was decided.

Puts together what the names say, what the pictures say, and what a person says; a person has the last word. The table
of overrides has the columns `file` and `group`; `file` is a name, or as much of the end of a path as tells it from
others. Knows samples and pairs. Does not read pictures.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from beadwatch.datasets.linkage import Forest, clusters
from beadwatch.datasets.name_families import name_families
from beadwatch.datasets.near_duplicates import SURE, Pair
from beadwatch.datasets.sample import ACROSS, Sample, group_key
from beadwatch.domain.csv_cells import plain_cell
from beadwatch.domain.errors import DatasetError

OVERRIDE = "override"
GIVEN = "given"
NAMES = "name family"
HASH = "hash"
BOTH = "both"
ALONE = "alone"
JOINED = "joined"
HOW = (OVERRIDE, GIVEN, JOINED, NAMES, HASH, BOTH, ALONE)


@dataclass(frozen=True, slots=True)
class GroupDecision:
    """The group of one picture and how it was decided, one of `HOW`.

    `GIVEN` groups keep the name that the set gave; `JOINED` ones got that of another, of which they hold a sure copy.
    """

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

    A group that the set gives is never torn, and an override goes before everything: no look joins a picture that a
    person has placed. The others are joined by the families of their names and by `pairs` (numbers of samples, the most
    alike first). Sure copies are always joined, groups that the set gives included: parted, they would leak. Pairs
    below that are guarded against chains as `linkage.clusters` says, and never join two groups that the set gives.
    A group of pictures from several sources gets a name that holds in all of them.

    Raises:
        DatasetError: an override names no picture of the set, or several.
    """
    chosen = _overridden(samples, overrides or {})
    named = {number: sample.group for number, sample in enumerate(samples) if sample.group is not None} | chosen
    evidence = _evidence(samples, named.keys(), chosen.keys(), pairs)
    forest = _joined(samples, named, evidence)
    members: dict[int, list[int]] = defaultdict(list)
    for number, root in enumerate(forest.roots()):
        members[root].append(number)
    decisions: dict[int, GroupDecision] = {}
    taken = set(named.values())
    for group in sorted(members.values(), key=lambda group: min(_place(samples[number]) for number in group)):
        name = _name(samples, group, (named, chosen), evidence, taken)
        how = _how([evidence.families[n] for n in group], [evidence.alike[n] for n in group])
        for number in group:
            if number in chosen:
                decisions[number] = GroupDecision(name, OVERRIDE)
            elif number in named:
                decisions[number] = GroupDecision(name, GIVEN if named[number] == name else JOINED)
            else:
                decisions[number] = GroupDecision(name, how)
    return [decisions[number] for number in range(len(samples))]


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
                name, group = (plain_cell((row[column] or "").strip()) for column in ("file", "group"))
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
    sources: dict[str, set[str]] = defaultdict(set)
    for number, group in chosen.items():
        sources[group].add(samples[number].source)
    return {n: _across(group) if len(sources[group]) > 1 else group for n, group in chosen.items()}


def _across(group: str) -> str:
    return group if group.startswith(ACROSS) else f"{ACROSS}{group}"


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What speaks for a common group: for each sample its source's family and its cluster of looks, and the pairs."""

    families: Sequence[tuple[str, str] | None]
    alike: Sequence[int]
    pairs: Sequence[Pair]


def _evidence(
    samples: Sequence[Sample], named: Collection[int], chosen: Collection[int], pairs: Sequence[Pair]
) -> _Evidence:
    free = [pair for pair in pairs if pair.first not in chosen and pair.second not in chosen]
    unnamed = [number for number in range(len(samples)) if number not in named]
    found = name_families([samples[number].path for number in unnamed])
    families: list[tuple[str, str] | None] = [None] * len(samples)
    for number, family in zip(unnamed, found, strict=True):
        if family is not None:  # two sources may happen to call alike what is not
            families[number] = samples[number].source, family
    return _Evidence(families, clusters(len(samples), free), free)


def _joined(samples: Sequence[Sample], named: Mapping[int, str], evidence: _Evidence) -> Forest:
    """Join what belongs together; below sure copies nothing joins two groups that have a name."""
    forest = Forest(len(samples))
    first: dict[object, int] = {}
    for number, group in named.items():
        forest.join(first.setdefault(group_key(samples[number].source, group), number), number)
    for pair in evidence.pairs:
        if pair.similarity >= SURE:
            forest.join(pair.first, pair.second)
    has_name = {forest.root(number) for number in named}
    links = [(first.setdefault(family, n), n) for n, family in enumerate(evidence.families) if family is not None]
    links += [(pair.first, pair.second) for pair in evidence.pairs if _same(evidence.alike, pair)]
    for one, other in links:
        roots = {forest.root(one), forest.root(other)}
        if not roots <= has_name:
            stays, _ = forest.join(one, other)
            if roots & has_name:
                has_name.add(stays)
    return forest


def _same(marks: Sequence[int], pair: Pair) -> bool:
    return marks[pair.first] == marks[pair.second]


def _name(
    samples: Sequence[Sample],
    group: Sequence[int],
    names: tuple[Mapping[int, str], Mapping[int, str]],
    evidence: _Evidence,
    taken: set[str],
) -> str:
    """Return the name of a group: one that it has, or else one that no other has."""
    named, chosen = names
    has = {chosen[n] for n in group if n in chosen} or {named[n] for n in group if n in named}
    several = len({samples[number].source for number in group}) > 1
    everywhere = [name for name in has if name.startswith(ACROSS)]
    if everywhere or (has and not several):
        return min(everywhere or has)
    new = has or {family[1] for n in group if (family := evidence.families[n])} or {samples[n].path.stem for n in group}
    return _unused(_across(min(new)) if several else min(new), taken)


def _place(sample: Sample) -> tuple[Path, str]:
    return sample.path, sample.source


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
