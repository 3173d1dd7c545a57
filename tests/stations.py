"""A real station without models on a loopback port, in a thread of the test's own process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient

from beadwatch.domain.accounts import Caller, Role
from beadwatch.server.application import create_app
from beadwatch.server.live.lines import LiveLines
from beadwatch.server.reach import LOOPBACK, Reach
from beadwatch.server.web_app import WEB_APP
from beadwatch.services.station import Station
from tests.waiting import until

DEADLINE_S = 30.0
TOKEN, KNOWN = "known", Caller("north", Role.INSPECTOR, "1" * 32, "2" * 32)
HERE = "http://127.0.0.1:8000"  # as a browser on the station's own machine calls it


def live_app(web_app: Path = Path("web app"), reach: Reach = LOOPBACK) -> FastAPI:
    """Return the station's application, for the routes that need neither models nor store. It knows one token."""
    accounts = SimpleNamespace(caller=lambda token: KNOWN if token == TOKEN else None)
    station = SimpleNamespace(max_upload_bytes=1 << 20, max_inspections=0, guest_feedback=False, accounts=accounts)
    return create_app(cast(Station, station), web_app, reach)


def client_at(app: FastAPI, url: str = HERE) -> TestClient:
    """Return a client of an application under an address, to which unexpected errors are answers too."""
    return TestClient(app, base_url=url, raise_server_exceptions=False)


def with_web_app(app: FastAPI) -> FastAPI:
    """Return an application that serves the phone app; skip the test where that is not built."""
    if not (WEB_APP / "index.html").is_file():
        pytest.skip("the phone app is not built: `make web` builds it")
    return app


def lines_of(app: FastAPI) -> LiveLines:
    """Return the lines that an application has heard of."""
    lines: LiveLines = app.state.lines
    return lines


@contextmanager
def served(app: FastAPI, port: int = 0) -> Iterator[str]:
    """Serve an application and yield its address."""
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        log_level="critical",
        lifespan="off",
        timeout_graceful_shutdown=1,
        proxy_headers=False,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until(lambda: server.started, DEADLINE_S)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(DEADLINE_S)
