"""The webhook against a receiver that takes, refuses, stalls and comes back."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from beadwatch.domain.errors import SinkError
from beadwatch.line.sinks import webhook
from beadwatch.line.sinks.webhook import WebhookSink
from tests.line.made import made_event, made_frame, made_run, made_status
from tests.waiting import free_port

RUN = made_run(line="cell 4")


@dataclass
class Receiver:
    """Answers each request with the next status, and with 204 when there are no more."""

    statuses: list[int] = field(default_factory=list)
    wait_s: float = 0.0
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0


@contextmanager
def receiving(receiver: Receiver) -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.got.append((self.path, dict(self.headers), body))
            time.sleep(receiver.wait_s)
            self.send_response(receiver.statuses.pop(0) if receiver.statuses else 204)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def opened(address: str, secret: str | None = None, statuses: bool = False) -> Iterator[WebhookSink]:
    sink = WebhookSink(address, secret, statuses)
    sink.open(RUN)
    try:
        yield sink
    finally:
        sink.close()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving(Receiver()) as receiver:
        yield receiver


def test_event_is_posted_with_its_id_and_signature(receiver: Receiver) -> None:
    with opened(f"http://127.0.0.1:{receiver.port}/welds?token=t0ken", "s3cret") as sink:
        sink.send(made_event())
    [(path, headers, body)] = receiver.got
    assert path == "/welds?token=t0ken"
    assert json.loads(body) == made_event().to_dict()
    assert headers["Idempotency-Key"] == made_event().message_id
    assert headers["Content-Type"] == "application/json"
    assert headers["X-Beadwatch-Signature"] == "sha256=" + hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize(("statuses", "kinds"), [(False, ["event"]), (True, ["status", "event"])])
def test_statuses_are_posted_only_where_wanted_and_frames_never(
    receiver: Receiver, statuses: bool, kinds: list[str]
) -> None:
    with opened(f"http://127.0.0.1:{receiver.port}/", None, statuses) as sink:
        for message in (made_frame(), made_status(), made_event()):
            sink.send(message)
    assert [json.loads(body)["kind"] for _, _, body in receiver.got] == kinds
    assert "X-Beadwatch-Signature" not in receiver.got[0][1]


def test_event_is_delivered_when_it_is_sent_again(receiver: Receiver) -> None:
    receiver.statuses = [500, 429]
    with opened(f"http://127.0.0.1:{receiver.port}/") as sink:
        for code in ("500", "429"):
            with pytest.raises(SinkError, match=f"answered {code}$"):
                sink.send(made_event())
        sink.send(made_event())
    assert {headers["Idempotency-Key"] for _, headers, _ in receiver.got} == {made_event().message_id}


@pytest.mark.parametrize(
    ("status", "message"),
    [(400, "refuses"), (403, "refuses"), (301, "redirects are not followed"), (503, "answered 503")],
)
def test_refusal_says_so(receiver: Receiver, status: int, message: str) -> None:
    receiver.statuses = [status]
    with opened(f"http://127.0.0.1:{receiver.port}/") as sink, pytest.raises(SinkError, match=message):
        sink.send(made_event())
    assert len(receiver.got) == 1


def test_receiver_that_stalls_is_an_error_in_time(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "ANSWER_S", 0.2)
    receiver.wait_s = 0.6
    with opened(f"http://127.0.0.1:{receiver.port}/") as sink, pytest.raises(SinkError, match="ReadTimeout"):
        sink.send(made_event())


def test_no_password_and_no_token_are_shown() -> None:
    port = free_port()
    address = f"http://user:secret@127.0.0.1:{port}/welds?token=t0ken"
    with opened(address) as sink, pytest.raises(SinkError, match="ConnectionError") as caught:
        sink.send(made_event())
    shown = f"{sink.name} {caught.value}"
    assert "secret" not in shown
    assert "t0ken" not in shown
    assert sink.name.startswith(f"http://127.0.0.1:{port}/welds?")
    assert sink.name != WebhookSink(f"http://127.0.0.1:{port}/welds?token=other").name


@pytest.mark.parametrize(
    "address", ["http://", "https:///path", "ftp://host", "http://host:0", "http://host:x", "http://[::"]
)
def test_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(SinkError):
        WebhookSink(address)
