"""How much picture data may be in work at once in this process, in bytes, whoever decodes.

Pictures differ by a factor of ten thousand, so that a number of them bounds nothing. Does not know how much a picture
takes: `decode` says so from its header.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition

from beadwatch.domain.errors import BusyError

LIMIT_BYTES = 1 << 30
SHORTLY_S = 2.0  # how long a server lets a client wait for room before it says so


class WorkLimit:
    """First come, first served, so that a large picture is not passed by small ones for ever.

    What is larger than the limit is let in by itself. One thread takes one share at a time: a second one could wait for
    the first.
    """

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit_bytes, self._taken_bytes = limit_bytes, 0
        self._waiting: deque[object] = deque()
        self._changed = Condition()

    @property
    def waiting(self) -> int:
        """How many wait for their share."""
        return len(self._waiting)

    @contextmanager
    def share(self, size_bytes: int, wait_s: float | None = None) -> Iterator[None]:
        """Have `size_bytes` for as long as the block lasts; wait for them, for ever if `wait_s` is None.

        Raises:
            BusyError: there was no room within `wait_s`.
        """
        size_bytes, ticket = min(size_bytes, self._limit_bytes), object()

        def may_go() -> bool:
            return self._waiting[0] is ticket and self._taken_bytes + size_bytes <= self._limit_bytes

        with self._changed:
            self._waiting.append(ticket)
            try:
                if not self._changed.wait_for(may_go, wait_s):
                    raise BusyError("too many large pictures are being read at once: try again in a few seconds")
                self._taken_bytes += size_bytes
            finally:
                self._waiting.remove(ticket)
                self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._taken_bytes -= size_bytes
                self._changed.notify_all()
