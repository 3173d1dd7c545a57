"""A browser signs in by a pairing code, and carries the token in a cookie that pages cannot read."""

from collections.abc import Iterator
from contextlib import closing
from http.cookies import SimpleCookie

import pytest
from starlette.testclient import TestClient

from beadwatch.domain.accounts import Role
from beadwatch.server.application import create_app
from beadwatch.server.hosts import Hosts
from beadwatch.server.reach import LOOPBACK, Reach
from beadwatch.services.station import Station
from beadwatch.settings import load_settings
from beadwatch.wiring import build_station
from tests.server.conftest import error_of
from tests.stations import client_at

NETWORK = Reach(hosts=Hosts(any_address=True), beyond=True, asks_token=True)
AT = "http://192.0.2.7:8000"
NOBODY = {"token_needed": True, "account": None, "role": None, "team": None}
ADA = {"token_needed": True, "account": "ada", "role": "reviewer", "team": "north"}


@pytest.fixture
def station() -> Iterator[Station]:
    """Return a station without models, with an account."""
    with closing(build_station(load_settings())) as built:
        built.accounts.add("ada", Role.REVIEWER, "north")
        yield built


@pytest.fixture
def client(station: Station) -> TestClient:
    """Return a browser on another machine."""
    return client_at(create_app(station, reach=NETWORK), AT)


def sign_in(client: TestClient, station: Station, path: str = "/v1/session") -> SimpleCookie:
    code = station.accounts.make_code("ada")[0]
    answer = client.post(path, json={"code": code, "device_name": "screen"})
    assert (answer.status_code, answer.json()) == (201, ADA)
    assert answer.headers["cache-control"] == "no-store"
    return SimpleCookie(answer.headers["set-cookie"])


def test_signing_in_opens_the_station_and_signing_out_closes_it(client: TestClient, station: Station) -> None:
    assert client.get("/v1/session").json() == NOBODY
    assert client.get("/v1/inspections").status_code == 401
    sign_in(client, station)
    assert client.get("/v1/session").json() == ADA
    for path in ("/v1/inspections", "/v1/feedback", "/docs"):
        assert client.get(path).status_code == 200
    token = client.cookies["beadwatch_session"]
    assert client.delete("/v1/session").status_code == 204
    assert dict(client.cookies) == {}
    assert client.get("/v1/session").json() == NOBODY
    stolen = {"Cookie": f"beadwatch_session={token}"}
    assert client.get("/v1/inspections", headers=stolen).status_code == 401
    assert [device.revoked_at is None for device in station.accounts.devices()] == [False]


@pytest.mark.parametrize(
    ("at", "below", "secure"), [(AT, "", ""), ("https://192.0.2.7:8000", "", True), (AT, "/weld", "")]
)
def test_cookie_is_for_this_station_and_no_script(station: Station, at: str, below: str, secure: object) -> None:
    reach = Reach(hosts=Hosts(any_address=True), root_path=below, asks_token=True)
    cookie = sign_in(client_at(create_app(station, reach=reach), at), station, f"{below}/v1/session")
    morsel = cookie["beadwatch_session"]
    assert (morsel["httponly"], morsel["samesite"], morsel["path"]) == (True, "strict", below or "/")
    assert morsel["secure"] == secure
    assert int(morsel["max-age"]) > 86_400


def test_proxy_that_asks_for_a_password_is_no_hindrance(client: TestClient, station: Station) -> None:
    sign_in(client, station)
    assert client.get("/v1/models", headers={"Authorization": "Basic YWRhOmFkYQ=="}).status_code == 200


def test_codes_cannot_be_tried_out_here_either(client: TestClient) -> None:
    wanted = {"code": "ABCD2345", "device_name": "screen"}
    paths = ["/v1/session", "/v1/pair"] * 4
    answers = [client.post(path, json=wanted) for path in paths]
    assert [answer.status_code for answer in answers] == [403] * 5 + [429] * 3
    assert "set-cookie" not in answers[0].headers
    error_of(answers[0])


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_page_of_another_site_can_neither_sign_in_nor_out(client: TestClient, station: Station, method: str) -> None:
    sign_in(client, station)
    answer = client.request(method, "/v1/session", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert client.get("/v1/session").json() == ADA


def test_station_of_this_machine_alone_needs_nobody_to_sign_in(station: Station) -> None:
    client = client_at(create_app(station, reach=LOOPBACK))
    assert client.get("/v1/session").json() == NOBODY | {"token_needed": False}
    client.cookies["beadwatch_session"] = "old"
    assert client.get("/v1/inspections").status_code == 200
    assert client.delete("/v1/session").status_code == 204
