"""Events on their way to the database and their pictures to the blob store, in order, without a frame waiting for it.

What cannot be stored now (a full disk, a database that is away) is kept in memory and tried again. Knows stores; does
not know sinks: those are woken when there is something new for them.
"""

import io
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from PIL import Image as PillowImage

from beadwatch.domain.line import InspectionEvent
from beadwatch.imaging.decode import Pixels
from beadwatch.line.trouble import Trouble
from beadwatch.storage.blobs import BlobStore
from beadwatch.storage.run_store import RunStore

_RETRY_S = 1.0
_MAX_PICTURES = 32  # of those that wait; a frame is 3 MB
_JPEG_QUALITY = 90


class EventLog:
    """Stores events by a thread of its own. `put` never waits and never fails."""

    def __init__(self, line: str, store: RunStore, blobs: BlobStore, wake: Callable[[], None]) -> None:
        """`wake` is called after each event that has been stored."""
        self._line, self._store, self._blobs, self._wake = line, store, blobs, wake
        self._waiting: deque[tuple[InspectionEvent, Pixels | None]] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._trouble = Trouble("the record of events")
        self._thread = threading.Thread(target=self._run, name="event-log", daemon=True)
        self._thread.start()

    @property
    def fault(self) -> str | None:
        """Why events cannot be stored now."""
        return self._trouble.text

    @property
    def unrecorded(self) -> int:
        """How many events wait to be stored."""
        return len(self._waiting)

    def put(self, event: InspectionEvent, picture: Pixels | None) -> None:
        """Hand over one phase of an event, with the frame that shows it best: uint8 H x W x 3, RGB."""
        with self._changed:
            if len(self._waiting) >= _MAX_PICTURES:
                picture = None
            self._waiting.append((event, picture))
            self._changed.notify()

    def close(self, timeout_s: float = 5.0) -> None:
        """Store what waits, as far as that is possible in time, and end."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closing)
                if not self._waiting:
                    return
                event, picture = self._waiting[0]
            if self._store_one(event, picture):
                self._waiting.popleft()
            elif self._rest():
                return

    def _store_one(self, event: InspectionEvent, picture: Pixels | None) -> bool:
        try:
            if picture is not None:
                event = replace(event, picture=self._blobs.put(to_jpeg(picture)))
            self._store.append(self._line, event)
            self._wake()
        except Exception as error:  # noqa: BLE001  # the thread's edge: no event is given up
            self._trouble.begin(error)
            return False
        self._trouble.end()
        return True

    def _rest(self) -> bool:
        """Wait before the next try; True if it is time to give up."""
        with self._changed:
            self._changed.wait_for(lambda: self._closing, _RETRY_S)
            return self._closing


def to_jpeg(pixels: Pixels, quality: int = _JPEG_QUALITY) -> bytes:
    """Return a picture, uint8 H x W x 3, RGB, as JPEG bytes."""
    stream = io.BytesIO()
    PillowImage.fromarray(pixels).save(stream, "JPEG", quality=quality)
    return stream.getvalue()
