"""Splitting by group: near copies of one weld are never on both sides, and what was decided once stays.

Groups that share a picture, byte by byte, are split as one, whatever they are called and whichever source they are of.

Greedy over whole groups, the rarest classes first (after Sechidis et al., ECML PKDD 2011, on groups instead of
pictures): each group goes to the part that lacks most of what the group holds. The same records and seed give the same
split. Knows records; does not know pictures or files.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from beadwatch.datasets.linkage import Forest
from beadwatch.datasets.snapshot import SPLITS, Record
from beadwatch.domain.errors import DatasetError

_TRIES = 20


@dataclass(frozen=True, slots=True)
class SplitResult:
    """Records with their split, and those held back because they tie an old training picture to an old test picture."""

    records: tuple[Record, ...]
    held_back: tuple[Record, ...]


def split_records(records: Sequence[Record], shares: Mapping[str, float], seed: int) -> SplitResult:
    """Give each record a split; a record that has one keeps it, and its whole group follows.

    `shares` maps `SPLITS` to parts of the whole, such as `{"train": 0.8, "valid": 0.15, "test": 0.05}`.

    Raises:
        DatasetError: a picture has no group, the shares are impossible, or a class has too few groups.
    """
    parts = _checked(shares)
    groups = _by_group(records)
    fixed = {key: {record.split for record in members if record.split} for key, members in groups.items()}
    held_back = [
        record for key, members in groups.items() if len(fixed[key]) > 1 for record in members if not record.split
    ]
    chosen: dict[str, str] = {key: next(iter(splits)) for key, splits in fixed.items() if len(splits) == 1}
    free = [key for key in groups if not fixed[key]]
    _check_classes(records, groups, parts)
    chosen |= _assign_all(free, groups, chosen, (parts, seed))
    placed = [
        record if record.split else replace(record, split=chosen[key])
        for key, members in groups.items()
        for record in members
        if record.split or key in chosen
    ]
    return SplitResult(tuple(placed), tuple(held_back))


def straddling_groups(records: Sequence[Record]) -> dict[str, tuple[str, ...]]:
    """Return the groups that stand in several splits, with those splits: what a leak is."""
    where: dict[str, set[str]] = defaultdict(set)
    for key, record in zip(whole_groups(records), records, strict=True):
        if record.split:
            where[key].add(record.split)
    return {key: tuple(sorted(splits)) for key, splits in sorted(where.items()) if len(splits) > 1}


def whole_groups(records: Sequence[Record]) -> list[str]:
    """Return for each record the key of all that must stay together: its group, and those that share a picture with it.

    The key is the first of their group keys.
    """
    forest = Forest(len(records))
    first: dict[tuple[str, str], int] = {}
    for number, record in enumerate(records):
        for mark in (("group", record.group_key), ("bytes", record.sha256)):
            forest.join(first.setdefault(mark, number), number)
    roots = forest.roots()
    keys: dict[int, str] = {}
    for root, record in zip(roots, records, strict=True):
        keys[root] = min(keys.get(root, record.group_key), record.group_key)
    return [keys[root] for root in roots]


def _checked(shares: Mapping[str, float]) -> dict[str, float]:
    unknown = set(shares) - set(SPLITS)
    if unknown or any(not 0.0 <= share <= 1.0 for share in shares.values()) or shares.get("train", 0.0) <= 0:
        raise DatasetError(f"shares {dict(shares)}: needs a train share above 0, and none but {', '.join(SPLITS)}")
    if abs(sum(shares.values()) - 1.0) > 1e-6:
        raise DatasetError(f"shares {dict(shares)} sum to {sum(shares.values()):g}, but must sum to 1")
    return {split: shares[split] for split in SPLITS if shares.get(split, 0.0) > 0}


def _by_group(records: Sequence[Record]) -> dict[str, list[Record]]:
    alone = next((record for record in records if record.group is None), None)
    if alone is not None:
        raise DatasetError(
            f"{alone.source}: {alone.name!r} has no group, so copies of it could stand on both sides. "
            "Run `beadwatch data group` first"
        )
    groups: dict[str, list[Record]] = defaultdict(list)
    keyed = zip(whole_groups(records), records, strict=True)
    for key, record in sorted(keyed, key=lambda item: (item[0], item[1].name, item[1].sha256, item[1].source)):
        groups[key].append(record)
    return groups


def _check_classes(records: Sequence[Record], groups: Mapping[str, list[Record]], parts: Mapping[str, float]) -> None:
    holding, free = (
        Counter(label for members in found for label in {name for record in members for name in record.labels})
        for found in (groups.values(), [each for each in groups.values() if not any(record.split for record in each)])
    )
    unserved = _unserved(groups, {}, parts)
    for label in sorted({label for record in records for label in record.labels}):
        if free[label] < len(unserved[label]):
            raise DatasetError(
                f"{label!r} has {holding[label]} group(s), but {len(parts)} parts need one each: add pictures of "
                "another weld, ask for fewer parts, or leave the class out"
            )


def _assign_all(
    free: list[str], groups: Mapping[str, list[Record]], chosen: Mapping[str, str], plan: tuple[dict[str, float], int]
) -> dict[str, str]:
    """Assign the free groups; where a shuffle leaves a class out of a part, another one may not."""
    parts, seed = plan
    lacking: list[str] = []
    for attempt in range(_TRIES):
        result = _assign(free, groups, chosen, (parts, seed * _TRIES + attempt))
        unserved = _unserved(groups, {**chosen, **result}, parts)
        lacking = sorted(
            f"{label!r} in {', '.join(missing)}" for label, missing in unserved.items() if label and missing
        )
        if not lacking:
            return result
    raise DatasetError(
        f"no split found in which every part has every class: {lacking[0]} is missing. Ask for fewer parts"
    )


def _assign(
    free: list[str], groups: Mapping[str, list[Record]], chosen: Mapping[str, str], plan: tuple[dict[str, float], int]
) -> dict[str, str]:
    parts, seed = plan
    holds = {
        key: Counter(label for record in members for label in record.labels or ("",)) for key, members in groups.items()
    }
    total = sum(holds.values(), Counter())
    missing = {part: {label: share * count for label, count in total.items()} for part, share in parts.items()}
    for key, part in chosen.items():
        _take(missing.get(part), holds[key])
    order = sorted(free)
    Random(seed).shuffle(order)  # noqa: S311  # which groups go where is no secret
    # The rarest class of a group first, then the largest groups: what is hard to place is placed while there is room.
    order.sort(key=lambda key: (min(total[label] for label in holds[key]), -sum(holds[key].values())))
    result: dict[str, str] = {}
    unserved = _unserved(groups, chosen, parts)
    for key in order:
        part = _neediest(key, holds, missing, unserved)
        result[key] = part
        _take(missing[part], holds[key])
        for label in holds[key]:
            unserved[label].discard(part)
    return result


def _unserved(
    groups: Mapping[str, list[Record]], chosen: Mapping[str, str], parts: Mapping[str, float]
) -> dict[str, set[str]]:
    """Return for each class the parts that have no picture of it, neither by `chosen` nor from before."""
    unserved: dict[str, set[str]] = defaultdict(lambda: set(parts))
    for key, members in groups.items():
        for record in members:
            part = record.split or chosen.get(key, "")
            for label in record.labels or ("",):
                unserved[label].discard(part)
    return unserved


def _neediest(
    key: str,
    holds: Mapping[str, Counter[str]],
    missing: Mapping[str, dict[str, float]],
    unserved: Mapping[str, set[str]],
) -> str:
    rarest = min(holds[key], key=lambda label: (sum(missing[part][label] for part in missing), label))
    waiting = [part for part in missing if part in unserved[rarest]]

    def need(part: str) -> tuple[float, float]:
        wanted = missing[part]
        return wanted[rarest], sum(wanted[label] * count for label, count in holds[key].items())

    return max(waiting or list(missing), key=need)


def _take(missing: dict[str, float] | None, held: Counter[str]) -> None:
    if missing is not None:
        for label, count in held.items():
            missing[label] -= count
