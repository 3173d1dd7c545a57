"""All feedback of all teams with all its reviews, in the order in which it came: what learning from it reads.

Knows rows. Does not know which of them are to be learned from, nor pictures.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, select

from beadwatch.storage.feedback_store import review_of
from beadwatch.storage.sessions import transaction
from beadwatch.storage.tables import FeedbackReviewRow, FeedbackRow, FeedbackTombstoneRow

_AT_ONCE = 500  # rows in one statement


@dataclass(frozen=True, slots=True)
class FeedbackLog:
    """Reads one database. Every method raises `StoreError` where that refuses."""

    engine: Engine

    def read(self) -> Iterator[dict[str, Any]]:
        """Yield all feedback (`Feedback.to_dict`), the oldest first, each with its `reviews`, the oldest first."""
        last = 0
        while True:
            with transaction(self.engine, "read feedback") as session:
                query = select(FeedbackRow).where(FeedbackRow.sequence > last)
                rows = session.scalars(query.order_by(FeedbackRow.sequence).limit(_AT_ONCE)).all()
                bodies: dict[int, dict[str, Any]] = {row.sequence: {**row.body, "reviews": []} for row in rows}
                reviews = select(FeedbackReviewRow).where(FeedbackReviewRow.feedback.in_(bodies))
                for review in session.scalars(reviews.order_by(FeedbackReviewRow.sequence)):
                    bodies[review.feedback]["reviews"].append(review_of(review))
            if not bodies:
                return
            last = max(bodies)
            yield from bodies.values()

    def deleted(self) -> set[tuple[str, str]]:
        """Return team and id of all feedback that was deleted."""
        with transaction(self.engine, "read what was deleted") as session:
            return set(session.execute(select(FeedbackTombstoneRow.team, FeedbackTombstoneRow.id)).tuples())
