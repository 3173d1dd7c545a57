"""Feedback in the order in which a reviewer's look is worth most to the next model.

The order follows from what was accepted so far, so it changes while people review: it is computed anew for each list,
over the newest feedback that the filter leaves. Knows the station. Does not know HTTP.
"""

from dataclasses import dataclass, replace
from typing import Any

from beadwatch.domain.usefulness import Usefulness, usefulness_of
from beadwatch.services.station import Station
from beadwatch.storage.feedback_store import FeedbackFilter, StoredFeedback

LOOKED_AT = 1000  # feedback that is older than so many others waits until those are reviewed


@dataclass(frozen=True, slots=True)
class Ranked:
    """Feedback, and what a look at it is worth."""

    stored: StoredFeedback
    usefulness: Usefulness

    @property
    def body(self) -> dict[str, Any]:
        """The feedback as it was stored."""
        return self.stored.body

    @property
    def review(self) -> dict[str, Any] | None:
        """Its newest review."""
        return self.stored.review

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return self.stored.to_dict() | {"usefulness": self.usefulness.to_dict()}


def most_useful_first(station: Station, wanted: FeedbackFilter) -> list[Ranked]:
    """Return at most `wanted.limit` feedback, behind the one whose id is `wanted.before`; none if that is not there."""
    candidates = station.feedback.find(replace(wanted, before=None, limit=LOOKED_AT, disagreements_first=False))
    accepted = {task: station.feedback.accepted_labels(wanted.team, task) for task in _tasks(candidates)}
    far = {name: classifier.card.calibration.max_distance for name, classifier in station.models.ready.items()}
    ranked = [
        Ranked(each, usefulness_of(each.body, accepted[each.body["task"]], far.get(each.body["task"])))
        for each in candidates
    ]
    ranked.sort(key=lambda one: -one.usefulness.value)  # stable: of equal ones the newest first
    start = 0
    if wanted.before is not None:
        places = [place for place, one in enumerate(ranked) if one.body["id"] == wanted.before]
        start = places[0] + 1 if places else len(ranked)
    return ranked[start : start + wanted.limit]


def _tasks(found: list[StoredFeedback]) -> set[str]:
    return {each.body["task"] for each in found}
