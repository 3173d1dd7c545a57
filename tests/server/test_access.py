"""Pairing and tokens over HTTP: forged, used and revoked ones open nothing, tries are counted, secrets are not told."""

import logging
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient

from beadwatch.domain.accounts import Role
from beadwatch.server.access import Access, address_of
from beadwatch.server.rates import Rates
from beadwatch.services.station import Station
from beadwatch.settings import load_settings
from beadwatch.wiring import build_station
from tests.server.conftest import client_of, error_of
from tests.server.feedback_made import bearer, token_for, upload


def access_of(client: TestClient) -> Access:
    app: Any = client.app
    access: Access = app.state.access
    return access


def pair(client: TestClient, code: str, device: str = "phone") -> Any:
    return client.post("/v1/pair", json={"code": code, "device_name": device})


@pytest.fixture
def station() -> Iterator[Station]:
    """Return a station without models: feedback needs none."""
    with closing(build_station(load_settings())) as built:
        yield built


@pytest.fixture
def code(station: Station) -> str:
    """Make an account and return a pairing code for it."""
    station.accounts.add("ada", Role.REVIEWER, "north")
    return station.accounts.make_code("ada")[0]


def test_code_becomes_a_token_that_works(client: TestClient, station: Station, code: str) -> None:
    answer = pair(client, f" {code[:4].lower()}-{code[4:]} ", "phone of Ada")
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    body = answer.json()
    assert (body["account"], body["role"], body["team"]) == ("ada", "reviewer", "north")
    assert [device.id for device in station.accounts.devices()] == [body["device_id"]]
    assert client.get("/v1/feedback", headers=bearer(body["token"])).status_code == 200


def test_used_code_is_403(client: TestClient, code: str) -> None:
    assert pair(client, code).status_code == 201
    again = pair(client, code)
    assert (again.status_code, error_of(again)["type"]) == (403, "AccountError")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"code": "ABCD2345", "device_name": "phone"}, 403),
        ({"code": "", "device_name": "phone"}, 403),
        ({"code": "x" * 65, "device_name": "phone"}, 422),
        ({"code": "ABCD2345", "device_name": ""}, 403),
        ({"code": "ABCD2345"}, 422),
        ({"code": 1, "device_name": "phone"}, 422),
        ([], 422),
        (None, 422),
    ],
    ids=str,
)
def test_wrong_code_is_refused(client: TestClient, code: str, body: object, status: int) -> None:
    answer = client.post("/v1/pair", json=body)
    assert answer.status_code == status
    error_of(answer)


def test_codes_cannot_be_tried_out(client: TestClient, code: str) -> None:
    statuses = [pair(client, "ABCD2345").status_code for _ in range(8)]
    assert statuses == [403] * 5 + [429] * 3
    refused = pair(client, code)
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1
    error_of(refused)


def test_nor_from_many_addresses(station: Station, code: str) -> None:
    client = client_of(station)
    access_of(client).pairing_by_address = Rates(burst=1000, per_s=1)
    access_of(client).pairing = Rates(burst=3, per_s=0.001)
    assert [pair(client, "ABCD2345").status_code for _ in range(5)] == [403] * 3 + [429] * 2


AUTHORIZATIONS = [
    {},
    {"Authorization": ""},
    {"Authorization": "Bearer"},
    {"Authorization": "Bearer "},
    {"Authorization": "Bearer " + "x" * 43},
    {"Authorization": "Bearer " + "x" * 5000},
    {"Authorization": "Basic YWRhOmFkYQ=="},
    {"Authorization": b"Bearer \xff\xfe"},
    {"Authorization": "Bearer ' OR 1=1 --"},
    {"Cookie": "token=x"},
]


@pytest.mark.parametrize("headers", AUTHORIZATIONS, ids=str)
def test_who_has_no_token_gets_401_everywhere(client: TestClient, code: str, headers: dict[str, Any]) -> None:
    one = f"/v1/feedback/{1:032x}"
    answers = [
        client.get("/v1/feedback", headers=headers),
        client.get(one, headers=headers),
        client.get(f"{one}/thumbnail", headers=headers),
        client.post("/v1/feedback", headers=headers, **upload()),
        client.post(f"{one}/review", headers=headers, json={"verdict": "accepted"}),
    ]
    for answer in answers:
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        error_of(answer)


def test_stranger_is_refused_before_the_body_is_read(client: TestClient) -> None:
    answer = client.post("/v1/feedback", content=b"no multipart", headers={"content-type": "multipart/form-data"})
    assert answer.status_code == 401


def test_code_is_no_token_and_a_token_is_no_code(client: TestClient, station: Station, code: str) -> None:
    assert client.get("/v1/feedback", headers=bearer(code)).status_code == 401
    assert pair(client, token_for(station, "bob")).status_code == 403


@pytest.mark.parametrize("what", ["device", "account"])
def test_revoked_token_opens_nothing_at_once(client: TestClient, station: Station, what: str) -> None:
    token = token_for(station, "ada", Role.ADMIN)
    assert client.get("/v1/feedback", headers=bearer(token)).status_code == 200
    if what == "device":
        station.accounts.revoke_device(station.accounts.devices()[0].id)
    else:
        station.accounts.revoke_account("ada")
    for answer in (
        client.get("/v1/feedback", headers=bearer(token)),
        client.post("/v1/feedback", headers=bearer(token), **upload()),
    ):
        assert answer.status_code == 401
        assert "revoked" in error_of(answer)["message"]


def test_each_device_and_each_address_has_its_limit(client: TestClient, station: Station) -> None:
    ada, bob = token_for(station, "ada", Role.REVIEWER), token_for(station, "bob", Role.REVIEWER)
    access = access_of(client)
    access.by_device = Rates(burst=2, per_s=0.001)
    access.by_address = Rates(burst=6, per_s=0.001)

    def status(token: str) -> int:
        return int(client.get("/v1/feedback", headers=bearer(token)).status_code)

    assert [status(token) for token in (ada, ada, ada, bob, bob, "forged", bob)] == [200, 200, 429, 200, 200, 401, 429]
    assert client.get("/v1/models").status_code == 200


def test_what_has_no_accounts_needs_none(client: TestClient) -> None:
    for path in ("/", "/line", "/v1/models", "/v1/inspections", "/v1/line", "/healthz"):
        assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
    ],
)
def test_an_ipv6_network_counts_as_one_address(host: str, key: str) -> None:
    assert address_of(Request({"type": "http", "client": (host, 1), "headers": []})) == key


def test_nothing_secret_is_logged(station: Station, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client = client_of(station)
    token = token_for(station, "ada", Role.REVIEWER)
    code = station.accounts.make_code("ada")[0]
    other = pair(client, code).json()["token"]
    client.post("/v1/feedback", headers=bearer(token), **upload(note="a private note"))
    client.post("/v1/feedback", headers=bearer(token), **upload(2, note="a private note\0"))
    client.get("/v1/feedback", headers=bearer(token))
    with station.accounts._engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE devices RENAME TO hidden")
        connection.exec_driver_sql("ALTER TABLE pairing_codes RENAME TO gone")
    answers = [client.get("/v1/feedback", headers=bearer(token)), pair(client, code)]
    assert [answer.status_code for answer in answers] == [503, 503]
    assert "StoreError" in caplog.text
    said = caplog.text + "".join(answer.text for answer in answers)
    assert [secret for secret in (token, other, code, "a private note") if secret in said] == []


def test_guests_are_off_by_default(station: Station) -> None:
    assert station.guest_feedback is False
    assert client_of(replace(station, guest_feedback=False)).post("/v1/feedback", **upload()).status_code == 401
