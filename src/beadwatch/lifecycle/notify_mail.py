"""Alerts by e-mail, through any SMTP server. Knows SMTP; does not know queues: who calls repeats what failed."""

import hashlib
import json
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from enum import StrEnum

from beadwatch.domain.alerts import Alert
from beadwatch.domain.errors import NoticeError, SettingsError

TIMEOUT_S = 20.0
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Tls(StrEnum):
    """How the way to the mail server is kept private."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in, and as whom. The password is in no `repr`."""

    host: str
    port: int
    tls: Tls = Tls.STARTTLS
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.password is not None and self.user is None:
            raise SettingsError("BEADWATCH_SMTP_PASSWORD is set, but BEADWATCH_SMTP_USER is not")
        if self.password is not None and self.tls is Tls.NONE and self.host not in _LOOPBACK:
            raise SettingsError(
                f"the password would go to {self.host} in clear: set BEADWATCH_SMTP_TLS to starttls or tls"
            )


class MailChannel:
    """Sends each alert as one plain message to all receivers."""

    name = "mail"

    def __init__(self, server: MailServer, sender: str, receivers: tuple[str, ...]) -> None:
        """Send through `server`, from one address to others.

        Raises:
            SettingsError: an address is none.
        """
        for address in (sender, *receivers):
            if "@" not in parseaddr(address)[1] or not address.isprintable():
                raise SettingsError(f"{address!r} is no e-mail address: see BEADWATCH_SMTP_FROM and BEADWATCH_SMTP_TO")
        self._server, self._sender, self._receivers = server, sender, receivers

    def send(self, alert: Alert) -> None:
        """Hand in one message; where only some receivers are refused, the others have it and that is a failure.

        Raises:
            NoticeError: the server cannot be reached or refuses.
        """
        place = f"the mail server {self._server.host}:{self._server.port}"
        try:
            with _opened(self._server) as smtp:
                refused = smtp.send_message(compose(alert, self._sender, self._receivers))
        except smtplib.SMTPAuthenticationError as error:
            raise NoticeError(f"{place} refuses the user or the password ({error.smtp_code})") from None
        except smtplib.SMTPRecipientsRefused as error:
            raise NoticeError(f"{place} refuses all receivers: {', '.join(error.recipients)}") from None
        except smtplib.SMTPResponseException as error:
            raise NoticeError(f"{place} answered {error.smtp_code}") from None
        except (smtplib.SMTPException, OSError, UnicodeError) as error:
            # Its text may hold what we said to the server.
            raise NoticeError(f"{place} did not take the message: {type(error).__name__}") from None
        if refused:
            raise NoticeError(f"{place} refuses {', '.join(refused)}; the other receivers have the message")


def compose(alert: Alert, sender: str, receivers: tuple[str, ...]) -> EmailMessage:
    """Return the message. The same alert gets the same Message-ID, so that one sent twice is shown once."""
    message = EmailMessage()
    message["Subject"] = f"Beadwatch: {alert.title}"
    message["From"], message["To"] = sender, ", ".join(receivers)
    message["Date"] = format_datetime(alert.raised_at)
    domain = parseaddr(sender)[1].rpartition("@")[2]
    message["Message-ID"] = f"<{hashlib.sha256(alert.id.encode()).hexdigest()[:32]}@{domain}>"
    facts = json.dumps(dict(alert.facts), indent=2, ensure_ascii=False)
    message.set_content(f"{alert.why or alert.title}\n\n{alert.raised_at:%Y-%m-%d %H:%M:%S %Z}\n\n{facts}\n")
    return message


@contextmanager
def _opened(server: MailServer) -> Iterator[smtplib.SMTP]:
    if server.tls is Tls.TLS:
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=TIMEOUT_S, context=ssl.create_default_context()
        )
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
    with smtp:
        if server.tls is Tls.STARTTLS:
            smtp.starttls(context=ssl.create_default_context())
        if server.user is not None:
            smtp.login(server.user, server.password or "")
        yield smtp
