"""A proxy that shows a station below a path, as people put them in front: it takes the path off, or passes it on."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

_HOP_BY_HOP = {"connection", "transfer-encoding", "host"}


@contextmanager
def proxied(station: str, below: str, *, strips: bool = True, host: str | None = None) -> Iterator[str]:
    """Show the station at `station` below the path `below` of another port; yield the address of that path.

    What lies elsewhere is 404. With `host`, that is the Host header which the station sees.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if not self.path.startswith(f"{below}/"):
                self.send_error(404)
                return
            path = self.path.removeprefix(below) if strips else self.path
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
            with closing(HTTPConnection(urlsplit(station).netloc, timeout=60)) as connection:
                connection.request(self.command, path, body or None, {**headers, "Host": host or self.headers["Host"]})
                self._pass_on(connection.getresponse())

        do_POST = do_PUT = do_DELETE = do_HEAD = do_GET  # noqa: N815  the names are those of the base class

        def _pass_on(self, answer: Any) -> None:
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in {*_HOP_BY_HOP, "date", "server"}:
                    self.send_header(name, value)
            self.end_headers()
            with suppress(ConnectionError):  # a browser that has seen enough of a stream goes
                while part := answer.read1(65536):
                    self.wfile.write(part)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}{below}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
