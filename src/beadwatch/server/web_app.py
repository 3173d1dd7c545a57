"""The phone app at /app/: built files from one folder, packed ones where the browser takes them.

Knows files and headers. Does not know what the app does, nor how it is built.
"""

import hashlib
import mimetypes
import re
from functools import lru_cache
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, RedirectResponse
from starlette.exceptions import HTTPException

from beadwatch.server.caching import ASK_AGAIN, FOR_EVER, knows, quoted

WEB_APP = Path(__file__).parent / "app"  # `make web` builds it there
_INDEX = "index.html"
_ASSETS = "assets/"  # the build puts a hash of the content into these names
_PACKED = ".gz"
_MEDIA_TYPES = {  # that Python and the machine's own table do not agree on
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
}


def web_app_router(folder: Path) -> APIRouter:
    """Return the routes that serve the files in `folder`, which may be missing until the app is built."""
    router = APIRouter(include_in_schema=False)

    @router.get("/app")
    def redirect(request: Request) -> RedirectResponse:
        return RedirectResponse(f"{request.scope.get('root_path', '')}/app/")

    @router.api_route("/app/{name:path}", methods=["GET", "HEAD"])
    def file(request: Request, name: str) -> Response:
        return _answer(request, folder, name or _INDEX)

    return router


def _answer(request: Request, folder: Path, name: str) -> Response:
    if _inside(folder, _INDEX) is None:
        raise HTTPException(404, "the web app is not built: `make web` builds it")
    found = _inside(folder, name)
    if found is None or found.suffix == _PACKED:
        raise HTTPException(404, "the web app has no such file")
    inner = found.relative_to(folder.resolve()).as_posix()
    headers = {"Cache-Control": FOR_EVER if inner.startswith(_ASSETS) else ASK_AGAIN}
    sent, packed = found, _inside(folder, inner + _PACKED)
    if packed:
        headers["Vary"] = "Accept-Encoding"
        if _takes_gzip(", ".join(request.headers.getlist("accept-encoding"))):
            sent, headers["Content-Encoding"] = packed, "gzip"
    headers["ETag"] = quoted(_digest(sent, sent.stat().st_mtime_ns, sent.stat().st_size))
    if knows(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return FileResponse(sent, headers=headers, media_type=_media_type(found))


def _inside(folder: Path, name: str) -> Path | None:
    try:
        path, root = (folder / name).resolve(), folder.resolve()
        return path if path.is_relative_to(root) and path.is_file() else None
    except (OSError, ValueError):  # a name that is too long, or has a null byte
        return None


@lru_cache(maxsize=1024)
def _digest(path: Path, _changed_ns: int, _size: int) -> str:
    # Of the content: installers may give all files one date, and the pages of two versions may be of one size.
    return hashlib.sha256(path.read_bytes()).hexdigest()[:32]


def _takes_gzip(accepted: str) -> bool:
    weights = {}
    for part in accepted.lower().split(","):
        coding, _, weight = part.replace(" ", "").partition(";")
        weights[coding] = weight
    wanted = weights.get("gzip", weights.get("*"))
    return wanted is not None and not re.fullmatch(r"q=0(\.0*)?", wanted)


def _media_type(path: Path) -> str:
    return _MEDIA_TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
