"""What is settled about uploads before a route sees them: how large they may be, and how their text is read.

Refuses bodies over the limit while they arrive, so that a huge upload fills neither memory nor disk.
"""

import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from beadwatch.server.prefix import route_path
from beadwatch.server.problems import TooManyBytes, problem

_CHARSET = re.compile(rb';\s*charset\*?\s*=\s*("[^"]*"|[^;]*)', re.IGNORECASE)


class FormsInUtf8:
    """ASGI middleware: text in forms is UTF-8, as browsers send it, whatever a request says.

    Others could name any encoding that Python has: some make text that nobody can store or send, some take hours.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, without what its forms are said to be in."""
        if scope["type"] == "http":
            headers = [
                (
                    name,
                    _CHARSET.sub(b";", value) if name == b"content-type" and b"multipart/" in value.lower() else value,
                )
                for name, value in scope["headers"]
            ]
            scope = {**scope, "headers": headers}
        await self._app(scope, receive, send)


class BodyLimit:
    """ASGI middleware: answers 413 to a body over `max_bytes`, by its announced or its real length.

    It is for the paths that start with `under`, and calls the error `type_name`.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, under: str = "/", type_name: str = "ImageTooLargeError") -> None:
        self._app, self._max_bytes, self._under, self._type_name = app, max_bytes, under, type_name
        what = "picture" if type_name == "ImageTooLargeError" else "message"
        self._message = f"the upload is over {max_bytes // (1024 * 1024)} MB: send a smaller {what}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer for it."""
        if scope["type"] != "http" or not route_path(scope).startswith(self._under):
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > self._max_bytes:
            await problem(413, self._type_name, self._message)(scope, receive, send)
            return
        await self._app(scope, self._counting(receive), send)

    def _counting(self, receive: Receive) -> Receive:
        arrived = 0

        async def counting() -> Message:
            nonlocal arrived
            message = await receive()
            arrived += len(message.get("body", b""))
            if arrived > self._max_bytes:
                raise TooManyBytes(self._type_name, self._message)
            return message

        return counting
