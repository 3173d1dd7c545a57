"""What the loop did and found: each step of collecting, watching for drift, retraining and releasing, kept for ever.

Knows words and figures. Does not know how a step is done.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any


class StepKind(StrEnum):
    """Which step of the loop."""

    COLLECT = "collect"
    DRIFT = "drift"
    RETRAIN = "retrain"
    GATE = "gate"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class LoopStep:
    """One step: of which task, when, in one sentence, and its figures, JSON-ready."""

    kind: StepKind
    task: str
    made_at: datetime
    words: str
    figures: Mapping[str, Any]

    def __post_init__(self) -> None:
        if self.made_at.utcoffset() is None:
            raise ValueError("made_at needs a time zone")

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "kind": self.kind.value,
            "task": self.task,
            "made_at": self.made_at.astimezone(UTC).isoformat(),
            "words": self.words,
            "figures": dict(self.figures),
        }
