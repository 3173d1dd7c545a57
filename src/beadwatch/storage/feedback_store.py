"""Feedback and its reviews: append, look up, list by team. Nothing here is ever changed or removed.

The picture's bytes go to the blob store first and the row commits after them: a crash between leaves bytes that
nobody refers to, never a row without its picture, and sending again completes it. What was deleted for somebody's
privacy (see `feedback_removal`) is not taken again. Knows the objects of
`domain.feedback`. Does not know who may do what (see `account_store` and the server).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Select, and_, exists, func, or_, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from beadwatch.domain.errors import FeedbackConflictError, FeedbackDeletedError, FeedbackError, StoreError
from beadwatch.domain.feedback import Feedback, Review, ReviewVerdict
from beadwatch.storage.blobs import BlobStore
from beadwatch.storage.database import reason
from beadwatch.storage.sessions import lock_pictures, transaction
from beadwatch.storage.tables import FeedbackLabelRow, FeedbackReviewRow, FeedbackRow, FeedbackTombstoneRow

_OF_THE_STATION = ("disagrees", "account_id", "device_id", "team", "received_at")  # the rest was sent


@dataclass(frozen=True, slots=True)
class StoredFeedback:
    """Feedback as it was stored (`Feedback.to_dict`), and its newest review (`Review.to_dict`) if there is one."""

    body: dict[str, Any]
    review: dict[str, Any] | None

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {**self.body, "review": self.review}


@dataclass(frozen=True, slots=True)
class FeedbackFilter:
    """Which feedback of a team to list: at most `limit`, behind the one whose id is `before` in the same order.

    The newest come first, or with `disagreements_first` the newest in which person and model disagree. `label` is a
    class that the person held to be present; `reviewed` asks whether there is a review.
    """

    team: str
    task: str | None = None
    label: str | None = None
    disagrees: bool | None = None
    reviewed: bool | None = None
    since: datetime | None = None
    disagreements_first: bool = False
    before: str | None = None
    limit: int = 50


class FeedbackStore:
    """Append-only feedback with its pictures. Safe to call from several threads and processes."""

    def __init__(self, engine: Engine, blobs: BlobStore) -> None:
        self._engine, self._blobs = engine, blobs

    def append(self, feedback: Feedback, picture: bytes) -> tuple[StoredFeedback, bool]:
        """Store feedback with its picture; return it, and whether it is new.

        What is there already under the same id of the same team, with the same content, is returned as it is: also if
        another device sends it, since a phone that was paired anew still has its queue.

        Raises:
            FeedbackError: the picture has another sha256 than the feedback says.
            FeedbackConflictError: there is other content under this id; nothing is stored.
            FeedbackDeletedError: it was deleted; nothing is stored.
            StoreError: the picture or the row cannot be written; no row is stored.
        """
        digest = hashlib.sha256(picture).hexdigest()
        if digest != feedback.sha256:
            raise FeedbackError(f"sha256: the picture that arrived has {digest}, not {feedback.sha256}: send it again")
        team = feedback.sender.team
        if known := self.get(team, feedback.id):
            return _same(known, feedback), False
        with transaction(self._engine, "read what was deleted") as session:
            _refuse_deleted(session, feedback)
        self._blobs.put(picture, digest)
        row = FeedbackRow(
            id=feedback.id,
            team=team,
            received_at=feedback.received_at,
            sha256=digest,
            task=feedback.task.name,
            disagrees=feedback.disagrees,
            body=feedback.to_dict(),
        )
        try:
            with Session(self._engine) as session, session.begin():
                lock_pictures(session, beside_others=True)
                session.add(row)
                session.flush()
                _refuse_deleted(session, feedback)
                self._blobs.put(picture, digest)  # one that was there may have been removed; now none can be
                session.add_all(FeedbackLabelRow(feedback=row.sequence, label=label) for label in feedback.labels)
        except IntegrityError as error:
            if known := self.get(team, feedback.id):  # it arrived twice at the same time
                return _same(known, feedback), False
            raise StoreError(f"cannot store feedback {feedback.id}: {reason(error)}") from error
        except SQLAlchemyError as error:
            raise StoreError(f"cannot store feedback {feedback.id}: {reason(error)}") from error
        return StoredFeedback(feedback.to_dict(), None), True

    def review(self, team: str, feedback_id: str, review: Review) -> StoredFeedback | None:
        """Store a review; return the feedback with it, or None where the team has no such feedback.

        Raises:
            StoreError: the database refuses; nothing is stored.
        """
        with transaction(self._engine, "store a review") as session:
            known = select(FeedbackRow).where(FeedbackRow.team == team, FeedbackRow.id == feedback_id)
            row = session.scalar(known)
            if row is None:
                return None
            session.add(
                FeedbackReviewRow(
                    feedback=row.sequence,
                    verdict=review.verdict.value,
                    account_id=review.account_id,
                    reviewed_at=review.reviewed_at,
                    note=review.note,
                )
            )
            return StoredFeedback(row.body, review.to_dict())

    def get(self, team: str, feedback_id: str) -> StoredFeedback | None:
        """Return the feedback of that team with that id, or None.

        Raises:
            StoreError: the database cannot be read, as in the methods below.
        """
        query = select(FeedbackRow).where(FeedbackRow.team == team, FeedbackRow.id == feedback_id)
        with transaction(self._engine, "read feedback") as session:
            found = _with_reviews(session, query)
        return found[0] if found else None

    def reviews(self, team: str, feedback_id: str) -> list[dict[str, Any]]:
        """Return all reviews of one feedback, the newest first; none where the team has no such feedback."""
        query = (
            select(FeedbackReviewRow)
            .join(FeedbackRow, FeedbackReviewRow.feedback == FeedbackRow.sequence)
            .where(FeedbackRow.team == team, FeedbackRow.id == feedback_id)
            .order_by(FeedbackReviewRow.sequence.desc())
        )
        with transaction(self._engine, "read reviews") as session:
            return [review_of(row) for row in session.scalars(query)]

    def accepted_labels(self, team: str, task: str) -> dict[str, int]:
        """Count the classes of a task among a team's feedback whose newest review accepts it."""
        newest = (
            select(func.max(FeedbackReviewRow.sequence).label("sequence"))
            .group_by(FeedbackReviewRow.feedback)
            .subquery()
        )
        query = (
            select(FeedbackLabelRow.label, func.count())
            .join(FeedbackRow, FeedbackLabelRow.feedback == FeedbackRow.sequence)
            .join(FeedbackReviewRow, FeedbackReviewRow.feedback == FeedbackRow.sequence)
            .join(newest, newest.c.sequence == FeedbackReviewRow.sequence)
            .where(FeedbackRow.team == team, FeedbackRow.task == task)
            .where(FeedbackReviewRow.verdict == ReviewVerdict.ACCEPTED.value)
            .group_by(FeedbackLabelRow.label)
        )
        with transaction(self._engine, "count accepted feedback") as session:
            return dict(session.execute(query).tuples().all())

    def find(self, wanted: FeedbackFilter) -> list[StoredFeedback]:
        """Return feedback of one team; none if `before` names no feedback of it."""
        query = _filtered(wanted).limit(wanted.limit)
        if wanted.disagreements_first:
            query = query.order_by(FeedbackRow.disagrees.desc())
        query = query.order_by(FeedbackRow.sequence.desc())
        with transaction(self._engine, "read feedback") as session:
            if wanted.before is not None:
                place = select(FeedbackRow).where(FeedbackRow.team == wanted.team, FeedbackRow.id == wanted.before)
                edge = session.scalar(place)
                if edge is None:
                    return []
                query = query.where(_behind(edge, wanted.disagreements_first))
            return _with_reviews(session, query)


