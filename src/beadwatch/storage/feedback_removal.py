"""Taking feedback away for somebody's privacy: the one exception from feedback that is only ever added to.

Rows go in one transaction, with their classes, reviews and the answers of later models. It leaves a tombstone each: the
id, so that a phone which sends it again does not bring it back, and the sha256 of the picture until that is settled.
Pictures go after the commit, one by one: removed, or kept because something else refers to them. Whatever kills a
removal, no row is ever without its picture, and the next removal settles what this one has not.

Does not know the snapshots of data sets, which refer to pictures too (`settle` is told). An inspection or a best frame
of the very same bytes is seen once its row is there, not in the moment between its picture and its row.
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Engine, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from beadwatch.domain.errors import StoreError
from beadwatch.storage.blobs import BlobStore
from beadwatch.storage.feedback_store import review_of
from beadwatch.storage.sessions import lock_pictures, transaction
from beadwatch.storage.tables import (
    FeedbackLabelRow,
    FeedbackReviewRow,
    FeedbackRow,
    FeedbackSecondAnswerRow,
    FeedbackTombstoneRow,
    InspectionRow,
    LineEventRow,
)

T = TypeVar("T")
_AT_ONCE = 500  # rows in one statement: databases take some thousands of values


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which feedback: all that is given must hold, and something must be given."""

    account_id: str | None = None
    ids: tuple[str, ...] | None = None
    received_before: datetime | None = None

    def __post_init__(self) -> None:
        if self.account_id is None and self.ids is None and self.received_before is None:
            raise ValueError("this would choose all feedback there is")

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what a row must fulfil."""
        wanted: list[ColumnElement[bool]] = []
        if self.account_id is not None:
            wanted.append(FeedbackRow.body["account_id"].as_string() == self.account_id)
        if self.ids is not None:
            wanted.append(FeedbackRow.id.in_(self.ids))
        if self.received_before is not None:
            wanted.append(FeedbackRow.received_at < self.received_before)
        return wanted


@dataclass(frozen=True, slots=True)
class Counted:
    """How many uploads, and how many reviews of them."""

    uploads: int
    reviews: int


@dataclass(slots=True)
class Settled:
    """What became of pictures: how many were removed, how many something else refers to, and why some failed."""

    removed: int = 0
    kept: int = 0
    failed: list[str] = field(default_factory=list)


class FeedbackRemoval:
    """Reads what is to go, and takes it away. Every method raises `StoreError` where the database refuses."""

    def __init__(self, engine: Engine, blobs: BlobStore) -> None:
        self._engine, self._blobs = engine, blobs

    def count(self, chosen: Chosen) -> Counted:
        """Return how much is chosen."""
        rows = select(FeedbackRow.sequence).where(*chosen.conditions())
        reviews = select(func.count()).select_from(FeedbackReviewRow).where(FeedbackReviewRow.feedback.in_(rows))
        with transaction(self._engine, "read feedback") as session:
            uploads = session.scalar(select(func.count()).select_from(rows.subquery())) or 0
            return Counted(uploads, session.scalar(reviews) or 0)

    def missing(self, chosen: Chosen) -> list[str]:
        """Return the ids that were chosen and are not there."""
        query = select(FeedbackRow.id).where(*chosen.conditions())
        with transaction(self._engine, "read feedback") as session:
            there = set(session.scalars(query))
        return [wanted for wanted in chosen.ids or () if wanted not in there]

    def read(self, chosen: Chosen) -> Iterator[dict[str, Any]]:
        """Yield what is chosen (`Feedback.to_dict`), the oldest first, with all its reviews, the oldest first."""
        with transaction(self._engine, "read feedback") as session:
            query = select(FeedbackRow.sequence).where(*chosen.conditions()).order_by(FeedbackRow.sequence)
            sequences = list(session.scalars(query))
        for some in _parts(sequences):
            with transaction(self._engine, "read feedback") as session:
                rows = session.scalars(
                    select(FeedbackRow).where(FeedbackRow.sequence.in_(some)).order_by(FeedbackRow.sequence)
                )
                bodies = {row.sequence: {**row.body, "reviews": []} for row in rows}
                reviews = (
                    select(FeedbackReviewRow)
                    .where(FeedbackReviewRow.feedback.in_(some))
                    .order_by(FeedbackReviewRow.sequence)
                )
                for review in session.scalars(reviews):
                    bodies[review.feedback]["reviews"].append(review_of(review))
            yield from bodies.values()

    def delete(self, chosen: Chosen, now: datetime) -> Counted:
        """Delete rows with all that hangs on them, all or none; `settle` then removes their pictures."""
        rows = select(FeedbackRow.sequence, FeedbackRow.team, FeedbackRow.id, FeedbackRow.sha256)
        reviews = 0
        with transaction(self._engine, "delete feedback") as session:
            lock_pictures(session)
            found = session.execute(rows.where(*chosen.conditions()).with_for_update()).all()
            for some in _parts(found):
                sequences = [row.sequence for row in some]
                for table in (FeedbackReviewRow, FeedbackLabelRow, FeedbackSecondAnswerRow):
                    gone = session.connection().execute(delete(table).where(table.feedback.in_(sequences)))
                    reviews += gone.rowcount if table is FeedbackReviewRow else 0
                session.execute(delete(FeedbackRow).where(FeedbackRow.sequence.in_(sequences)))
                session.add_all(
                    FeedbackTombstoneRow(team=row.team, id=row.id, deleted_at=now, sha256=row.sha256) for row in some
                )
        return Counted(len(found), reviews)

    def settle(self, held: Container[str]) -> Settled:
        """Remove the pictures of deleted feedback, also of a removal that was killed; keep those that are needed.

        `held` are those that the snapshots of data sets refer to.
        """
        settled = Settled()
        with transaction(self._engine, "read what was deleted") as session:
            digests = FeedbackTombstoneRow.sha256
            found = session.scalars(select(digests).distinct().where(digests.is_not(None)))
            waiting = [digest for digest in found if digest is not None]
            best = _best_frames(session, waiting)
        for digest in waiting:
            try:
                if self._settle_one(digest, digest in best or digest in held):
                    settled.removed += 1
                else:
                    settled.kept += 1
            except StoreError as error:
                settled.failed.append(str(error))
        return settled

    def _settle_one(self, digest: str, is_held: bool) -> bool:
        """Remove a picture, if nothing refers to it; nobody can begin to while this looks and removes."""
        with transaction(self._engine, "settle what was deleted") as session:
            lock_pictures(session)
            referred = or_(exists().where(FeedbackRow.sha256 == digest), exists().where(InspectionRow.sha256 == digest))
            is_free = not is_held and not session.scalar(select(referred))
            if is_free:
                self._blobs.remove(digest)
            done = update(FeedbackTombstoneRow).where(FeedbackTombstoneRow.sha256 == digest).values(sha256=None)
            session.execute(done)
        return is_free


def _best_frames(session: Session, digests: Sequence[str]) -> set[str]:
    picture = LineEventRow.body["picture"].as_string()
    found: set[str] = set()
    for some in _parts(digests):
        found.update(session.scalars(select(picture).where(picture.in_(some))))
    return found


def _parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), _AT_ONCE):
        yield items[start : start + _AT_ONCE]
