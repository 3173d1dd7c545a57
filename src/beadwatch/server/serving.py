"""Serves an application so that strangers can neither use up its files nor its patience, nor fill its log.

Knows uvicorn. Does not know what is served.
"""

import logging
import socket
import sys
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from beadwatch.server.connections import BoundedListener, Connections, connections_for
from beadwatch.server.protocol import protocol_for
from beadwatch.server.quiet_log import quieten

_FAILED = 3  # as uvicorn's own
_log = logging.getLogger("uvicorn.error")


@dataclass(frozen=True, slots=True)
class Limits:
    """How many connections at most, and how long a client may take for a request."""

    connections: int
    request_timeout_s: float


def run(app: ASGIApp, limits: Limits, **options: Any) -> None:
    """Serve until a signal comes; `options` are those of `uvicorn.run`.

    Raises:
        SystemExit: the address cannot be listened on, or the application did not start; the log says why.
    """
    most, at_once = connections_for(limits.connections)
    connections = Connections(most)
    config = uvicorn.Config(
        app,
        http=protocol_for(limits.request_timeout_s, connections),
        loop="asyncio",  # uvloop, were it installed, accepts connections past the listener
        backlog=at_once,
        **options,
    )
    quieten()
    server = uvicorn.Server(config)
    listener = BoundedListener(_bound(config.host, config.port), connections)
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        pass
    finally:
        listener.close()
    if not server.started:
        sys.exit(_FAILED)


def _bound(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        _log.error("cannot listen: %s", error)  # it is no fault of the code
        sys.exit(_FAILED)
