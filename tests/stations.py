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

from beadwatch.apps.server.application import create_app
from beadwatch.apps.server.live.lines import LiveLines
from beadwatch.apps.server.web_app import WEB_APP
from beadwatch.apps.wiring import Station
from tests.waiting import until

DEADLINE_S = 30.0


def live_app(web_app: Path = Path("web app")) -> FastAPI:
    """Return the station's application, for the routes that need neither models nor store."""
    return create_app(
        cast(Station, SimpleNamespace(max_upload_bytes=1 << 20, max_inspections=0, guest_feedback=False)), web_app
    )


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
        app, host="127.0.0.1", port=port, log_level="critical", lifespan="off", timeout_graceful_shutdown=1
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
