"""Safety of every answer and every write: headers that tie pages to this station, and no writes for other sites' pages.

Knows ASGI. Knows neither accounts nor what is asked for.
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from beadwatch.server.prefix import route_path
from beadwatch.server.problems import problem

_POLICY = (
    "default-src 'self'; img-src 'self' blob:; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'"
)
# The documentation starts by a script in its page and draws with styles and pictures of its own; it shows no data.
_DOCS_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; object-src 'none'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
# The phone app runs models in the browser: WebAssembly in workers, on pictures of the camera.
_APP_POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; img-src 'self' blob: data:; "
    "media-src 'self' blob:; connect-src 'self' blob: data:; style-src 'self'; object-src 'none'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
_DOCS = ("/docs", "/redoc")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
}
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class SafetyHeaders:
    """ASGI middleware: gives every answer the headers that it has not set itself.

    The one to an unexpected error is made outside of all middleware; it is JSON that no browser shows as a page.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        policy = _policy_for(route_path(scope))

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in {"Content-Security-Policy": policy, **_HEADERS}.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, sending)


def _policy_for(path: str) -> str:
    if path.startswith(_DOCS):
        return _DOCS_POLICY
    return _APP_POLICY if path == "/app" or path.startswith("/app/") else _POLICY


class OwnPagesOnly:
    """ASGI middleware: answers 403 to what a browser sends for a page of another site, unless it only reads.

    What is no browser sends neither of the two headers, and passes.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer for it."""
        if scope["type"] == "http" and scope["method"] not in _READING and _from_another_site(Headers(scope=scope)):
            answer = problem(403, "RequestError", "a page of another site may not write here")
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _from_another_site(headers: Headers) -> bool:
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:  # the browser's own word, right also behind a proxy that changes the Host header
        return site not in {"same-origin", "none"}
    return origin is not None and urlsplit(origin).netloc != headers.get("host")
