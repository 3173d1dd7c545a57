"""A station below a path (https://plant.example/weld), behind a proxy that takes it off or one that passes it on.

Knows ASGI. `route_path` is the path as routes know it.
"""

from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send


def route_path(scope: Scope) -> str:
    """Return the path of a request as the routes name it, without what the station lies below."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")) or "/"


class Prefix:
    """ASGI middleware: the station lies below `root_path`, whether or not what stands in front has taken that off."""

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self._app, self._root_path = app, root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its whole path, as ASGI has it."""
        if scope["type"] != "lifespan":
            path, root = scope["path"], self._root_path
            scope = {**scope, "root_path": root}
            if path == root:
                scope["path"] = f"{root}/"
            elif not path.startswith(f"{root}/"):
                scope["path"] = root + path
        await self._app(scope, receive, send)


def page_below(file: Path, root_path: str) -> str:
    """Return a page whose own addresses, which all begin with a slash, lie below a path that needs no escaping."""
    return file.read_text(encoding="utf-8").replace('="/', f'="{root_path}/')
