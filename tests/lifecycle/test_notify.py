"""Alerts by real mail and real HTTP: what arrives, what a receiver that is away or refuses leads to, no secret said."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from beadwatch.domain.alerts import Alert
from beadwatch.domain.errors import NoticeError, SettingsError
from beadwatch.lifecycle.notify import deliver
from beadwatch.lifecycle.notify_mail import MailChannel, MailServer, Tls
from beadwatch.lifecycle.notify_webhook import WebhookChannel
from beadwatch.storage.alert_store import AlertStore
from beadwatch.storage.database import open_database
from tests.services.mailbox import Mailbox
from tests.waiting import free_port

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ALERT = Alert("a" * 32, "drift.detected", "dataset.auc", "porosity: AUC 0,61 — Lötnaht", {"auc": 0.61}, NOON)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    box.start()
    yield box
    box.stop()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[AlertStore]:
    opened = AlertStore(open_database(f"sqlite:///{tmp_path / 'a.db'}"))
    yield opened
    opened.close()


def mail(port: int, *receivers: str, **options: Any) -> MailChannel:
    server = MailServer("127.0.0.1", port, **{"tls": Tls.NONE, **options})
    return MailChannel(server, "Station <station@works.example>", receivers or ("quality@works.example",))


class Receiver:
    """A webhook's receiver that answers as it is told and keeps what it got."""

    def __init__(self) -> None:
        """Listen on a free port."""
        self.status = 200
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((self.path, dict(self.headers), body))
                self.send_response(receiver.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}/hooks/t0ken"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    listening = Receiver()
    yield listening
    listening.close()


def test_mail_says_what_happened_why_and_the_figures(mailbox: Mailbox) -> None:
    mail(mailbox.port, "quality@works.example", "boss@works.example").send(ALERT)
    message = mailbox.mails.get(timeout=5)
    assert message["Subject"] == "Beadwatch: drift.detected (dataset.auc)"
    assert message["To"] == "quality@works.example, boss@works.example"
    assert message["Date"].datetime == NOON
    assert "porosity: AUC 0,61 — Lötnaht" in message.get_content()
    assert '"auc": 0.61' in message.get_content()


def test_the_same_alert_has_the_same_message_id(mailbox: Mailbox) -> None:
    for _ in range(2):
        mail(mailbox.port).send(ALERT)
    first, second = (mailbox.mails.get(timeout=5)["Message-ID"] for _ in range(2))
    assert first == second
    assert first.endswith("@works.example>")


@pytest.mark.parametrize(
    ("receivers", "options", "says"),
    [
        (["a@nowhere.example"], {}, "refuses all receivers: a@nowhere.example"),
        (["a@nowhere.example", "b@works.example"], {}, "refuses a@nowhere.example; the other receivers have"),
        ([], {"tls": Tls.STARTTLS}, "SMTPNotSupportedError"),
        ([], {"tls": Tls.TLS}, "SSLError"),
        ([], {"user": "me", "password": "hunter2"}, "SMTPNotSupportedError"),
    ],
    ids=["nobody", "one of two", "no starttls there", "no tls there", "no login there"],
)
def test_a_mail_server_that_refuses(mailbox: Mailbox, receivers: list[str], options: Any, says: str) -> None:
    with pytest.raises(NoticeError, match=says) as raised:
        mail(mailbox.port, *receivers, **options).send(ALERT)
    assert "hunter2" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_a_password_is_never_shown_nor_sent_in_clear() -> None:
    server = MailServer("mail.works.example", 25, user="me", password="hunter2")
    assert "hunter2" not in repr(server)
    with pytest.raises(SettingsError, match=r"would go to mail\.works\.example in clear"):
        MailServer("mail.works.example", 25, Tls.NONE, "me", "hunter2")
    with pytest.raises(SettingsError, match="BEADWATCH_SMTP_USER is not"):
        MailServer("mail.works.example", 25, password="hunter2")


@pytest.mark.parametrize("address", ["nobody", "", "a@b\nBcc: c@d"])
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(SettingsError, match="no e-mail address"):
        mail(25, address)


def test_webhook_posts_signed_json_that_can_be_told_from_another(receiver: Receiver) -> None:
    WebhookChannel(receiver.address, "key").send(ALERT)
    ((path, headers, body),) = receiver.got
    assert path == "/hooks/t0ken"
    assert json.loads(body) == ALERT.to_dict()
    assert headers["Idempotency-Key"] == ALERT.id
    assert headers["X-Beadwatch-Signature"] == "sha256=" + hmac.new(b"key", body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("status", [302, 404, 500])
def test_webhook_that_answers_otherwise_has_not_taken_it(receiver: Receiver, status: int) -> None:
    receiver.status = status
    with pytest.raises(NoticeError, match=f"the webhook at 127.0.0.1 answered {status}"):
        WebhookChannel(receiver.address).send(ALERT)


def test_webhook_that_is_away_is_named_without_its_token() -> None:
    with pytest.raises(NoticeError, match="cannot be reached: ConnectionError") as raised:
        WebhookChannel(f"http://127.0.0.1:{free_port()}/hooks/t0ken").send(ALERT)
    assert "t0ken" not in str(raised.value)


@pytest.mark.parametrize("address", ["", "ftp://a/b", "https://", "http://[::1", "http://a:0/"])
def test_webhook_address_that_is_none(address: str) -> None:
    with pytest.raises(SettingsError, match="https://host/path"):
        WebhookChannel(address)


def test_what_is_not_taken_waits_and_is_sent_once_later(store: AlertStore, mailbox: Mailbox) -> None:
    channel = mail(mailbox.port)
    mailbox.stop()
    for name in ("a", "b"):
        store.record(Alert(name, "drift.detected", "", "", {}, NOON), ["mail"])
    for tries in (1, 2):
        delivery = deliver(store, [channel])
        assert (delivery.sent, len(delivery.failed)) == (0, 1), "one try a round, not one for each alert"
        assert sum(one.notices[0]["tries"] for one in store.find()) == tries
    mailbox.start()
    assert deliver(store, [channel]).sent == 2
    assert deliver(store, [channel]).sent == 0
    assert mailbox.mails.qsize() == 2


def test_one_channel_that_fails_does_not_hold_up_the_other(store: AlertStore, receiver: Receiver) -> None:
    store.record(ALERT, ["mail", "webhook"])
    delivery = deliver(store, [mail(free_port()), WebhookChannel(receiver.address)])
    assert (delivery.sent, len(delivery.failed), len(receiver.got)) == (1, 1, 1)
