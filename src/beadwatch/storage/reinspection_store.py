"""What later models say about pictures that were inspected before: one answer for each inspection and model version.

An answer is never changed once it is stored. Knows the JSON object of an inspection. Does not know models.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, exists, func, select

from beadwatch.storage.sessions import add_once, transaction
from beadwatch.storage.tables import InspectionRow, ReinspectionRow


@dataclass(frozen=True, slots=True)
class Waiting:
    """An inspection that a version has not answered yet: its place in order, its id and its body."""

    sequence: int
    id: str
    body: dict[str, Any]


class ReinspectionStore:
    """Second answers. Safe to call from several threads and processes.

    Every method raises `StoreError` where the database refuses.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def waiting(self, task: str, version: str, after: int, limit: int, since: datetime | None = None) -> list[Waiting]:
        """Return inspections of a task, behind one in order, that this version neither made nor answered.

        `since` leaves out those that were made before that moment.
        """
        query = (
            select(InspectionRow)
            .where(*_unanswered(task, version, since), InspectionRow.sequence > after)
            .order_by(InspectionRow.sequence)
            .limit(limit)
        )
        with transaction(self._engine, "read inspections") as session:
            return [Waiting(row.sequence, row.id, row.body) for row in session.scalars(query)]

    def count_waiting(self, task: str, version: str, since: datetime | None = None) -> int:
        """Return how many inspections `waiting` would return in all."""
        query = select(func.count()).select_from(InspectionRow).where(*_unanswered(task, version, since))
        with transaction(self._engine, "count inspections") as session:
            return session.scalar(query) or 0

    def append(self, sequence: int, version: str, changed: bool | None, body: dict[str, Any]) -> bool:
        """Store a second answer; return False where there is one already, which stays."""
        row = ReinspectionRow(
            inspection=sequence,
            model_version=version,
            changed=changed,
            disposition=body.get("inspection", {}).get("disposition"),
            body=body,
        )
        return add_once(self._engine, row, "store a second answer")

    def count(self, task: str, version: str) -> dict[str, int]:
        """Return how many second answers of a version there are: `same`, `changed` and `failed`."""
        query = (
            select(ReinspectionRow.changed, func.count())
            .join(InspectionRow, ReinspectionRow.inspection == InspectionRow.sequence)
            .where(InspectionRow.task == task, ReinspectionRow.model_version == version)
            .group_by(ReinspectionRow.changed)
        )
        with transaction(self._engine, "count second answers") as session:
            found = {row[0]: row[1] for row in session.execute(query)}
        return {"same": found.get(False, 0), "changed": found.get(True, 0), "failed": found.get(None, 0)}

    def close(self) -> None:
        """Let go of the database's connections."""
        self._engine.dispose()


def _unanswered(task: str, version: str, since: datetime | None) -> list[ColumnElement[bool]]:
    answered = exists().where(
        ReinspectionRow.inspection == InspectionRow.sequence, ReinspectionRow.model_version == version
    )
    wanted = [InspectionRow.task == task, InspectionRow.model_version != version, ~answered]
    return wanted if since is None else [*wanted, InspectionRow.created_at >= since]
