"""Clients that are slow on purpose are let go, those that merely follow a line are not."""

import asyncio
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import Response, StreamingResponse

from beadwatch.server.connections import BoundedListener, Connections
from beadwatch.server.protocol import protocol_for
from beadwatch.services.certificates import issue, server_certificate
from tests.waiting import until

TIMEOUT_S = 0.3
DEADLINE_S = 30.0
HOST = b"Host: 127.0.0.1\r\n"
POST = b"POST /body HTTP/1.1\r\n" + HOST
UNREAD = b"POST /unread HTTP/1.1\r\n" + HOST
LONG = b"Content-Length: 1000000\r\n\r\n"
LARGE = 50_000_000
BEATS = 8


def app() -> FastAPI:
    """Return an application that reads a body, or does not, streams for a while, and sends what is large."""
    made = FastAPI()

    @made.post("/body")
    async def body(request: Request) -> int:
        return len(await request.body())

    @made.post("/unread")
    async def unread() -> str:
        return "not read"

    @made.get("/stream")
    async def stream() -> StreamingResponse:
        async def beats() -> AsyncIterator[bytes]:
            for _ in range(BEATS):
                yield b"beat\n"
                await asyncio.sleep(TIMEOUT_S / 2)

        return StreamingResponse(beats())

    @made.get("/large")
    async def large() -> Response:
        return Response(bytes(LARGE))

    return made


@contextmanager
def served(most: int = 100, **options: Any) -> Iterator[tuple[int, Connections]]:
    """Serve the application; yield its port and its connections."""
    connections = Connections(most)
    protocol = protocol_for(TIMEOUT_S, connections)
    config = uvicorn.Config(app(), http=protocol, log_level="critical", lifespan="off", loop="asyncio", **options)
    server = uvicorn.Server(config)
    listener = BoundedListener(socket.create_server(("127.0.0.1", 0)), connections)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        until(lambda: server.started, DEADLINE_S)
        yield listener.getsockname()[1], connections
    finally:
        server.should_exit = True
        thread.join(DEADLINE_S)
        listener.close()


@pytest.fixture(scope="module")
def station() -> Iterator[tuple[int, Connections]]:
    with served() as started:
        yield started


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S)


def dripped(port: int, first: bytes, drop: bytes) -> bytes:
    """Send the first bytes, and then one drop after the other; return what was answered before the end."""
    answered = b""
    with connect(port) as client:
        client.sendall(first)
        client.settimeout(TIMEOUT_S / 5)
        for _ in range(round(DEADLINE_S / (TIMEOUT_S / 5))):
            try:
                client.sendall(drop)
                if not (part := client.recv(10_000)):
                    return answered
                answered += part
            except TimeoutError:
                continue
            except (BrokenPipeError, ConnectionResetError):
                return answered
    pytest.fail(f"still open after {DEADLINE_S} s: {answered!r}")


@pytest.mark.parametrize(
    ("first", "drop", "status"),
    [
        pytest.param(b"", b"", b"", id="nothing"),
        pytest.param(b"", b"G", b"408", id="letters"),
        pytest.param(b"GET / HTTP/1.1\r\n", b"X: y\r\n", b"408", id="fields"),
        pytest.param(b"", b"\r\n", b"400", id="empty lines"),
        pytest.param(POST + LONG, b"", b"408", id="no body"),
        pytest.param(POST + LONG, b"a", b"408", id="body"),
        pytest.param(POST + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n", b"408", id="chunks"),
        pytest.param(UNREAD + LONG, b"a", b"200", id="body that nobody reads"),
        pytest.param(b"GET /stream HTTP/1.0\r\n" + HOST + b"\r\n", b"", b"200", id="stream, until its end"),
    ],
)
def test_slow_request_is_let_go(station: tuple[int, Connections], first: bytes, drop: bytes, status: bytes) -> None:
    port, connections = station
    assert dripped(port, first, drop)[9:12] == status
    until(lambda: len(connections) == 0, DEADLINE_S)


def test_half_a_head_after_an_answer_is_let_go(station: tuple[int, Connections]) -> None:
    first = b"GET /stream HTTP/1.1\r\n" + HOST + b"\r\nGET /"
    assert dripped(station[0], first, b"a").count(b" 200 OK") == 1


def test_stream_goes_on_for_longer_than_a_request_may_take(station: tuple[int, Connections]) -> None:
    assert dripped(station[0], b"GET /stream HTTP/1.0\r\n" + HOST + b"\r\n", b"").count(b"beat\n") == BEATS


def test_body_that_gets_on_is_taken_however_long_it_takes(station: tuple[int, Connections]) -> None:
    answer = dripped(station[0], POST + b"Content-Length: 20000\r\nConnection: close\r\n\r\n", b"a" * 1000)
    assert (answer[9:12], answer[-5:]) == (b"200", b"20000")


def test_client_that_takes_no_answer_is_let_go(station: tuple[int, Connections]) -> None:
    port, connections = station
    with connect(port) as client:
        client.sendall(b"GET /large HTTP/1.1\r\n" + HOST + b"\r\n")
        until(lambda: len(connections) == 1, DEADLINE_S)
        until(lambda: len(connections) == 0, DEADLINE_S)
        taken = 0
        try:
            while part := client.recv(1_000_000):
                taken += len(part)
        except ConnectionResetError:
            pass
        assert taken < LARGE


def test_large_answer_is_sent_whole_to_whoever_takes_it(station: tuple[int, Connections]) -> None:
    with connect(station[0]) as client:
        client.sendall(b"GET /large HTTP/1.0\r\n" + HOST + b"\r\n")
        taken = 0
        while part := client.recv(1_000_000):
            taken += len(part)
    assert taken > LARGE


def test_idle_connections_make_room_and_a_stream_stays() -> None:
    with served(most=3) as (port, _), connect(port) as viewer:
        viewer.sendall(b"GET /stream HTTP/1.0\r\n" + HOST + b"\r\n")
        assert viewer.recv(12) == b"HTTP/1.1 200"
        idle = [connect(port) for _ in range(10)]
        with connect(port) as client:
            client.sendall(b"GET /docs HTTP/1.0\r\n" + HOST + b"\r\n")
            assert client.recv(12) == b"HTTP/1.1 200"
        received = b""
        while part := viewer.recv(10_000):
            received += part
        assert received.count(b"beat\n") == BEATS
        for each in idle:
            each.close()


def test_unfinished_handshakes_make_room(tmp_path: Path) -> None:
    issue(tmp_path / "certs", ["127.0.0.1"])
    cert = server_certificate(tmp_path / "certs")
    trusting = ssl.create_default_context(cafile=tmp_path / "certs" / "ca.crt")
    with served(most=3, ssl_certfile=cert.cert, ssl_keyfile=cert.key) as (port, _):
        idle = [connect(port) for _ in range(10)]
        with trusting.wrap_socket(connect(port), server_hostname="127.0.0.1") as client:
            client.sendall(b"GET /docs HTTP/1.0\r\n" + HOST + b"\r\n")
            assert client.recv(12) == b"HTTP/1.1 200"
        for each in idle:
            each.close()
