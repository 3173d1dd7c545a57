"""Runs of the line and their events in SQL. Events are appended and never changed; they are the sinks' outbox too.

Knows the objects of `domain.line`. Does not know frames (see `line.frame_record`), pictures (see `blobs`) or sinks:
only the name under which each says how far it has got.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, func, select

from beadwatch.domain.errors import StoreError
from beadwatch.domain.line import EventPhase, InspectionEvent, RunInfo
from beadwatch.storage.sessions import transaction
from beadwatch.storage.tables import LineEventRow, LineRunRow, SinkCursorRow


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run: `info` is `RunInfo.to_dict()`. `ended_at` and `summary` are None while it goes on, or if it was killed."""

    info: dict[str, Any]
    ended_at: float | None
    summary: dict[str, Any] | None

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {**self.info, "ended_at": self.ended_at, "summary": self.summary}


class RunStore:
    """Runs, events, and how far each sink has got. Safe to call from several threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def start(self, run: RunInfo) -> None:
        """Store that a run has begun.

        Raises:
            StoreError: the database refuses, as do all methods here.
        """
        row = LineRunRow(id=run.id, line=run.line, started_at=run.started_at, body=run.to_dict())
        with transaction(self._engine, "store a run") as session:
            session.add(row)

    def finish(self, run_id: str, ended_at: float, summary: dict[str, Any]) -> None:
        """Store how a run ended."""
        with transaction(self._engine, "store the end of a run") as session:
            row = session.get(LineRunRow, run_id)
            if row is None:
                raise StoreError(f"no run {run_id!r}")
            row.ended_at, row.summary = ended_at, summary

    def get(self, run_id: str) -> StoredRun | None:
        """Return one run, or None."""
        with transaction(self._engine, "read runs") as session:
            row = session.get(LineRunRow, run_id)
            return StoredRun(row.body, row.ended_at, row.summary) if row else None

    def find(self, limit: int = 50, line: str | None = None) -> list[StoredRun]:
        """Return runs, the newest first."""
        query = select(LineRunRow).order_by(LineRunRow.started_at.desc(), LineRunRow.id.desc()).limit(limit)
        if line is not None:
            query = query.where(LineRunRow.line == line)
        with transaction(self._engine, "read runs") as session:
            return [StoredRun(row.body, row.ended_at, row.summary) for row in session.scalars(query)]

    def append(self, line: str, event: InspectionEvent) -> int:
        """Store one phase of an event; return its number in the order of all. A second time changes nothing."""
        with transaction(self._engine, "store an event") as session:
            known = select(LineEventRow.sequence).where(LineEventRow.message_id == event.message_id)
            if (sequence := session.scalar(known)) is not None:
                return sequence
            row = LineEventRow(
                message_id=event.message_id, event_id=event.id, run_id=event.run_id, line=line, body=event.to_dict()
            )
            session.add(row)
            session.flush()
            return row.sequence

    def events(self, run_id: str) -> list[dict[str, Any]]:
        """Return the events of a run by their start, each in its last phase."""
        query = select(LineEventRow.body).where(LineEventRow.run_id == run_id).order_by(LineEventRow.sequence)
        with transaction(self._engine, "read events") as session:
            last = {body["id"]: body for body in session.scalars(query)}
        return sorted(last.values(), key=lambda body: (body["started_at"], body["id"]))

    def open_events(self, line: str) -> list[dict[str, Any]]:
        """Return the events of a line that started and never ended, as those of a killed run."""
        ended = select(LineEventRow.event_id).where(
            LineEventRow.message_id == LineEventRow.event_id + f"-{EventPhase.ENDED.value}"
        )
        query = (
            select(LineEventRow.body)
            .where(LineEventRow.line == line, LineEventRow.event_id.not_in(ended))
            .order_by(LineEventRow.sequence)
        )
        with transaction(self._engine, "read events") as session:
            return list(session.scalars(query))

    def after(self, line: str, sequence: int, limit: int = 100) -> list[tuple[int, dict[str, Any]]]:
        """Return the next events of a line behind a number, in order, each with its own number."""
        query = (
            select(LineEventRow.sequence, LineEventRow.body)
            .where(LineEventRow.line == line, LineEventRow.sequence > sequence)
            .order_by(LineEventRow.sequence)
            .limit(limit)
        )
        with transaction(self._engine, "read events") as session:
            return [(row.sequence, row.body) for row in session.execute(query)]

    def cursor(self, line: str, sink: str) -> int:
        """Return the number of the last event that a sink of a line has; a sink that is new has all there are."""
        with transaction(self._engine, "read how far a sink is") as session:
            row = session.get(SinkCursorRow, (line, sink))
            if row is None:
                newest = session.scalar(select(func.max(LineEventRow.sequence))) or 0
                row = SinkCursorRow(line=line, sink=sink, sequence=newest)
                session.add(row)
            return row.sequence

    def advance(self, line: str, sink: str, sequence: int) -> None:
        """Store that a sink of a line has every event up to this number."""
        with transaction(self._engine, "store how far a sink is") as session:
            session.merge(SinkCursorRow(line=line, sink=sink, sequence=sequence))

    def close(self) -> None:
        """Let go of the database's connections."""
        self._engine.dispose()
