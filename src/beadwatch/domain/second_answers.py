"""How two models' answers to one picture differ, how grave that is, and which of the two a person's labels bear out.

Knows the JSON object of an inspection, and of a phone's answer. Does not know where answers are kept.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from beadwatch.domain.labels import Disposition, Task


class Right(StrEnum):
    """Which of two answers has exactly the classes that a person named."""

    CHALLENGER = "challenger"
    CHAMPION = "champion"
    BOTH = "both"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Truth:
    """The classes that a person held to be present, and whether a reviewer accepted that."""

    labels: tuple[str, ...]
    accepted: bool

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {"labels": list(self.labels), "accepted": self.accepted}


@dataclass(frozen=True, slots=True)
class Score:
    """On how many pictures that people labelled which answer was right; `known` is left out: trained on by either."""

    labelled: int
    challenger_right: int
    champion_right: int
    known: int

    def to_dict(self) -> dict[str, int]:
        """Return JSON-ready values."""
        return {name: getattr(self, name) for name in self.__slots__}


def difference(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return what two inspections of one picture (`Inspection.to_dict`) hold otherwise: `[before, now]` by key.

    `before` may be a phone's answer, which has classes alone: nothing else is compared then.
    """
    return {
        key: [before[key], now[key]]
        for key in ("disposition", "label", "labels")
        if key in before and (set(before[key]) != set(now[key]) if key == "labels" else before[key] != now[key])
    }


def gravity_of(task: Task, before: Collection[str], now: Collection[str]) -> int:
    """Return how far apart the classes of two answers are by what each class justifies, where one has no verdict.

    0 where one justifies accept and the other reject, 1 to or from review (nothing named, too), 2 where they agree.
    """
    was, would = _justified(task, before), _justified(task, now)
    if was is would:
        return 2
    return 1 if Disposition.REVIEW in (was, would) else 0


def right_of(truth: Truth, before: Mapping[str, Any], now: Mapping[str, Any]) -> Right:
    """Return which of two inspections has the classes of the truth, no more and no fewer."""
    champion, challenger = (set(each["labels"]) == set(truth.labels) for each in (before, now))
    if champion and challenger:
        return Right.BOTH
    return Right.CHAMPION if champion else Right.CHALLENGER if challenger else Right.NEITHER


def score_of(pictures: Iterable[tuple[Truth, Mapping[str, Any], Mapping[str, Any]]]) -> Score:
    """Count who was right, over the truth of each picture with the two inspections of it.

    A picture that one of the models was trained on says nothing about which is better: it is counted as `known` only.
    """
    counts, known = Counter[Right](), 0
    for truth, before, now in pictures:
        if before["seen_in_training"] or now["seen_in_training"]:
            known += 1
        else:
            counts[right_of(truth, before, now)] += 1
    both = counts[Right.BOTH]
    return Score(sum(counts.values()), counts[Right.CHALLENGER] + both, counts[Right.CHAMPION] + both, known)


def _justified(task: Task, names: Collection[str]) -> Disposition:
    verdicts = {label.verdict for label in task.labels if label.name in names}
    if Disposition.REJECT in verdicts:
        return Disposition.REJECT
    return Disposition.ACCEPT if verdicts == {Disposition.ACCEPT} else Disposition.REVIEW
