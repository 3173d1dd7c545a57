"""Who gets past the door of a station that other machines reach: a table of every route, so that none is forgotten."""

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from enum import Enum

import anyio
import pytest
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from beadwatch.server.access import Access
from beadwatch.server.application import create_app
from beadwatch.server.gate import TokensOnly
from beadwatch.server.hosts import Hosts
from beadwatch.server.reach import LOOPBACK, Reach
from beadwatch.services.station import Station
from beadwatch.settings import load_settings
from beadwatch.wiring import build_station
from tests.server.conftest import error_of
from tests.server.feedback_made import bearer, token_for, upload
from tests.stations import client_at

NETWORK = Reach(hosts=Hosts(any_address=True), beyond=True, asks_token=True)
AT = "http://192.0.2.7:8000"


class For(Enum):
    """Whom a route is for."""

    ALL = "everybody, from wherever"
    HERE = "everybody on this machine, a token elsewhere"
    TOKEN = "a token, from wherever"


ROUTES = {
    "GET /": For.ALL,
    "GET /healthz": For.ALL,
    "GET /readyz": For.ALL,
    "GET /line": For.ALL,
    "GET /line/{line}": For.ALL,
    "GET /app": For.ALL,
    "GET /app/{name:path}": For.ALL,
    "HEAD /app/{name:path}": For.ALL,
    "GET /static/{file}": For.ALL,
    "POST /v1/pair": For.ALL,
    "GET /v1/session": For.ALL,
    "POST /v1/session": For.ALL,
    "DELETE /v1/session": For.HERE,
    "GET /docs": For.HERE,
    "GET /docs/oauth2-redirect": For.HERE,
    "GET /redoc": For.HERE,
    "GET /openapi.json": For.HERE,
    "HEAD /openapi.json": For.HERE,
    "GET /static-offline-docs/{file}": For.HERE,
    "POST /v1/inspections": For.HERE,
    "GET /v1/inspections": For.HERE,
    "GET /v1/inspections/{inspection_id}": For.HERE,
    "GET /v1/inspections/{inspection_id}/thumbnail": For.HERE,
    "GET /v1/inspections/{inspection_id}/heatmap": For.HERE,
    "GET /v1/models": For.HERE,
    "GET /v1/alerts": For.HERE,
    "GET /v1/bundles/{task}": For.HERE,
    "GET /v1/bundles/{task}/{version}/{file}": For.HERE,
    "POST /v1/line/{line}/live": For.HERE,
    "PUT /v1/line/{line}/picture": For.HERE,
    "GET /v1/line": For.HERE,
    "GET /v1/line/{line}/stream": For.HERE,
    "GET /v1/line/{line}/picture": For.HERE,
    "POST /v1/feedback": For.TOKEN,
    "GET /v1/feedback": For.TOKEN,
    "GET /v1/feedback/{feedback_id}": For.TOKEN,
    "GET /v1/feedback/{feedback_id}/thumbnail": For.TOKEN,
    "GET /v1/feedback/{feedback_id}/picture": For.TOKEN,
    "POST /v1/feedback/{feedback_id}/review": For.TOKEN,
    "GET /v1/loop": For.TOKEN,
    "GET /v1/comparisons": For.TOKEN,
    "GET /v1/comparisons/{task}/{version:path}": For.TOKEN,
}
NO_LINE = "-"  # so that no stream begins


@pytest.fixture
def station() -> Iterator[Station]:
    """Return a station without models."""
    with closing(build_station(load_settings())) as built:
        yield built


@pytest.fixture
def client(station: Station) -> TestClient:
    """Return a client on another machine."""
    return client_at(create_app(station, reach=NETWORK), AT)


def test_every_route_has_a_rule(station: Station) -> None:
    there = {
        f"{method} {route.path}" if route.methods else f"GET {route.path}/{{file}}"  # what is mounted names no methods
        for route in iter_route_contexts(create_app(station, reach=NETWORK).routes)
        for method in (route.methods or {""})
    }
    assert there == set(ROUTES)


