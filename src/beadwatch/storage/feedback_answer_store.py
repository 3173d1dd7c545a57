"""What later models say about pictures that phones judged: one answer for each feedback and model version.

An answer is never changed; it goes with its feedback (`feedback_removal`). A picture whose inspection has the version's
second answer gets none here, so that it counts once. Knows the JSON object of a feedback. Does not know models.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, exists, func, select

from beadwatch.storage.reinspection_store import Waiting
from beadwatch.storage.sessions import add_once, transaction
from beadwatch.storage.tables import FeedbackRow, FeedbackSecondAnswerRow, InspectionRow, ReinspectionRow


class FeedbackAnswerStore:
    """Second answers to feedback. Safe to call from several threads and processes.

    Every method raises `StoreError` where the database refuses.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def waiting(self, task: str, version: str, after: int, limit: int, since: datetime | None = None) -> list[Waiting]:
        """Return feedback of a task, behind one in order, whose picture this version neither judged nor answered.

        `since` leaves out what was received before that moment. The bodies are the phone's answers, with the picture.
        """
        query = (
            select(FeedbackRow)
            .where(*_unanswered(task, version, since), FeedbackRow.sequence > after)
            .order_by(FeedbackRow.sequence)
            .limit(limit)
        )
        with transaction(self._engine, "read feedback") as session:
            return [
                Waiting(row.sequence, row.id, {"path": row.id, "sha256": row.sha256, **row.body["answer"]})
                for row in session.scalars(query)
            ]

    def count_waiting(self, task: str, version: str, since: datetime | None = None) -> int:
        """Return how many `waiting` would return in all."""
        query = select(func.count()).select_from(FeedbackRow).where(*_unanswered(task, version, since))
        with transaction(self._engine, "count feedback") as session:
            return session.scalar(query) or 0

    def append(self, sequence: int, version: str, changed: bool | None, body: dict[str, Any]) -> bool:
        """Store a second answer; return False where there is one already, which stays, or the feedback was deleted."""
        row = FeedbackSecondAnswerRow(
            feedback=sequence,
            model_version=version,
            changed=changed,
            disposition=body.get("inspection", {}).get("disposition"),
            gravity=body.get("gravity"),
            body=body,
        )
        return add_once(self._engine, row, "store a second answer")

    def count(self, task: str, version: str) -> dict[str, int]:
        """Return how many second answers of a version there are: `same`, `changed` and `failed`."""
        query = (
            select(FeedbackSecondAnswerRow.changed, func.count())
            .join(FeedbackRow, FeedbackSecondAnswerRow.feedback == FeedbackRow.sequence)
            .where(FeedbackRow.task == task, FeedbackSecondAnswerRow.model_version == version, counts_here())
            .group_by(FeedbackSecondAnswerRow.changed)
        )
        with transaction(self._engine, "count second answers") as session:
            found = {row[0]: row[1] for row in session.execute(query)}
        return {"same": found.get(False, 0), "changed": found.get(True, 0), "failed": found.get(None, 0)}


def counts_here() -> ColumnElement[bool]:
    """Return whether the picture of a second answer to feedback does not count as an inspection already."""
    return ~_inspected().where(ReinspectionRow.model_version == FeedbackSecondAnswerRow.model_version).exists()


def _unanswered(task: str, version: str, since: datetime | None) -> list[ColumnElement[bool]]:
    answered = exists().where(
        FeedbackSecondAnswerRow.feedback == FeedbackRow.sequence, FeedbackSecondAnswerRow.model_version == version
    )
    wanted = [
        FeedbackRow.task == task,
        FeedbackRow.body["answer"]["model_version"].as_string() != version,
        ~answered,
        ~_inspected().where(ReinspectionRow.model_version == version).exists(),
    ]
    return wanted if since is None else [*wanted, FeedbackRow.received_at >= since]


def _inspected() -> Select[tuple[int]]:
    """Select the second answers to inspections of the feedback's picture."""
    return (
        select(ReinspectionRow.inspection)
        .join(InspectionRow, ReinspectionRow.inspection == InspectionRow.sequence)
        .where(InspectionRow.sha256 == FeedbackRow.sha256, InspectionRow.task == FeedbackRow.task)
        .correlate(FeedbackRow, FeedbackSecondAnswerRow)
    )
