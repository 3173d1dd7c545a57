"""A station answers to its own names only: a page of another site that gives its name this address gets nothing."""

from collections.abc import MutableMapping
from typing import Any

import anyio
import pytest
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from beadwatch.server.hosts import Hosts, KnownHostsOnly
from tests.server.conftest import error_of
from tests.stations import client_at, live_app

HERE = Hosts()
NETWORK = Hosts.of(["Cell-3", "cell-3.local", "*.plant.example", "2001:DB8::0:1"], any_address=True)
ANY = Hosts.of(["*"])


@pytest.mark.parametrize(
    ("hosts", "header", "allowed"),
    [
        (HERE, "127.0.0.1", True),
        (HERE, "127.0.0.1:8000", True),
        (HERE, "localhost:1", True),
        (HERE, "LOCALHOST", True),
        (HERE, "[::1]", True),
        (HERE, "[::1]:8000", True),
        (HERE, "[0:0:0:0:0:0:0:1]:8000", True),
        (HERE, "evil.example", False),
        (HERE, "localhost.evil.example:8000", False),
        (HERE, "127.0.0.1.evil.example", False),
        (HERE, "evil.example:127.0.0.1", False),
        (HERE, "evil@127.0.0.1", False),
        (HERE, "127.0.0.1/evil", False),
        (HERE, "192.168.1.20:8000", False),
        (HERE, "0.0.0.0:8000", False),
        (HERE, "::1", False),
        (HERE, "[::1", False),
        (HERE, "[::1]evil.example", False),
        (HERE, "", False),
        (HERE, "localhost\u00e9", False),
        (HERE, "*", False),
        (NETWORK, "localhost:8000", True),
        (NETWORK, "cell-3:8000", True),
        (NETWORK, "CELL-3.local.", True),
        (NETWORK, "weld.plant.example", True),
        (NETWORK, "a.b.plant.example:443", True),
        (NETWORK, "plant.example", False),
        (NETWORK, "weldplant.example", False),
        (NETWORK, "192.168.1.20:8000", True),
        (NETWORK, "[2001:db8::1]:8000", True),
        (NETWORK, "evil.example", False),
        (Hosts.of(["2001:DB8::0:1"]), "[2001:db8::1]:8000", True),
        (Hosts.of(["192.168.1.20"]), "192.168.1.20", True),
        (Hosts.of(["192.168.1.20"]), "192.168.1.21", False),
        (ANY, "anything.example:99", True),
    ],
    # Not repr: the order of a set differs from process to process.
    ids=lambda value: " ".join(sorted(value.names)) or "here" if isinstance(value, Hosts) else str(value),
)
def test_host_is_one_of_the_stations_or_not(hosts: Hosts, header: str, allowed: bool) -> None:
    assert hosts.allows(header) is allowed


@pytest.fixture(scope="module")
def client() -> TestClient:
    """Return a client of a station that only this machine reaches."""
    return client_at(live_app())


REQUESTS = [
    ("GET", "/"),
    ("GET", "/app/"),
    ("GET", "/docs"),
    ("GET", "/static/station.js"),
    ("GET", "/healthz"),
    ("GET", "/v1/inspections"),
    ("GET", "/v1/line/cell-1/stream"),
    ("POST", "/v1/inspections"),
    ("POST", "/v1/pair"),
    ("PUT", "/v1/line/cell-1/picture"),
    ("GET", "/nothing"),
]


@pytest.mark.parametrize(("method", "path"), REQUESTS)
def test_another_sites_name_gets_nothing(client: TestClient, method: str, path: str) -> None:
    answer = client.request(method, path, headers={"Host": "rebound.example:8000", "Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 421
    assert "BEADWATCH_ALLOWED_HOSTS" in error_of(answer)["message"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8000", "[::1]:8000"])
def test_own_names_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "closed"),
    [
        ([(b"host", b"rebound.example")], True),
        ([], True),
        ([(b"host", b"localhost"), (b"host", b"rebound.example")], True),
        ([(b"host", b"localhost")], False),
    ],
    ids=str,
)
def test_sockets_are_closed_before_they_open(headers: list[tuple[bytes, bytes]], closed: bool) -> None:
    sent: list[MutableMapping[str, Any]] = []

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/", "headers": headers}
    anyio.run(KnownHostsOnly(app, Hosts()), scope, receive, send)
    assert [message["type"] for message in sent] == ["websocket.close" if closed else "websocket.accept"]
