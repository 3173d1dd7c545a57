"""A station on tiny models, and a client that sees what a browser would."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from beadwatch.server.application import create_app
from beadwatch.services.station import Station
from beadwatch.settings import load_settings
from beadwatch.wiring import build_station
from tests.pictures import png
from tests.stations import client_at
from tests.web_app import write_web_app

Send = Callable[..., httpx2.Response]


def client_of(station: Station, web_app: Path = Path("web app")) -> TestClient:
    """Return a client of a station, to which unexpected errors are answers too."""
    return client_at(create_app(station, web_app))


@pytest.fixture
def station(models_dir: Path) -> Iterator[Station]:
    """Return a station with a tiny model for each task."""
    with closing(build_station(load_settings())) as built:
        yield built


@pytest.fixture
def client(station: Station) -> TestClient:
    """Return a client of the station."""
    return client_of(station)


@pytest.fixture
def web_app(tmp_path: Path) -> Path:
    """Build the phone app where the client's station looks for it."""
    return write_web_app(tmp_path / "web app")


@pytest.fixture
def send(client: TestClient) -> Send:
    """Return a function that posts a picture."""
    return sender(client)


def sender(client: TestClient) -> Send:
    """Return a function that posts a picture to the station of `client`."""

    def post(data: bytes | None = None, task: str = "tig", name: str = "a.png") -> httpx2.Response:
        files = {"image": (name, png() if data is None else data, "image/png")}
        return client.post("/v1/inspections", data={"task": task}, files=files)

    return post


def error_of(response: httpx2.Response) -> dict[str, str]:
    """Return the error of an answer, which must be of the one shape and hold no traceback."""
    body: dict[str, Any] = response.json()
    assert response.headers["content-type"] == "application/json"
    assert set(body) == {"error"}
    assert set(body["error"]) == {"type", "message"}
    assert all(isinstance(value, str) and value for value in body["error"].values())
    assert "Traceback" not in response.text
    error: dict[str, str] = body["error"]
    return error


def nothing_is_stored(client: TestClient, data_dir: Path = Path("data")) -> bool:
    """Return whether the station holds neither an inspection nor a picture."""
    listed = client.get("/v1/inspections").json()["inspections"]
    return listed == [] and [path for path in (data_dir / "blobs").rglob("*") if path.is_file()] == []
