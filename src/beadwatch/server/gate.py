"""Who gets any further, where a station is reached from other machines: whoever carries a token of a device.

Whatever is not named here asks for one. Settled before a body is read. Knows paths and tokens; does not know what is
behind them, nor what a role may do there.
"""

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from beadwatch.domain.errors import BeadwatchError
from beadwatch.server.access import Access, unknown
from beadwatch.server.prefix import route_path
from beadwatch.server.problems import http_problem, own_problem

_PROBES = frozenset({"/healthz", "/readyz"})
_PAGES = frozenset({"/", "/line", "/app"})  # they show nothing by themselves, and are where people sign in
_FILES_OF_PAGES = ("/line/", "/app/", "/static/")
_SIGNING_IN = frozenset({("POST", "/v1/pair"), ("GET", "/v1/session"), ("POST", "/v1/session")})
_SENDING = ("POST", "/v1/feedback")  # by guests, where the station takes them
_READING = frozenset({"GET", "HEAD"})


def is_for_all(method: str, path: str) -> bool:
    """Say whether a request needs no token, whoever sends it."""
    if method in _READING and (path in _PROBES or path in _PAGES or path.startswith(_FILES_OF_PAGES)):
        return True
    return (method, path) in _SIGNING_IN


class TokensOnly:
    """ASGI middleware: answers 401 to whoever carries no token, but for health checks, pages and signing in."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app, self._access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer for it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        method, path = scope.get("method", "GET"), route_path(scope)
        try:
            if not is_for_all(method, path):
                await self._check(HTTPConnection(scope), guests=(method, path) == _SENDING)
        except (HTTPException, BeadwatchError) as error:
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
                return
            answer = http_problem(error) if isinstance(error, HTTPException) else own_problem(error)
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _check(self, request: HTTPConnection, *, guests: bool) -> None:
        if await self._access.known(request) is None and not (guests and self._access.guests):
            raise unknown("this station is not open to everybody: sign in on its page, or pair this device")
