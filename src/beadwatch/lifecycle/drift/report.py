"""What a check for drift found, as a value: verdict, reasons in words, and every figure behind them.

A report is made once and never changed: no later step can overrule its verdict but by a value of its own. Knows words
and numbers. Does not know how they came about, nor how a page shows them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from beadwatch.domain.model_card import Interval
from beadwatch.lifecycle.drift.limits import DriftLimits

LEVELS = tuple(step / 20 for step in range(21))  # of the quantiles in a spread


class DriftVerdict(StrEnum):
    """What a check comes to."""

    DRIFT = "drift"
    NO_DRIFT = "no drift"
    TOO_LITTLE = "not enough to say"


class Kind(StrEnum):
    """What was compared."""

    INPUT = "input"
    EMBEDDING = "embedding"
    SCORE = "score"
    ESTIMATED = "estimated performance"
    PERFORMANCE = "performance"


@dataclass(frozen=True, slots=True)
class Spread:
    """The quantiles at `LEVELS` of one figure of the pictures: reference and current."""

    reference: tuple[float, ...]
    current: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was compared.

    `reference` and `current` are the figure itself, or the medians where whole distributions were compared. `effect` is
    the size of the difference and `limit` what it must exceed to matter. `p` is corrected for all findings of the
    check; None where a figure was held against a limit of its own, not against the reference.
    """

    kind: Kind
    name: str
    reference: float
    current: float
    effect: float
    limit: float
    p: float | None
    alarm: bool
    words: str
    spread: Spread | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as JSON holds it."""
        return {
            "kind": self.kind.value, "name": self.name, "reference": self.reference, "current": self.current,
            "effect": self.effect, "limit": self.limit, "p": self.p, "alarm": self.alarm, "words": self.words,
            "quantiles": None if self.spread is None else
            {"levels": LEVELS, "reference": self.spread.reference, "current": self.spread.current},
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """How much there is of one side, and its figures (`metric` or `metric/class`) with 95 % intervals.

    `expected_auc/...` and `expected_accuracy` are estimated from the scores alone, the others need labels.
    """

    pictures: int
    groups: int
    figures: Mapping[str, Interval]

    def to_dict(self) -> dict[str, Any]:
        """Return the part as JSON holds it."""
        figures = {name: [each.value, each.low, each.high] for name, each in self.figures.items()}
        return {"pictures": self.pictures, "groups": self.groups, "figures": figures}


@dataclass(frozen=True, slots=True)
class ClassCount:
    """How many labelled pictures of a class there are on each side, and whether that is enough to say anything."""

    label: str
    reference_pictures: int
    reference_groups: int
    current_pictures: int
    current_groups: int
    enough: bool

    def to_dict(self) -> dict[str, Any]:
        """Return the counts as JSON holds them."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Unlike:
    """A current picture, and how far from the nearest of the reference it is: cosine distance, 0 (same) to 2."""

    name: str
    group: str
    distance: float
    nearest: str

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class DriftReport:
    """A whole check. `reasons` say why the verdict is what it is, `notes` what was left out or cannot be said."""

    task: str
    verdict: DriftVerdict
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    reference: Part
    current: Part
    findings: tuple[Finding, ...]
    classes: tuple[ClassCount, ...]
    unlike: tuple[Unlike, ...]
    limits: DriftLimits

    @property
    def drifted(self) -> bool:
        """Whether there is drift; false too where there was not enough to say."""
        return self.verdict is DriftVerdict.DRIFT

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON holds it."""
        return {
            "task": self.task,
            "drifted": self.drifted,
            "verdict": self.verdict.value,
            "reasons": list(self.reasons),
            "notes": list(self.notes),
            "reference": self.reference.to_dict(),
            "current": self.current.to_dict(),
            "findings": [each.to_dict() for each in self.findings],
            "classes": [each.to_dict() for each in self.classes],
            "unlike": [each.to_dict() for each in self.unlike],
            "limits": self.limits.to_dict(),
        }
