"""Alive is told at once, ready by trying: a locked database, a full disk and a store that hangs all show."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio.to_thread
import httpx2
import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from beadwatch.domain.errors import StoreError
from beadwatch.server.application import create_app
from beadwatch.server.health import Readiness
from beadwatch.services.station import Station
from beadwatch.settings import load_settings
from beadwatch.wiring import build_station
from tests.server.conftest import client_of, nothing_is_stored
from tests.stations import HERE

DATABASE = Path("data/beadwatch.db")


@contextmanager
def locked() -> Iterator[None]:
    """Hold the lock that every write needs, as another process may."""
    with closing(sqlite3.connect(DATABASE)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def test_locked_database_is_unready_and_ready_again_afterwards(client: TestClient, station: Station) -> None:
    with locked():
        answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "unready")
    assert [problem["type"] for problem in answer.json()["problems"]] == ["StoreError"]
    assert client.get("/readyz").status_code == 200
    with station.inspections._engine.connect() as connection:
        assert connection.execute(text("PRAGMA busy_timeout")).scalar() == 10_000, "others wait as long as before"
    assert nothing_is_stored(client)


def test_nearly_full_disk_is_unready(models_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEADWATCH_MIN_FREE_MB", "1000000000")
    with closing(build_station(load_settings())) as station:
        answer = client_of(station).get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["problems"] == [{"type": "StoreError", "message": "the disk is nearly full"}]


def test_neither_check_waits_for_the_threads_that_work(station: Station) -> None:
    app = create_app(station)

    async def ask() -> list[int]:
        threads = anyio.to_thread.current_default_thread_limiter()
        threads.total_tokens = 1
        threads.acquire_on_behalf_of_nowait("work")
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=HERE) as client:
            return [(await asyncio.wait_for(client.get(path), 30)).status_code for path in ("/healthz", "/readyz")]

    assert asyncio.run(ask()) == [200, 200]


class Blobs:
    """A store of pictures that hangs until it is let go on, and counts."""

    def __init__(self) -> None:
        self.go_on, self.tries = threading.Event(), 0

    def check(self) -> None:
        self.tries += 1
        self.go_on.wait(30)


def test_store_that_hangs_is_a_problem_and_is_not_asked_again_meanwhile(station: Station) -> None:
    blobs: Any = Blobs()
    readiness = Readiness(replace(station, blobs=blobs), patience_s=0.2)

    async def ask() -> None:
        first = await asyncio.gather(*(readiness.problems() for _ in range(10)))
        assert first == [[{"type": "StoreError", "message": "the store does not answer"}]] * 10
        assert await readiness.problems() == first[0]
        assert blobs.tries == 1
        blobs.go_on.set()
        readiness._patience_s = 30
        assert await readiness.problems() == []

    asyncio.run(ask())


def test_what_is_in_the_way_is_logged_whole_and_told_without_places(
    station: Station, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise StoreError("cannot write /srv/secret/place")

    monkeypatch.setattr(station.blobs, "check", fail)
    answer = client_of(station).get("/readyz")
    assert answer.status_code == 503
    assert "secret" not in answer.text
    assert "/srv/secret/place" in caplog.text
