"""Alerts in SQL, with an outbox of the notices that are to be sent of them. An alert is never changed or removed.

A notice is sent at least once: whoever sends claims it for a while, so that two senders do not send the same one, and
one that was claimed by a sender that died is free again after that while. Does not know how notices are sent.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, or_, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from beadwatch.domain.alerts import Alert
from beadwatch.domain.errors import StoreError
from beadwatch.storage.database import reason
from beadwatch.storage.sessions import transaction
from beadwatch.storage.tables import AlertNoticeRow, AlertRow

CLAIM_S = 120.0  # longer than any sender takes


@dataclass(frozen=True, slots=True)
class Notice:
    """An alert that is to be sent over a channel, and how often that was tried before."""

    alert: Alert
    channel: str
    tries: int


@dataclass(frozen=True, slots=True)
class StoredAlert:
    """An alert, with the state of each of its notices: `sent`, `waiting`, and what went wrong last."""

    alert: Alert
    notices: tuple[dict[str, Any], ...]

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {**self.alert.to_dict(), "notices": list(self.notices)}


def _now() -> datetime:
    return datetime.now(UTC)


class AlertStore:
    """Alerts and their outbox. Safe to call from several threads and processes.

    Every method raises `StoreError` where the database refuses.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = _now) -> None:
        self._engine, self._clock = engine, clock

    def record(self, alert: Alert, channels: Collection[str]) -> bool:
        """Store an alert with a notice for each channel; return whether it is new. One that is known stays as it is."""
        row = AlertRow(id=alert.id, event=alert.event, raised_at=alert.raised_at, body=alert.to_dict())
        try:
            with Session(self._engine) as session, session.begin():
                if session.scalar(select(AlertRow.sequence).where(AlertRow.id == alert.id)) is not None:
                    return False
                session.add(row)
                session.flush()
                session.add_all(AlertNoticeRow(alert=row.sequence, channel=name, tries=0) for name in channels)
        except IntegrityError:  # somebody else told of it at the same moment
            return False
        except SQLAlchemyError as error:
            raise StoreError(f"cannot store the alert {alert.title}: {reason(error)}") from error
        return True

    def claim(self, channel: str) -> Notice | None:
        """Return a notice that waits for this channel, now claimed for a while; None if none does.

        The one that was tried least comes first: one that is refused for ever does not hold up the others.
        """
        while True:
            now = self._clock()
            free = or_(AlertNoticeRow.claimed_until.is_(None), AlertNoticeRow.claimed_until <= now)
            waiting = (AlertNoticeRow.sent_at.is_(None), AlertNoticeRow.channel == channel, free)
            with transaction(self._engine, "claim a notice") as session:
                found = session.execute(
                    select(AlertNoticeRow, AlertRow)
                    .join(AlertRow, AlertNoticeRow.alert == AlertRow.sequence)
                    .where(*waiting)
                    .order_by(AlertNoticeRow.tries, AlertRow.sequence)
                    .limit(1)
                ).first()
                if found is None:
                    return None
                notice, row = found
                mine = session.execute(
                    update(AlertNoticeRow)
                    .where(AlertNoticeRow.alert == notice.alert, AlertNoticeRow.channel == notice.channel, *waiting)
                    .values(claimed_until=now + timedelta(seconds=CLAIM_S), tries=AlertNoticeRow.tries + 1)
                    .execution_options(synchronize_session=False)
                )
                claimed = Notice(_alert(row.body), notice.channel, notice.tries)
            if mine.rowcount:  # type: ignore[attr-defined]  # an UPDATE's result has it
                return claimed

    def sent(self, notice: Notice) -> None:
        """Note that a notice arrived."""
        self._settle(notice, sent_at=self._clock(), claimed_until=None, last_error=None)

    def failed(self, notice: Notice, why: str) -> None:
        """Note that a notice did not arrive: it is waiting again."""
        self._settle(notice, last_error=why, claimed_until=None)

    def find(self, limit: int = 50) -> list[StoredAlert]:
        """Return alerts, the newest first."""
        query = select(AlertRow).order_by(AlertRow.sequence.desc()).limit(limit)
        with transaction(self._engine, "read alerts") as session:
            rows = list(session.scalars(query))
            of = select(AlertNoticeRow).where(AlertNoticeRow.alert.in_([row.sequence for row in rows]))
            notices = list(session.scalars(of.order_by(AlertNoticeRow.channel)))
            return [
                StoredAlert(_alert(row.body), tuple(_shown(one) for one in notices if one.alert == row.sequence))
                for row in rows
            ]

    def close(self) -> None:
        """Let go of the database's connections."""
        self._engine.dispose()

    def _settle(self, notice: Notice, **values: Any) -> None:
        of = select(AlertRow.sequence).where(AlertRow.id == notice.alert.id).scalar_subquery()
        with transaction(self._engine, "settle a notice") as session:
            session.execute(
                update(AlertNoticeRow)
                .where(AlertNoticeRow.alert == of, AlertNoticeRow.channel == notice.channel)
                .values(**values)
            )


def _alert(body: dict[str, Any]) -> Alert:
    return Alert(**{**body, "raised_at": datetime.fromisoformat(body["raised_at"])})


def _shown(row: AlertNoticeRow) -> dict[str, Any]:
    return {
        "channel": row.channel,
        "state": "sent" if row.sent_at else "waiting",
        "tries": row.tries,
        "sent_at": row.sent_at.isoformat() if row.sent_at else None,
        "last_error": row.last_error,
    }
