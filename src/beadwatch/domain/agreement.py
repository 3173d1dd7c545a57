"""How far people and model agree, by person and by class, and how feedback grows: counts, no judgement of anybody.

Takes feedback as it is stored (`Feedback.to_dict`) with its newest review. Knows no storage and no names.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from beadwatch.domain.model_card import Interval

Reviewed = tuple[Mapping[str, Any], Mapping[str, Any] | None]
_NORMAL_975 = 1.959964


def share_of(part: int, whole: int) -> Interval | None:
    """Return a share with its 95 % interval (Wilson, 1927), which of three pictures is wide; None of none at all.

    It takes pictures for independent. Several of one weld are not, and say less than it looks.
    """
    if whole == 0:
        return None
    square, share = _NORMAL_975**2, part / whole
    middle = share + square / (2 * whole)
    reach = _NORMAL_975 * math.sqrt(share * (1 - share) / whole + square / (4 * whole**2))
    low, high = ((middle + side * reach) / (1 + square / whole) for side in (-1, 1))
    return Interval(share, max(low, 0.0), min(high, 1.0))


@dataclass(frozen=True, slots=True)
class PersonCounts:
    """What one account sent: in how many it disagreed with the model, and what reviewers made of it. None is guests."""

    account_id: str | None
    sent: int
    disagreed: int
    accepted: int
    rejected: int

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values; `agreement` is the share in which person and model said the same."""
        return asdict(self) | {"agreement": _plain(share_of(self.sent - self.disagreed, self.sent))}


@dataclass(frozen=True, slots=True)
class ClassCounts:
    """On how many pictures person and model saw a class: both, or one of them alone."""

    label: str
    both: int
    person_only: int
    model_only: int

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values; `agreement` is the share of `both` in all on which anybody saw the class."""
        seen = self.both + self.person_only + self.model_only
        return asdict(self) | {"agreement": _plain(share_of(self.both, seen))}


@dataclass(frozen=True, slots=True)
class DayCounts:
    """What arrived on one day (UTC), and what reviewers have made of it since."""

    day: str
    received: int
    accepted: int
    rejected: int

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return asdict(self)


def by_person(feedback: Iterable[Reviewed]) -> list[PersonCounts]:
    """Count by account, those who sent most first."""
    counts: dict[str | None, Counter[str]] = {}
    for body, review in feedback:
        mine = counts.setdefault(body["account_id"], Counter())
        mine["sent"] += 1
        mine["disagreed"] += body["disagrees"]
        if review:
            mine[review["verdict"]] += 1
    people = [
        PersonCounts(account, mine["sent"], mine["disagreed"], mine["accepted"], mine["rejected"])
        for account, mine in counts.items()
    ]
    return sorted(people, key=lambda one: (-one.sent, one.account_id or ""))


def by_class(feedback: Iterable[Reviewed]) -> list[ClassCounts]:
    """Count by class, in alphabetical order; what reviewers rejected does not count."""
    both, person, model = Counter[str](), Counter[str](), Counter[str]()
    for body, review in feedback:
        if review and review["verdict"] == "rejected":
            continue
        saw, said = set(body["labels"]), set(body["answer"]["labels"])
        both.update(saw & said)
        person.update(saw - said)
        model.update(said - saw)
    return [ClassCounts(label, both[label], person[label], model[label]) for label in sorted({*both, *person, *model})]


def by_day(feedback: Iterable[Reviewed]) -> list[DayCounts]:
    """Count by the day of arrival, the oldest first; days without any are left out."""
    counts: dict[str, Counter[str]] = {}
    for body, review in feedback:
        day = counts.setdefault(body["received_at"][:10], Counter())
        day["received"] += 1
        if review:
            day[review["verdict"]] += 1
    return [DayCounts(day, one["received"], one["accepted"], one["rejected"]) for day, one in sorted(counts.items())]


def _plain(share: Interval | None) -> dict[str, float] | None:
    return None if share is None else asdict(share)
