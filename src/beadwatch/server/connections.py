"""How many connections a station holds at once: fewer than it may have files open, the oldest idle one makes room.

A connection is idle while no request is being answered on it: one that sends nothing, or half a head, or is still
shaking hands. Knows sockets. Knows neither HTTP nor what is asked for.
"""

import contextlib
import errno
import logging
import os
import resource
import socket
from typing import Any

_OUT_OF_FILES = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_FILES = 64  # at least: databases of 15 threads, models, pictures that arrive
_AT_ONCE = 128  # connections that are accepted before any of them is looked at
_log = logging.getLogger(__name__)


class Connections:
    """The open connections of a station by the address of the peer. For one event loop."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: dict[Any, socket.socket] = {}  # what became idle first stands first
        self._busy: set[Any] = set()

    def __len__(self) -> int:
        """Return how many are open, those that are being closed among them."""
        return len(self._open)

    def opened(self, peer: Any, connection: socket.socket) -> None:
        """Keep a new connection; if that is one too many, close the oldest idle one, at the last this."""
        self._open[peer] = connection
        if len(self._open) > self._most:
            self._open = {peer: kept for peer, kept in self._open.items() if kept.fileno() != -1}
        if len(self._open) > self._most:
            self.make_room()

    def busy(self, peer: Any) -> None:
        """Say that a request is being answered: this connection is left alone."""
        self._busy.add(peer)

    def idle(self, peer: Any) -> None:
        """Say that no request is being answered any more."""
        self._busy.discard(peer)
        if peer in self._open:
            self._open[peer] = self._open.pop(peer)

    def closed(self, peer: Any) -> None:
        """Forget a connection."""
        self._busy.discard(peer)
        self._open.pop(peer, None)

    def make_room(self) -> None:
        """Close the connection that has been idle for longest; without one, none."""
        for peer, connection in self._open.items():
            if peer not in self._busy:
                del self._open[peer]
                with contextlib.suppress(OSError):  # the peer was faster
                    connection.shutdown(socket.SHUT_RDWR)  # whoever reads from it finds its end, and closes it
                return


class BoundedListener(socket.socket):
    """A listening socket that keeps to the bound of `connections`, and stays quiet where the machine has no more files.

    asyncio would log a traceback for every connection that waits.
    """

    def __init__(self, listening: socket.socket, connections: Connections) -> None:
        super().__init__(fileno=listening.detach())
        self.set_inheritable(False)
        self._connections = connections
        self._spare = -1
        self._take_spare()

    def accept(self) -> tuple[socket.socket, Any]:
        """Accept a connection.

        Raises:
            BlockingIOError: there is none, or it had to be sent away.
        """
        try:
            connection, peer = super().accept()
        except OSError as error:
            if error.errno not in _OUT_OF_FILES:
                raise
            self._send_away(error)
            raise BlockingIOError from error
        self._connections.opened(peer, connection)
        return connection, peer

    def listen(self, _backlog: int = 0, /) -> None:
        """Listen, with as long a queue as the kernel allows: asyncio's figure is how many it accepts at once."""
        super().listen(socket.SOMAXCONN)

    def close(self) -> None:
        """Close the socket."""
        self._let_spare_go()
        super().close()

    def _send_away(self, error: OSError) -> None:
        _log.warning("no connection can be taken: %s. Raise the limit (ulimit -n)", error.strerror)
        self._connections.make_room()
        # What waits would be offered again and again: the file that is kept for this takes it, to let it go.
        self._let_spare_go()
        with contextlib.suppress(OSError):
            super().accept()[0].close()
        self._take_spare()

    def _take_spare(self) -> None:
        with contextlib.suppress(OSError):  # another thread was faster: the next time, perhaps
            self._spare = os.open(os.devnull, os.O_RDONLY)

    def _let_spare_go(self) -> None:
        if self._spare != -1:
            os.close(self._spare)
            self._spare = -1


def connections_for(wanted: int) -> tuple[int, int]:
    """Return how many connections, and how many more that were just accepted, the limit of open files leaves.

    The limit is raised first as far as the machine lets this process. A quarter of the files, 64 at least, is left for
    everything else.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 2 * (wanted + _AT_ONCE + _FILES)
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        with contextlib.suppress(OSError, ValueError):  # what cannot be raised stays as it is
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if soft == resource.RLIM_INFINITY:
        return wanted, _AT_ONCE
    at_once = min(_AT_ONCE, max(1, soft // 8))
    return max(1, min(wanted, soft - max(_FILES, soft // 4) - at_once)), at_once
