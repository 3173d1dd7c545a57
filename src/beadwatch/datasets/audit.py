"""The audit: what is wrong with a set of labelled pictures, before anyone trains on it.

Finds pictures that cannot be judged, copies, copies and groups on both sides of a split, copies that disagree in their
labels, and how classes are spread. Pure: it gets samples and what was computed from their files, and reads no file.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, pairwise
from pathlib import Path

from beadwatch.datasets.audit_report import AuditReport, ClassBalance, Conflict, Copy, Labels, OddPicture, Straddler
from beadwatch.datasets.fingerprint import Fingerprint
from beadwatch.datasets.linkage import Forest, clusters
from beadwatch.datasets.near_duplicates import SURE, Pair
from beadwatch.datasets.sample import Sample

SMALL_PX = 96  # a shorter side below this shows no pore
LONG = 4.0  # long side over short side from which stretching to a model's input hides the weld
_ORDER = {"train": 0, "valid": 1, "test": 2}


def audit(
    samples: Sequence[Sample],
    digests: Sequence[str],
    fingerprints: Sequence[Fingerprint | None],
    pairs: Sequence[Pair],
    broken: Mapping[int, str],
) -> AuditReport:
    """Judge a set.

    All sequences go by sample. `digests` are of the file bytes ("" where a file could not be read), `fingerprints` None
    where it is no picture, and `broken` has the reason for each such number. `pairs` are near copies by sample number.

    Raises:
        ValueError: the sequences are not of one length.
    """
    if not len(samples) == len(digests) == len(fingerprints):
        raise ValueError(f"{len(samples)} samples, {len(digests)} digests and {len(fingerprints)} fingerprints")
    identical = _identical(digests)
    alike = _all_pairs(pairs, identical)
    sure = [pair for pair in alike if pair.similarity >= SURE]
    crossing = [pair for pair in alike if _crosses(samples, pair)]
    copies = [_copy(samples, digests, pair) for pair in crossing]
    return AuditReport(
        pictures=len(samples),
        groups=len({sample.group_key for sample in samples if sample.group is not None}),
        ungrouped=sum(sample.group is None for sample in samples),
        splits=_per_split(samples),
        broken=tuple(OddPicture(samples[number].path, broken[number]) for number in sorted(broken)),
        odd=tuple(_odd(samples, fingerprints)),
        identical=tuple(tuple(samples[number].path for number in numbers) for numbers in identical),
        copies=len(alike),
        copies_across=tuple(copy for copy in copies if copy.similarity >= SURE),
        look_alikes_across=tuple(copy for copy in copies if copy.similarity < SURE),
        straddling=tuple(_straddling(samples)),
        leaked=_leaked(samples, sure),
        conflicts=tuple(_conflicts(samples, sure)),
        unlabelled=tuple(sample.path for sample in samples if not sample.annotations),
        classes=tuple(_balance(samples)),
        together=_together(samples),
    )


def _per_split(samples: Iterable[Sample]) -> dict[str, int]:
    """Count the pictures of each split, the splits in the order in which they are used."""
    counts = Counter(sample.split for sample in samples if sample.split is not None)
    return {split: counts[split] for split in sorted(counts, key=lambda split: (_ORDER.get(split, len(_ORDER)), split))}


def _identical(digests: Sequence[str]) -> list[list[int]]:
    same: dict[str, list[int]] = defaultdict(list)
    for number, digest in enumerate(digests):
        if digest:
            same[digest].append(number)
    return [numbers for numbers in same.values() if len(numbers) > 1]


def _all_pairs(pairs: Iterable[Pair], identical: Iterable[Sequence[int]]) -> list[Pair]:
    """Return near and identical pairs, the most alike first; many identical files are a chain, not all their pairs."""
    found = {(pair.first, pair.second): pair for pair in pairs}
    for numbers in identical:
        for first, second in pairwise(numbers):
            found[first, second] = Pair(first, second, 1.0)
    return sorted(found.values(), key=lambda pair: (-pair.similarity, pair.first, pair.second))


def _crosses(samples: Sequence[Sample], pair: Pair) -> bool:
    first, second = samples[pair.first].split, samples[pair.second].split
    return first is not None and second is not None and first != second


def _copy(samples: Sequence[Sample], digests: Sequence[str], pair: Pair) -> Copy:
    first, second = samples[pair.first], samples[pair.second]
    return Copy(
        paths=(first.path, second.path),
        splits=(first.split, second.split),
        labels=(_labels(first), _labels(second)),
        similarity=pair.similarity,
        identical=bool(digests[pair.first]) and digests[pair.first] == digests[pair.second],
    )


def _labels(sample: Sample) -> Labels:
    return tuple(sorted(sample.labels))


def _odd(samples: Sequence[Sample], fingerprints: Sequence[Fingerprint | None]) -> Iterable[OddPicture]:
    for sample, found in zip(samples, fingerprints, strict=True):
        if found is None:
            continue
        short, long = sorted((found.width_px, found.height_px))
        size = f"{found.width_px} x {found.height_px} px"
        if found.flat:
            yield OddPicture(sample.path, "one colour all over, or nearly: nothing to see")
        elif short < SMALL_PX:
            yield OddPicture(sample.path, f"{size}: too small to show a pore; {SMALL_PX} px a side at least")
        elif long > LONG * short:
            yield OddPicture(sample.path, f"{size}: so long that a model's square input would distort it")


def _straddling(samples: Sequence[Sample]) -> list[Straddler]:
    members: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        if sample.group is not None:
            members[sample.group_key].append(sample)
    per_split = {group: _per_split(found) for group, found in members.items()}
    found = [Straddler(group, splits) for group, splits in per_split.items() if len(splits) > 1]
    return sorted(found, key=lambda straddler: (-sum(straddler.splits.values()), straddler.group))


def _leaked(samples: Sequence[Sample], sure: Iterable[Pair]) -> dict[str, int]:
    """Count for each split the pictures of which another split has a group-mate or a sure copy."""
    forest = Forest(len(samples))
    first_of: dict[str, int] = {}
    for number, sample in enumerate(samples):
        if sample.group is not None:
            forest.join(first_of.setdefault(sample.group_key, number), number)
    roots = forest.roots()
    where: dict[int, set[str]] = defaultdict(set)
    for root, sample in zip(roots, samples, strict=True):
        if sample.split is not None:
            where[root].add(sample.split)
    leaked = {number for number, root in enumerate(roots) if len(where[root]) > 1}
    for pair in sure:
        if _crosses(samples, pair):
            leaked |= {pair.first, pair.second}
    counts = _per_split([samples[number] for number in leaked])
    return {split: counts.get(split, 0) for split in _per_split(samples)}


def _conflicts(samples: Sequence[Sample], sure: Iterable[Pair]) -> list[Conflict]:
    """Return the clusters of copies whose labels differ, those with the most copies first."""
    versions: dict[int, dict[Labels, list[Path]]] = defaultdict(lambda: defaultdict(list))
    for root, sample in zip(clusters(len(samples), sure), samples, strict=True):
        versions[root][_labels(sample)].append(sample.path)
    found = [
        Conflict(tuple((labels, tuple(paths)) for labels, paths in sorted(by_labels.items())))
        for by_labels in versions.values()
        if len(by_labels) > 1
    ]
    return sorted(found, key=lambda conflict: -conflict.pictures)


def _balance(samples: Sequence[Sample]) -> list[ClassBalance]:
    having: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        for label in sample.labels:
            having[label].append(sample)
    return [
        ClassBalance(
            label=label,
            pictures=len(found),
            groups=len({sample.group_key for sample in found if sample.group is not None}),
            splits=_per_split(found),
        )
        for label, found in sorted(having.items())
    ]


def _together(samples: Sequence[Sample]) -> dict[str, dict[str, int]]:
    labels = sorted({label for sample in samples for label in sample.labels})
    counts = Counter(pair for sample in samples for pair in combinations(_labels(sample), 2))
    alone = Counter(label for sample in samples for label in sample.labels)
    return {
        row: {column: alone[row] if row == column else counts[min(row, column), max(row, column)] for column in labels}
        for row in labels
    }
