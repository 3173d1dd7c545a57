"""A server on a free loopback port that stands in for others, and does what servers do when they misbehave."""

import contextlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

JSON = "application/json"


@dataclass
class Resource:
    """What an address answers with.

    Each request takes the next of `statuses`, and once those are used up gets the body. Bodies in `earlier` come first,
    each once, as status 202. `cuts` are numbers of bytes after which the connection breaks, one for each body sent. At
    most `at_most` bytes of a range are sent at once. `announced` is a wrong Content-Length; with `says_length=False`
    there is none. After `hold_at` bytes the server waits until `released`.
    """

    body: bytes = b""
    etag: str | None = '"one"'
    last_modified: str | None = None
    ranges: bool = True
    believes_if_range: bool = True
    statuses: list[int] = field(default_factory=list)
    cuts: list[int] = field(default_factory=list)
    announced: int | None = None
    says_length: bool = True
    at_most: int | None = None
    location: str | None = None
    earlier: list[bytes] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    hold_at: int | None = None
    released: threading.Event = field(default_factory=threading.Event)


@dataclass
class Asked:
    """A request that came."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


@dataclass
class StandIn:
    """The server's address, what it has, by path, and what it was asked."""

    url: str
    has: dict[str, Resource] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    @property
    def ranges(self) -> list[str | None]:
        """The Range header of each request."""
        return [request.headers.get("range") for request in self.asked]

    def has_json(self, path: str, *answers: Any) -> None:
        """Answer an address with JSON, with one answer after the other; all but the last have status 202."""
        bodies = [json.dumps(answer).encode() for answer in answers]
        self.has[path] = Resource(bodies[-1], etag=None, earlier=bodies[:-1], headers={"Content-Type": JSON})


@contextmanager
def standing_in() -> Iterator[StandIn]:
    """Serve until the context ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    standin = StandIn(f"http://127.0.0.1:{server.server_address[1]}")
    server.standin = standin  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield standin
    finally:
        for resource in standin.has.values():
            resource.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        standin: StandIn = self.server.standin  # type: ignore[attr-defined]
        path, _, query = self.path.partition("?")
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        standin.asked.append(Asked(self.command, path, query, headers, sent))
        resource = standin.has.get(path)
        if resource is None:
            return self._refuse(404)
        if resource.statuses:
            return self._refuse(resource.statuses.pop(0))
        if resource.location:
            self.send_response(302)
            self.send_header("Location", resource.location)
            self.send_header("Content-Length", "0")
            return self.end_headers()
        return self._send(resource)

    def do_POST(self) -> None:
        self.do_GET()

    def _refuse(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, resource: Resource) -> None:
        if resource.earlier:
            return self._send_earlier(resource.earlier.pop(0))
        begin = self._begin(resource)
        end = len(resource.body)
        if begin is not None and resource.at_most:
            end = min(end, begin + resource.at_most)
        body = resource.body[begin or 0 : end]
        if begin is not None and begin >= len(resource.body):
            return self._refuse(416)
        self.send_response(206 if begin is not None else 200)
        if begin is not None:
            self.send_header("Content-Range", f"bytes {begin}-{end - 1}/{len(resource.body)}")
        if resource.etag:
            self.send_header("ETag", resource.etag)
        if resource.last_modified:
            self.send_header("Last-Modified", resource.last_modified)
        if resource.says_length:
            self.send_header("Content-Length", str(resource.announced or len(body)))
        for name, value in resource.headers.items():
            self.send_header(name, value)
        self.end_headers()
        cut = resource.cuts.pop(0) if resource.cuts else None
        self._write(body[:cut], resource)
        self.close_connection = True
        return None

    def _send_earlier(self, body: bytes) -> None:
        self.send_response(202)
        self.send_header("Content-Type", JSON)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _write(self, body: bytes, resource: Resource) -> None:
        if resource.hold_at is not None and not resource.released.is_set():
            self.wfile.write(body[: resource.hold_at])
            self.wfile.flush()
            resource.released.wait(30)
            body = body[resource.hold_at :]
        with contextlib.suppress(OSError):  # the client is gone
            self.wfile.write(body)

    def _begin(self, resource: Resource) -> int | None:
        asked = self.headers.get("Range", "")
        if not resource.ranges or not asked.startswith("bytes="):
            return None
        if resource.believes_if_range and self.headers.get("If-Range") not in {resource.etag, resource.last_modified}:
            return None
        return int(asked.removeprefix("bytes=").partition("-")[0])

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""
