"""Puts the station together: routes, error handlers, limits, and the pages."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from fastapi_offline import FastAPIOffline
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from beadwatch import __version__
from beadwatch.server.access import Access
from beadwatch.server.admission import Admission
from beadwatch.server.alerts import alert_router
from beadwatch.server.bundles import bundle_router
from beadwatch.server.comparisons import comparison_router
from beadwatch.server.documentation import document_refusals
from beadwatch.server.feedback import feedback_router, pairing_router
from beadwatch.server.gate import TokensOnly
from beadwatch.server.guard import OwnPagesOnly, SafetyHeaders
from beadwatch.server.health import Readiness, health_router
from beadwatch.server.hosts import KnownHostsOnly
from beadwatch.server.live.lines import LiveLines
from beadwatch.server.live.routes import MAX_BYTES, live_router
from beadwatch.server.loop import loop_router
from beadwatch.server.prefix import Prefix, page_below
from beadwatch.server.problems import add_error_handlers
from beadwatch.server.reach import LOOPBACK, Reach
from beadwatch.server.routes import admitted_router, router
from beadwatch.server.sessions import session_router
from beadwatch.server.uploads import BodyLimit, FormsInUtf8
from beadwatch.server.web_app import WEB_APP, web_app_router
from beadwatch.services.station import Station

_STATIC = Path(__file__).parent / "static"
_PAGE_HEADERS = {"Cache-Control": "no-cache"}


def create_app(station: Station, web_app: Path = WEB_APP, reach: Reach = LOOPBACK) -> FastAPI:
    """Return the ASGI application around a station, with the built phone app of the folder `web_app`.

    `reach` is from where it will be reached; if nothing is said, from this machine alone.

    Its documentation at /docs works without a network.
    """

    @asynccontextmanager
    async def following(_app: FastAPI) -> AsyncIterator[None]:
        followers = [each for each in (station.follower, station.shadows) if each is not None]
        for each in followers:
            each.start()
        try:
            yield
        finally:
            for each in followers:
                await asyncio.to_thread(each.stop)

    app = FastAPIOffline(
        lifespan=following,
        title="Beadwatch station",
        version=__version__,
        description="Inspects pictures of welds and keeps every inspection; shows welding lines live; takes feedback.",
    )
    app.state.station = station
    app.state.lines = LiveLines()
    app.state.readiness = Readiness(station)
    app.state.admission = Admission(station.max_inspections)
    app.state.access = access = Access(station)
    app.state.asks_token = reach.asks_token
    app.include_router(router)
    app.include_router(admitted_router)
    app.include_router(alert_router)
    app.include_router(bundle_router)
    app.include_router(pairing_router)
    app.include_router(session_router)
    app.include_router(feedback_router)
    app.include_router(loop_router)
    app.include_router(comparison_router)
    app.include_router(live_router(reach.root_path, _PAGE_HEADERS))
    app.include_router(web_app_router(web_app))
    app.include_router(health_router)
    add_error_handlers(app)
    document_refusals(app)
    app.add_middleware(FormsInUtf8)
    app.add_middleware(BodyLimit, max_bytes=station.max_upload_bytes)
    app.add_middleware(BodyLimit, max_bytes=MAX_BYTES, under="/v1/line/", type_name="RequestError")
    if reach.asks_token:
        app.add_middleware(TokensOnly, access=access)
    app.add_middleware(OwnPagesOnly)
    app.add_middleware(KnownHostsOnly, hosts=reach.hosts)
    if reach.proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(reach.proxies))
    app.add_middleware(SafetyHeaders)
    if reach.root_path:
        app.add_middleware(Prefix, root_path=reach.root_path)  # the last one is the outermost
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")

    html = page_below(_STATIC / "index.html", reach.root_path)

    @app.get("/", include_in_schema=False)
    def page() -> HTMLResponse:
        return HTMLResponse(html, headers=_PAGE_HEADERS)

    return app
