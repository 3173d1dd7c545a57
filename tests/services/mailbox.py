"""A real SMTP server on a port of its own, which a test may switch off and on again."""

import email
import queue
from email.message import EmailMessage
from email.policy import default
from typing import cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.waiting import free_port


class Mailbox:
    """Takes mail, but for receivers at `nowhere.example`."""

    def __init__(self) -> None:
        """Choose a port; nobody listens there yet."""
        self.port = free_port()
        self.mails: queue.Queue[EmailMessage] = queue.Queue()
        self._controller: Controller | None = None

    def start(self) -> None:
        """Listen."""
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        """Listen no more."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take or refuse a receiver."""
        if address.endswith("@nowhere.example"):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a message."""
        self.mails.put(email.message_from_bytes(cast(bytes, envelope.content), policy=default))
        return "250 OK"
