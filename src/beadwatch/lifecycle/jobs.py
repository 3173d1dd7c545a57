"""What a job of the loop is: something that can be done again at any time, and says what came of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """What came of a job. `done` is False where there was nothing to do, or nothing was allowed; `why` says so.

    `facts` are JSON-ready figures. `event`, if there is one, is something that people must hear of: `drift.detected`.
    `about` says of what, where people are to hear of it once, however often it is found.
    """

    done: bool
    why: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    event: str | None = None
    about: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {"done": self.done, "why": self.why, "facts": dict(self.facts), "event": self.event}


Job = Callable[[], JobOutcome]