@pytest.mark.parametrize("with_token", [True, False])
@pytest.mark.parametrize("reach", [NETWORK, LOOPBACK])
def test_who_has_no_token_gets_what_the_rule_says(station: Station, reach: Reach, with_token: bool) -> None:
    client = client_at(create_app(station, reach=reach))
    headers = bearer(token_for(station, "ada")) if with_token else {}
    refused = set()
    for route in ROUTES:
        method, path = route.replace("{line}", NO_LINE).split()
        answer = client.request(method, re.sub(r"{.*?}", "x", path), headers=headers, follow_redirects=False)
        if answer.status_code == 401:
            refused.add(route)
            assert method == "HEAD" or error_of(answer)["type"] == "RequestError"
    for_some = {For.TOKEN, For.HERE} if reach is NETWORK else {For.TOKEN}
    assert refused == (set() if with_token else {route for route, whom in ROUTES.items() if whom in for_some})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nothing"),
        ("POST", "/"),
        ("POST", "/static/station.js"),
        ("GET", "/v1/pair"),
        ("GET", "/static"),
        ("GET", "/appx"),
        ("GET", "//v1/models"),
        ("OPTIONS", "/v1/models"),
    ],
)
def test_what_no_rule_names_asks_for_a_token(client: TestClient, method: str, path: str) -> None:
    assert client.request(method, path).status_code == 401


@pytest.mark.parametrize(
    "path", ["/static/../v1/models", "/app/%2e%2e/v1/models", "/line/..%2fv1/models", "/app//v1/models"]
)
def test_no_way_round_leads_to_what_asks_for_a_token(client: TestClient, path: str) -> None:
    assert client.get(path).status_code in {401, 404}


def test_stranger_is_refused_before_the_body_is_read(client: TestClient) -> None:
    answer = client.post("/v1/inspections", content=b"no multipart", headers={"content-type": "multipart/form-data"})
    assert answer.status_code == 401
    error_of(answer)


AUTHORIZATIONS = [
    {"Authorization": "Bearer " + "x" * 43},
    {"Authorization": "Bearer"},
    {"Authorization": "Basic YWRhOmFkYQ=="},
    {"Cookie": "beadwatch_session=" + "x" * 43},
    {"Cookie": "beadwatch_session="},
    {"Cookie": "token=x"},
]


@pytest.mark.parametrize("headers", AUTHORIZATIONS, ids=str)
def test_forged_tokens_open_nothing(client: TestClient, headers: dict[str, str]) -> None:
    answers = [client.get(path, headers=headers) for path in ("/v1/models", "/v1/inspections", "/docs")]
    assert [answer.status_code for answer in answers] == [401] * 3
    assert client.get("/healthz", headers=headers).status_code == 200


def test_revoked_token_opens_nothing_at_once(client: TestClient, station: Station) -> None:
    token = token_for(station, "ada")
    assert client.get("/v1/models", headers=bearer(token)).status_code == 200
    station.accounts.revoke_account("ada")
    assert client.get("/v1/models", headers=bearer(token)).status_code == 401


@pytest.mark.parametrize("guests", [True, False])
def test_guests_may_send_where_they_are_let_and_no_more(station: Station, guests: bool) -> None:
    client = client_at(create_app(replace(station, guest_feedback=guests), reach=NETWORK), AT)
    assert client.post("/v1/feedback", **upload()).status_code == (201 if guests else 401)
    for path in ("/v1/feedback", "/v1/models", "/v1/loop"):
        assert client.get(path).status_code == 401


def test_store_that_refuses_is_503(client: TestClient, station: Station) -> None:
    token = token_for(station, "ada")
    with station.accounts._engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE devices RENAME TO hidden")
    answer = client.get("/v1/models", headers=bearer(token))
    assert (answer.status_code, error_of(answer)["type"]) == (503, "StoreError")


def test_rules_hold_below_a_path_too(station: Station) -> None:
    client = client_at(create_app(station, reach=replace(NETWORK, root_path="/weld")), AT)
    token = token_for(station, "ada")
    for below in ("", "/weld"):
        assert client.get(f"{below}/healthz").status_code == 200
        assert client.get(f"{below}/static/station.js").status_code == 200
        assert client.get(f"{below}/v1/models").status_code == 401
        assert client.get(f"{below}/v1/models", headers=bearer(token)).status_code == 200


@pytest.mark.parametrize(("known", "told"), [(True, "websocket.accept"), (False, "websocket.close")])
def test_sockets_ask_for_a_token_too(station: Station, known: bool, told: str) -> None:
    sent: list[Message] = []

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    cookie = f"beadwatch_session={token_for(station, 'ada')}" if known else ""
    scope = {"type": "websocket", "path": "/v1/socket", "headers": [(b"cookie", cookie.encode())]}
    anyio.run(TokensOnly(app, Access(station)), scope, receive, send)
    assert [message["type"] for message in sent] == [told]
