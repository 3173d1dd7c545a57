"""The built app on a station of the test's own."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

import beadwatch.apps

DIST = Path(beadwatch.apps.__file__).parent / "web" / "dist"


def with_web_app(app: FastAPI) -> FastAPI:
    """Serve the built app under /app/; skip the test where it is not built."""
    if not (DIST / "index.html").is_file():
        pytest.skip(f"the web app is not built: run `npx vite build` in {DIST.parent.name}/ of beadwatch.apps")
    if not any(getattr(route, "path", "") == "/app" for route in app.routes):
        app.mount("/app", StaticFiles(directory=DIST, html=True), name="app")
    return app
