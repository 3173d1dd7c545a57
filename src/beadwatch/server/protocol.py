"""HTTP/1.1 for clients that are slow on purpose: uvicorn's protocol with deadlines for head, body and answer.

A head must have arrived in time. A body, and a client that takes an answer, must get on at some pace: an answer that
goes on for hours, as a live line, is left alone as long as it is taken. Knows bytes and time, neither paths nor what
is asked for.
"""

import asyncio
from enum import Enum
from typing import ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from beadwatch.server.connections import Connections

BYTES_PER_S = 2048  # the pace that is asked for: an old telephone's
_TOO_SLOW = b'{"error":{"type":"RequestError","message":"the request took too long to arrive: send it again"}}'
_ANSWER = (
    b"HTTP/1.1 408 Request Timeout\r\nContent-Type: application/json\r\nX-Content-Type-Options: nosniff\r\n"
    b"Content-Length: %d\r\nConnection: close\r\n\r\n%b" % (len(_TOO_SLOW), _TOO_SLOW)
)
_LINGER_S = 1.0


class _Awaited(Enum):
    HEAD = 1
    BODY = 2


class StationProtocol(H11Protocol):
    """One connection. A subclass of `protocol_for` says how patient it is."""

    timeout_s: ClassVar[float]
    open_connections: ClassVar[Connections]

    _awaited: _Awaited | None = None
    _timer: asyncio.TimerHandle | None = None
    _write_timer: asyncio.TimerHandle | None = None
    _since_s = 0.0
    _arrived = 0
    _unsent = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._peer = transport.get_extra_info("peername")
        self._look()

    def data_received(self, data: bytes) -> None:
        """Take what arrived."""
        self._arrived += len(data)
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        """Begin to wait for the next head."""
        super().on_response_complete()
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop()
        self.open_connections.closed(self._peer)
        super().connection_lost(exc)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Hand the connection over; from here on it has deadlines of its own."""
        super().handle_websocket_upgrade(event)
        self._stop()

    def pause_writing(self) -> None:
        """Begin to watch whether the client takes its answer."""
        super().pause_writing()
        self._watch_writing()

    def resume_writing(self) -> None:
        """The client has taken it."""
        super().resume_writing()
        if self._write_timer is not None:
            self._write_timer.cancel()

    def _look(self) -> None:
        """See what the client owes now; what is new has all the time."""
        awaited = {h11.IDLE: _Awaited.HEAD, h11.SEND_BODY: _Awaited.BODY}.get(self.conn.their_state)
        if awaited is self._awaited and self._timer is not None:
            return
        self._awaited = awaited
        if awaited is _Awaited.HEAD:
            self.open_connections.idle(self._peer)
        else:
            self.open_connections.busy(self._peer)
        self._begin()

    def _begin(self) -> None:
        self._since_s, self._arrived = self.loop.time(), 0
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        if self._awaited is not None and not self.transport.is_closing():
            self._timer = self.loop.call_later(self.timeout_s, self._check)

    def _check(self) -> None:
        more_s = 0.0
        if self._awaited is _Awaited.BODY:
            if self.flow.read_paused or self.cycle.waiting_for_100_continue:  # it is we who are slow
                self._begin()
                return
            more_s = self._since_s + self.timeout_s + self._arrived / BYTES_PER_S - self.loop.time()
        if more_s > 0:
            self._timer = self.loop.call_later(more_s, self._check)
            return
        nothing_was_asked = self._awaited is _Awaited.HEAD and not self._arrived
        if not nothing_was_asked and self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            self.transport.write(_ANSWER)
        self.transport.close()
        self.loop.call_later(_LINGER_S, self.transport.abort)

    def _watch_writing(self) -> None:
        self._unsent = self.transport.get_write_buffer_size()
        self._write_timer = self.loop.call_later(self.timeout_s, self._check_writing)

    def _check_writing(self) -> None:
        if self._unsent - self.transport.get_write_buffer_size() < BYTES_PER_S * self.timeout_s:
            self.transport.abort()
        else:
            self._watch_writing()

    def _stop(self) -> None:
        for timer in (self._timer, self._write_timer):
            if timer is not None:
                timer.cancel()


def protocol_for(timeout_s: float, connections: Connections) -> type[StationProtocol]:
    """Return the protocol for uvicorn: `timeout_s` for a head, and for a body before its pace counts."""
    return type("PatientProtocol", (StationProtocol,), {"timeout_s": timeout_s, "open_connections": connections})
