"""The HTTP interface of the live view: a line posts, browsers listen. Thin; the state is in `line` and `lines`."""

from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import HTMLResponse, StreamingResponse
from starlette.exceptions import HTTPException

from beadwatch.server.live.line import LiveLine
from beadwatch.server.live.lines import MAX_LINES, MAX_VIEWERS, LiveLines
from beadwatch.server.live.messages import LINE_NAME, LiveIn
from beadwatch.server.live.stream import line_events
from beadwatch.server.prefix import page_below
from beadwatch.server.schemas import ErrorOut

MAX_BYTES = 1024 * 1024  # of a post or a picture: a hundred times what a line sends
_PAGE = FilePath(__file__).parents[1] / "static" / "line.html"
_JPEG = b"\xff\xd8\xff"
_REFUSALS: dict[int | str, dict[str, Any]] = {
    403: {"model": ErrorOut, "description": "Sent by another site's page"},
    409: {"model": ErrorOut, "description": "Another run speaks for the line"},
    413: {"model": ErrorOut, "description": "Over a megabyte"},
    422: {"model": ErrorOut, "description": "A wrong field or line name, or no JPEG"},
}
_ALIVE = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

LineName = Annotated[str, Path(pattern=LINE_NAME, description="name of the line")]


def _lines(request: Request) -> LiveLines:
    lines: LiveLines = request.app.state.lines
    return lines


def live_router(root_path: str, page_headers: dict[str, str]) -> APIRouter:
    """Return the routes; the page is sent with `page_headers`, and its addresses lie below `root_path`."""
    router, html = APIRouter(), page_below(_PAGE, root_path)
    router.include_router(_interface)

    @router.get("/line", include_in_schema=False)
    @router.get("/line/{line}", include_in_schema=False)
    def page() -> HTMLResponse:
        return HTMLResponse(html, headers=page_headers)

    return router


_interface = APIRouter()


@_interface.post("/v1/line/{line}/live", status_code=204, responses=_REFUSALS)
async def post_live(request: Request, line: LineName, message: LiveIn) -> None:
    """Take what a line says: its run, its last status, and the frames and events since its last post."""
    lines = _lines(request)
    there = lines.open(line)
    if there is None:
        raise HTTPException(409, f"{MAX_LINES} lines are watched already; stop one of them for a minute")
    if not there.accepts(message.run):
        raise HTTPException(409, f"a newer run speaks for {line}: stop it, or give this line another name")
    there.receive(message)
    lines.notify()


@_interface.put(
    "/v1/line/{line}/picture",
    status_code=204,
    responses=_REFUSALS | {404: {"model": ErrorOut, "description": "The line has not posted yet"}},
    openapi_extra={"requestBody": {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}},
)
async def put_picture(
    request: Request,
    line: LineName,
    run_id: Annotated[str, Query(max_length=200)],
    number: Annotated[int, Query(ge=0, lt=2**53, description="number of the frame")],
) -> None:
    """Take the newest picture of a line, a JPEG."""
    there = _known(request, line)
    if there.run is None or there.run.id != run_id:
        raise HTTPException(409, f"another run speaks for {line}")
    jpeg = await request.body()
    if not jpeg.startswith(_JPEG):
        raise HTTPException(422, "the picture is no JPEG")
    there.show(number, jpeg)
    _lines(request).notify()


@_interface.get("/v1/line")
async def list_lines(request: Request) -> dict[str, Any]:
    """List the lines that were heard of since the station started, with their state and how long ago that was."""
    lines = _lines(request)
    return {"lines": [line.summary() for line in lines.all()], "viewers": lines.viewers}


@_interface.get(
    "/v1/line/{line}/stream",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/event-stream": {}}},
        422: _REFUSALS[422],
        503: {"model": ErrorOut, "description": "Too many viewers; `Retry-After` says when to try again"},
    },
)
async def stream_line(request: Request, line: LineName) -> StreamingResponse:
    """Follow a line: server-sent events `snapshot` and `update`, for as long as the connection lasts."""
    lines = _lines(request)
    if lines.viewers >= MAX_VIEWERS:
        raise HTTPException(
            503, f"{MAX_VIEWERS} viewers follow lines already: close one of them", {"Retry-After": "10"}
        )
    return StreamingResponse(line_events(lines, line), media_type="text/event-stream", headers=_ALIVE)


@_interface.get(
    "/v1/line/{line}/picture",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}, 404: {"model": ErrorOut, "description": "There is none"}},
)
async def get_picture(request: Request, line: LineName) -> Response:
    """Return the newest picture of a line; the header `Beadwatch-Frame` says of which frame."""
    picture = _known(request, line).picture
    if picture is None:
        raise HTTPException(404, f"no picture of {line} yet")
    headers = {"Cache-Control": "no-store", "Beadwatch-Frame": str(picture.number), "X-Content-Type-Options": "nosniff"}
    return Response(picture.jpeg, media_type="image/jpeg", headers=headers)


def _known(request: Request, name: str) -> LiveLine:
    line = _lines(request).get(name)
    if line is None:
        raise HTTPException(404, f"no line {name!r} has been heard of since the station started")
    return line
