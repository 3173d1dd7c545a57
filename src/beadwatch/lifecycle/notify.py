"""Sending what waits in the outbox of alerts. Does not know how a channel sends, nor what an alert is about."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from beadwatch.domain.alerts import Alert
from beadwatch.domain.errors import NoticeError
from beadwatch.storage.alert_store import AlertStore


class Channel(Protocol):
    """A way to tell somebody."""

    name: str

    def send(self, alert: Alert) -> None:
        """Send an alert; return when the receiver has taken it.

        Raises:
            NoticeError: it was not taken, as far as is known; the message holds no secret.
        """
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """How many notices were sent, and what went wrong with the channels that did not take theirs."""

    sent: int
    failed: tuple[str, ...]


def deliver(store: AlertStore, channels: Iterable[Channel]) -> Delivery:
    """Send all that waits. A channel that fails once is left alone for this round; its notices wait for the next.

    Raises:
        StoreError: the outbox cannot be read or written.
    """
    sent, failed = 0, []
    for channel in channels:
        while notice := store.claim(channel.name):
            try:
                channel.send(notice.alert)
            except NoticeError as error:
                store.failed(notice, str(error))
                failed.append(str(error))
                break
            store.sent(notice)
            sent += 1
    return Delivery(sent, tuple(failed))
