"""Inspections in SQL: append, look up, list. An inspection is never changed once it is stored.

Knows the JSON object of an inspection. Does not know pictures (see `blobs`) or models.
"""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from beadwatch.domain.errors import StoreError
from beadwatch.domain.inspection import Inspection
from beadwatch.domain.labels import Disposition
from beadwatch.storage.database import reason
from beadwatch.storage.sessions import try_to_add
from beadwatch.storage.tables import InspectionRow


@dataclass(frozen=True, slots=True)
class StoredInspection:
    """An inspection with its identity: `body` is `Inspection.to_dict()` as it was when it was stored."""

    id: str
    created_at: datetime
    body: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {"id": self.id, "created_at": self.created_at.isoformat(), **self.body}


@dataclass(frozen=True, slots=True)
class InspectionFilter:
    """Which inspections to list: newest first, at most `limit`, older than the one whose id is `before`."""

    task: str | None = None
    disposition: Disposition | None = None
    before: str | None = None
    limit: int = 50


class InspectionStore:
    """Append-only inspections. Safe to call from several threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def append(self, inspection: Inspection) -> StoredInspection:
        """Store one inspection in one transaction and return it with its new id.

        Raises:
            StoreError: the database refuses; nothing is stored.
        """
        body = inspection.to_dict()
        stored = StoredInspection(uuid.uuid4().hex, datetime.now(UTC), body)
        row = InspectionRow(
            id=stored.id,
            created_at=stored.created_at,
            body=body,
            **{name: body[name] for name in ("sha256", "task", "disposition", "label", "confidence", "model_version")},
        )
        try:
            with Session(self._engine) as session, session.begin():
                session.add(row)
        except (SQLAlchemyError, UnicodeError) as error:
            raise StoreError(f"cannot store the inspection of {inspection.path!r}: {reason(error)}") from error
        return stored

    def get(self, inspection_id: str) -> StoredInspection | None:
        """Return one inspection, or None."""
        found = self._select(select(InspectionRow).where(InspectionRow.id == inspection_id))
        return found[0] if found else None

    def find(self, wanted: InspectionFilter) -> list[StoredInspection]:
        """Return inspections, the newest first; none if `before` names no inspection.

        Raises:
            StoreError: the database cannot be read.
        """
        query = select(InspectionRow).order_by(InspectionRow.sequence.desc()).limit(wanted.limit)
        if wanted.task is not None:
            query = query.where(InspectionRow.task == wanted.task)
        if wanted.disposition is not None:
            query = query.where(InspectionRow.disposition == wanted.disposition.value)
        if wanted.before is not None:
            edge = select(InspectionRow.sequence).where(InspectionRow.id == wanted.before).scalar_subquery()
            query = query.where(InspectionRow.sequence < edge)
        return self._select(query)

    def check(self) -> None:
        """Raise `StoreError` unless an inspection could be stored now. Leaves nothing."""
        row = InspectionRow(
            id=uuid.uuid4().hex,
            created_at=datetime.now(UTC),
            body={},
            **dict.fromkeys(("sha256", "task", "disposition", "label", "model_version"), ""),
            confidence=0.0,
        )
        try_to_add(self._engine, row, "write inspections")

    def close(self) -> None:
        """Let go of the database's connections."""
        self._engine.dispose()

    def _select(self, query: Any) -> list[StoredInspection]:
        try:
            with Session(self._engine) as session:
                return [StoredInspection(row.id, row.created_at, row.body) for row in session.scalars(query)]
        except (SQLAlchemyError, UnicodeError) as error:
            raise StoreError(f"cannot read inspections: {reason(error)}") from error
