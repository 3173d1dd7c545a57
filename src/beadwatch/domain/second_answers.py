"""How two models' answers to one picture differ, how grave that is, and which of the two a person's labels bear out.

Knows the JSON object of an inspection. Does not know where answers are kept.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


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
    """Return what two inspections of one picture (`Inspection.to_dict`) hold otherwise: `[before, now]` by key."""
    return {
        key: [before[key], now[key]]
        for key in ("disposition", "label", "labels")
        if (set(before[key]) != set(now[key]) if key == "labels" else before[key] != now[key])
    }


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