def _same(known: StoredFeedback, feedback: Feedback) -> StoredFeedback:
    sent = {name: value for name, value in known.body.items() if name not in _OF_THE_STATION}
    if sent != feedback.content():
        raise FeedbackConflictError(
            f"feedback {feedback.id} is stored already and says something else: send a correction under a new id"
        )
    return known


def _refuse_deleted(session: Session, feedback: Feedback) -> None:
    if session.get(FeedbackTombstoneRow, (feedback.sender.team, feedback.id)) is not None:
        raise FeedbackDeletedError(
            f"feedback {feedback.id} was deleted from the station and is not taken again: forget it"
        )


def _filtered(wanted: FeedbackFilter) -> Select[tuple[FeedbackRow]]:
    query = select(FeedbackRow).where(FeedbackRow.team == wanted.team)
    if wanted.task is not None:
        query = query.where(FeedbackRow.task == wanted.task)
    if wanted.disagrees is not None:
        query = query.where(FeedbackRow.disagrees.is_(wanted.disagrees))
    if wanted.since is not None:
        query = query.where(FeedbackRow.received_at >= wanted.since)
    if wanted.label is not None:
        labelled = exists().where(
            FeedbackLabelRow.feedback == FeedbackRow.sequence, FeedbackLabelRow.label == wanted.label
        )
        query = query.where(labelled)
    if wanted.reviewed is not None:
        reviewed = exists().where(FeedbackReviewRow.feedback == FeedbackRow.sequence)
        query = query.where(reviewed if wanted.reviewed else ~reviewed)
    return query


def _behind(edge: FeedbackRow, disagreements_first: bool) -> Any:
    older = FeedbackRow.sequence < edge.sequence
    if not disagreements_first:
        return older
    if edge.disagrees:
        return or_(FeedbackRow.disagrees.is_(False), older)
    return and_(FeedbackRow.disagrees.is_(False), older)


def _with_reviews(session: Session, query: Select[tuple[FeedbackRow]]) -> list[StoredFeedback]:
    rows = list(session.scalars(query))
    newest = (
        select(func.max(FeedbackReviewRow.sequence))
        .where(FeedbackReviewRow.feedback.in_([row.sequence for row in rows]))
        .group_by(FeedbackReviewRow.feedback)
    )
    last = session.scalars(select(FeedbackReviewRow).where(FeedbackReviewRow.sequence.in_(newest)))
    reviews = {review.feedback: review_of(review) for review in last}
    return [StoredFeedback(row.body, reviews.get(row.sequence)) for row in rows]


def review_of(row: FeedbackReviewRow) -> dict[str, Any]:
    """Return a review as it is shown."""
    return Review(ReviewVerdict(row.verdict), row.account_id, row.reviewed_at, row.note).to_dict()
