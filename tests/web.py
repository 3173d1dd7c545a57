"""The built app on a station of the test's own."""

import pytest
from fastapi import FastAPI

from beadwatch.apps.server.web_app import WEB_APP


def with_web_app(app: FastAPI) -> FastAPI:
    """Return an application that serves the phone app; skip the test where that is not built."""
    if not (WEB_APP / "index.html").is_file():
        pytest.skip("the phone app is not built: `make web` builds it")
    return app
