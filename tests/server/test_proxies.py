"""Who stands behind a request is believed from named proxies only: else one client could be a thousand."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from beadwatch.server.application import create_app
from beadwatch.server.reach import Reach
from beadwatch.services.station import Station
from beadwatch.settings import load_settings
from beadwatch.wiring import build_station
from tests.stations import HERE, served

NOBODY, ITSELF = Reach(), Reach(proxies=("127.0.0.0/8",))


@pytest.fixture
def station() -> Iterator[Station]:
    """Return a station without models: pairing needs none."""
    with closing(build_station(load_settings())) as built:
        yield built


def pair(client: Any, says: dict[str, str]) -> int:
    body = {"code": "ABCD2345", "device_name": "phone"}
    return int(client.post("/v1/pair", json=body, headers=says).status_code)


def strangers(name: str, count: int) -> list[dict[str, str]]:
    return [{name: f"for=192.0.2.{each}" if name == "Forwarded" else f"192.0.2.{each}"} for each in range(count)]


@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Real-IP", "Forwarded"])
def test_no_header_buys_more_guesses_at_a_pairing_code(station: Station, name: str) -> None:
    with served(create_app(station, reach=NOBODY)) as url, httpx2.Client(base_url=url, trust_env=False) as client:
        assert [pair(client, says) for says in strangers(name, 9)] == [403] * 5 + [429] * 4


def test_named_proxy_is_believed(station: Station) -> None:
    with served(create_app(station, reach=ITSELF)) as url, httpx2.Client(base_url=url, trust_env=False) as client:
        assert [pair(client, says) for says in strangers("X-Forwarded-For", 9)] == [403] * 9
        same = {"X-Forwarded-For": "192.0.2.1"}
        assert [pair(client, same) for _ in range(5)] == [403] * 4 + [429]


def test_what_stood_there_before_the_proxy_added_to_it_is_not(station: Station) -> None:
    client = TestClient(create_app(station, reach=ITSELF), base_url=HERE, client=("127.0.0.1", 9))
    statuses = [pair(client, {"X-Forwarded-For": f"198.51.100.{each}, 192.0.2.1"}) for each in range(9)]
    assert statuses == [403] * 5 + [429] * 4


def test_nor_is_another_than_the_named_one(station: Station) -> None:
    client = TestClient(create_app(station, reach=ITSELF), base_url=HERE, client=("192.0.2.99", 9))
    assert [pair(client, says) for says in strangers("X-Forwarded-For", 9)] == [403] * 5 + [429] * 4
