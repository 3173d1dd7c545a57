"""How far people and model agree, by person and by class, and how feedback grows: counts, no judgement of anybody.

Takes feedback as it is stored (`Feedback.to_dict`) with its newest review. Knows no storage and no names.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

Reviewed = tuple[Mapping[str, Any], Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class PersonCounts:
    """What one account sent: in how many it disagreed with the model, and what reviewers made of it. None is guests."""

    account_id: str | None
    sent: int
    disagreed: int
    accepted: int
    rejected: int

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ClassCounts:
    """On how many pictures person and model saw a class: both, or one of them alone."""

    label: str
    both: int
    person_only: int
    model_only: int

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return asdict(self)


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
