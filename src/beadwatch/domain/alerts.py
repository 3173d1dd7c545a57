"""Something that people must hear of: what happened, to what, why, with the figures. Does not know who hears of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

MAX_ID, MAX_NAME, MAX_WHY = 64, 128, 2000


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert. `event` is what happened (`drift.detected`), `resource` what it happened to (`dataset.auc`).

    `why` says it in words, `facts` are JSON-ready figures. The same id is the same alert, however often it is told.
    """

    id: str
    event: str
    resource: str
    why: str
    facts: Mapping[str, Any]
    raised_at: datetime

    def __post_init__(self) -> None:
        for what, text, limit in (("id", self.id, MAX_ID), ("event", self.event, MAX_NAME)):
            if not text or not text.isprintable() or len(text) > limit:
                raise ValueError(f"{what}: {text!r} is none, which has 1 to {limit} printable characters")
        if not self.resource.isprintable() or len(self.resource) > MAX_NAME or len(self.why) > MAX_WHY:
            raise ValueError("the resource or the reason is too long, or the resource cannot be printed")
        if self.raised_at.tzinfo is None:
            raise ValueError("a moment needs a time zone")

    @property
    def title(self) -> str:
        """What happened, in one line."""
        return f"{self.event} ({self.resource})" if self.resource else self.event

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "id": self.id,
            "event": self.event,
            "resource": self.resource,
            "why": self.why,
            "facts": dict(self.facts),
            "raised_at": self.raised_at.isoformat(),
        }
