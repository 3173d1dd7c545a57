"""Alerts as the settings want them: recorded in the station's database, told by mail and webhook."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from beadwatch.domain.alerts import Alert
from beadwatch.domain.errors import SettingsError
from beadwatch.lifecycle.notify import Channel, Delivery, deliver
from beadwatch.lifecycle.notify_mail import MailChannel, MailServer, Tls
from beadwatch.settings import Settings
from beadwatch.storage.alert_store import AlertStore
from beadwatch.storage.database import open_database


def channels_of(settings: Settings) -> tuple[Channel, ...]:
    """Return the channels that the settings name; none is fine, the station's page shows alerts anyway.

    Raises:
        SettingsError: a setting makes no sense, or lacks another.
    """
    channels: list[Channel] = []
    if settings.smtp_host is not None:
        if settings.smtp_from is None or settings.smtp_to is None:
            raise SettingsError("BEADWATCH_SMTP_HOST needs BEADWATCH_SMTP_FROM and BEADWATCH_SMTP_TO, too")
        password = settings.smtp_password.text if settings.smtp_password else None
        server = MailServer(
            settings.smtp_host, settings.smtp_port, Tls(settings.smtp_tls), settings.smtp_user, password
        )
        receivers = tuple(address.strip() for address in settings.smtp_to.split(",") if address.strip())
        channels.append(MailChannel(server, settings.smtp_from, receivers))
    if settings.alert_webhook is not None:
        from beadwatch.lifecycle.notify_webhook import WebhookChannel

        key = settings.webhook_key.text if settings.webhook_key else None
        channels.append(WebhookChannel(settings.alert_webhook.text, key))
    return tuple(channels)


@dataclass(frozen=True, slots=True)
class Alerts:
    """Records alerts, and tells of them."""

    store: AlertStore
    channels: Sequence[Channel]

    def record(self, alert: Alert) -> bool:
        """Record an alert, to be told over all channels; return whether it is new.

        Raises:
            StoreError: it cannot be stored.
        """
        return self.store.record(alert, [channel.name for channel in self.channels])

    def deliver(self) -> Delivery:
        """Tell all that was not told yet.

        Raises:
            StoreError: the outbox cannot be read or written.
        """
        return deliver(self.store, self.channels)


@contextmanager
def open_alerts(settings: Settings) -> Iterator[Alerts]:
    """Open the alerts of the settings, and let go of the database at the end.

    Raises:
        SettingsError: a setting of mail or webhook makes no sense.
        StoreError: the database cannot be opened.
    """
    channels = channels_of(settings)
    store = AlertStore(open_database(settings.database))
    try:
        yield Alerts(store, channels)
    finally:
        store.close()
