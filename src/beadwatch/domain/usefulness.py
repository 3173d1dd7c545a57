"""How much a reviewer's look at one feedback is worth to the next model: what to look at first when time is short.

Four parts, each 0 to 1, of equal weight: the model was undecided (uncertainty sampling, Lewis and Gale, 1994), person
and model disagree, the picture is unlike what the model knows, and the classes that the person named are rare among
what was accepted so far. `bench/active_learning.py` says what such an order saves. Knows no pictures and no storage.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

UNKNOWN = 0.5  # novelty of what came without a distance: neither first nor last


@dataclass(frozen=True, slots=True)
class Usefulness:
    """The parts of what a look is worth."""

    uncertainty: float
    disagreement: float
    novelty: float
    need: float

    @property
    def value(self) -> float:
        """The mean of the parts."""
        return (self.uncertainty + self.disagreement + self.novelty + self.need) / 4

    def to_dict(self) -> dict[str, float]:
        """Return JSON-ready values, with what they come to."""
        parts = {name: getattr(self, name) for name in ("uncertainty", "disagreement", "novelty", "need")}
        return {"value": round(self.value, 4)} | {name: round(part, 4) for name, part in parts.items()}


def usefulness_of(body: Mapping[str, Any], accepted: Mapping[str, int], far: float | None) -> Usefulness:
    """Return what a look at feedback (`Feedback.to_dict`) is worth.

    `accepted` counts the accepted feedback of each class of its task; `far` is the distance at which the model calls a
    picture strange, None where it is not known.
    """
    answer, labels = body["answer"], body["labels"]
    return Usefulness(
        uncertainty=undecided(list(answer["scores"].values())),
        disagreement=float(set(labels) != set(answer["labels"])),
        novelty=_novelty(answer.get("distance"), far),
        need=_need(labels or answer["labels"], accepted),
    )


def undecided(scores: Sequence[float]) -> float:
    """Return how near to 1/2 the least decided of some probabilities is: 1 at 1/2, 0 where all are 0 or 1."""
    return max((1 - abs(2 * score - 1) for score in scores), default=0.0)


def _novelty(distance: float | None, far: float | None) -> float:
    if distance is None or not far:
        return UNKNOWN
    return min(1.0, max(0.0, distance / far))


def _need(labels: Sequence[str], accepted: Mapping[str, int]) -> float:
    most = max(accepted.values(), default=0)
    if most == 0 or not labels:
        return 1.0
    return max(1 - accepted.get(label, 0) / most for label in labels)
