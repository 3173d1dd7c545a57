"""The tables as SQLAlchemy sees them. What a database really has is made by the migrations beside this file."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Integer,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class UtcDateTime(TypeDecorator[datetime]):
    """A moment with time zone, also in databases that forget zones (SQLite)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Refuse moments without a zone and store the rest in UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Base(DeclarativeBase):
    """Base of all tables."""


class InspectionRow(Base):
    """One inspection. `body` is the whole JSON object as it was answered; the columns beside it are for finding it."""

    __tablename__ = "inspections"

    sequence: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(32), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    task: Mapped[str] = mapped_column(String(64), index=True)
    disposition: Mapped[str] = mapped_column(String(16), index=True)
    label: Mapped[str] = mapped_column(String(128))
    confidence: Mapped[float] = mapped_column(Float)
    model_version: Mapped[str] = mapped_column(String(128))
    body: Mapped[dict[str, Any]] = mapped_column(JSON)


class LineRunRow(Base):
    """One run of the line. `body` is the `RunInfo`; the last two columns are filled in when it has ended."""

    __tablename__ = "line_runs"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    line: Mapped[str] = mapped_column(String(64), index=True)
    started_at: Mapped[float] = mapped_column(Float, index=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    ended_at: Mapped[float | None] = mapped_column(Float, nullable=True)
    summary: Mapped[dict[str, Any] | None] = mapped_column(JSON, nullable=True)


class LineEventRow(Base):
    """One phase of one event, in the order in which they happened; never changed. Also the outbox of all sinks."""

    __tablename__ = "line_events"

    sequence: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    message_id: Mapped[str] = mapped_column(String(128), unique=True)
    event_id: Mapped[str] = mapped_column(String(96), index=True)
    run_id: Mapped[str] = mapped_column(String(64), index=True)
    line: Mapped[str] = mapped_column(String(64), index=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)


class SinkCursorRow(Base):
    """Up to which event a sink of a line has everything."""

    __tablename__ = "sink_cursors"

    line: Mapped[str] = mapped_column(String(64), primary_key=True)
    sink: Mapped[str] = mapped_column(String(512), primary_key=True)
    sequence: Mapped[int] = mapped_column(Integer)


class FeedbackRow(Base):
    """What a person said about a picture, never changed. `body` is `Feedback.to_dict`; the rest is for finding it.

    An id belongs to its team, so that nobody learns from a refusal which ids another team has.
    """

    __tablename__ = "feedback"
    __table_args__ = (UniqueConstraint("team", "id", name="uq_feedback_team_id"),)

    sequence: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(32))
    team: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    task: Mapped[str] = mapped_column(String(64), index=True)
    disagrees: Mapped[bool] = mapped_column(Boolean, index=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)


class FeedbackLabelRow(Base):
    """One class that the person held to be present."""

    __tablename__ = "feedback_labels"

    feedback: Mapped[int] = mapped_column(ForeignKey("feedback.sequence"), primary_key=True)
    label: Mapped[str] = mapped_column(String(128), primary_key=True, index=True)


class FeedbackReviewRow(Base):
    """What a reviewer made of one feedback; the newest counts, none is changed."""

    __tablename__ = "feedback_reviews"

    sequence: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    feedback: Mapped[int] = mapped_column(ForeignKey("feedback.sequence"), index=True)
    verdict: Mapped[str] = mapped_column(String(16))
    account_id: Mapped[str] = mapped_column(String(128))
    reviewed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(Text)


class FeedbackTombstoneRow(Base):
    """Feedback that was deleted, and must not come back. `sha256` stands here until its picture is settled."""

    __tablename__ = "feedback_tombstones"

    team: Mapped[str] = mapped_column(String(64), primary_key=True)
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    deleted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sha256: Mapped[str | None] = mapped_column(String(64), index=True, nullable=True)


class AccountRow(Base):
    """One account. Its name stays taken after it was revoked, so that what it did keeps its meaning."""

    __tablename__ = "accounts"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    team: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime, nullable=True)


class DeviceRow(Base):
    """One paired device, with the sha256 of its token."""

    __tablename__ = "devices"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    name: Mapped[str] = mapped_column(String(64))
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    paired_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime, nullable=True)


class PairingCodeRow(Base):
    """The sha256 of one pairing code that is still worth something, or was."""

    __tablename__ = "pairing_codes"

    code_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime, nullable=True)


class ModelWithdrawalRow(Base):
    """One model version was withdrawn, or restored; the newest row counts, none is changed."""

    __tablename__ = "model_withdrawals"

    sequence: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    task: Mapped[str] = mapped_column(String(64), index=True)
    version: Mapped[str] = mapped_column(String(128))
    withdrawn: Mapped[bool] = mapped_column(Boolean)
    reason: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class LoopStepRow(Base):
    """One step of the loop: what was collected, found, trained, judged or released."""

    __tablename__ = "loop_steps"

    sequence: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(16), index=True)
    task: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    words: Mapped[str] = mapped_column(Text)
    figures: Mapped[dict[str, Any]] = mapped_column(JSON)


class AlertRow(Base):
    """One alert, never changed. `body` is `Alert.to_dict`."""

    __tablename__ = "alerts"

    sequence: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    event: Mapped[str] = mapped_column(String(128))
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)


class AlertNoticeRow(Base):
    """What is to be sent of an alert over one channel: an outbox. Sent when `sent_at` stands there."""

    __tablename__ = "alert_notices"

    alert: Mapped[int] = mapped_column(ForeignKey("alerts.sequence"), primary_key=True)
    channel: Mapped[str] = mapped_column(String(32), primary_key=True)
    tries: Mapped[int] = mapped_column(Integer)
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime, nullable=True)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime, nullable=True)
    last_error: Mapped[str | None] = mapped_column(Text, nullable=True)


class ReinspectionRow(Base):
    """What a later model says about a picture that was inspected. `changed` is None where it could not say.

    `disposition` is that of `body`, for finding it.
    """

    __tablename__ = "reinspections"

    inspection: Mapped[int] = mapped_column(ForeignKey("inspections.sequence"), primary_key=True)
    model_version: Mapped[str] = mapped_column(String(128), primary_key=True, index=True)
    changed: Mapped[bool | None] = mapped_column(Boolean, nullable=True)
    disposition: Mapped[str | None] = mapped_column(String(16), nullable=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)


class FeedbackSecondAnswerRow(Base):
    """What a later model says about a picture that a phone judged; never changed, and removed with its feedback.

    `disposition` and `gravity` (how far the classes are apart, `domain.second_answers.gravity_of`) are those of `body`.
    """

    __tablename__ = "feedback_second_answers"

    feedback: Mapped[int] = mapped_column(ForeignKey("feedback.sequence"), primary_key=True)
    model_version: Mapped[str] = mapped_column(String(128), primary_key=True, index=True)
    changed: Mapped[bool | None] = mapped_column(Boolean, nullable=True)
    disposition: Mapped[str | None] = mapped_column(String(16), nullable=True)
    gravity: Mapped[int | None] = mapped_column(Integer, nullable=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
