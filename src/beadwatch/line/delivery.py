"""Messages on their way to one sink, by a thread of its own, so that a slow receiver never delays a frame.

Frames and statuses wait in a bounded queue and are let go when it is full, when the receiver is away, and when it has
been too slow for them and newer ones wait: a `good` that comes minutes late would be a lie.
Events are read from the store, in order, and sent until the sink has them; how far it has got is stored too, so that
they go on after a restart. A process that is killed between the receipt and that note sends one event again, under the
same `message_id`: at least once, and once for whoever looks at ids.
"""

import logging
import threading
import time
from collections import deque

from beadwatch.domain.line import FrameResult, LineStatus, RunInfo, event_from_dict
from beadwatch.line.sinks.port import Sink
from beadwatch.line.trouble import Trouble
from beadwatch.storage.run_store import RunStore

QUEUE_SIZE = 256
_FIRST_RETRY_S, _LONGEST_RETRY_S = 0.25, 8.0
_LATE_S = 2.0
_LOG = logging.getLogger(__name__)


class SinkWorker:
    """Feeds one sink. `unsent` counts frames and statuses that were let go.

    Whatever a sink raises, its thread goes on: a receiver that still shows the last state must hear of the next one.
    """

    def __init__(self, sink: Sink, store: RunStore, run: RunInfo) -> None:
        """Open the sink and begin.

        Raises:
            SinkError: it can never work.
            StoreError: where it got to cannot be read.
        """
        self._sink, self._store, self._line = sink, store, run.line
        self._queue: deque[tuple[float, FrameResult | LineStatus]] = deque()  # each with the moment it was handed over
        self._changed = threading.Condition()
        self._news = False  # in the store
        self._closing = self._abandoned = False
        self._retry_at_s, self._retry_s = 0.0, _FIRST_RETRY_S
        self._live, self._events = Trouble(sink.name), Trouble(f"{sink.name}, events")
        self.unsent = 0
        self._sequence = store.cursor(run.line, sink.name)
        sink.open(run)
        self._news = True
        self._thread = threading.Thread(target=self._run, name=f"sink {sink.name}", daemon=True)
        self._thread.start()

    @property
    def fault(self) -> str | None:
        """Why nothing arrives now, or no events; None while all does."""
        return self._live.text or self._events.text

    def offer(self, message: FrameResult | LineStatus) -> None:
        """Hand over a message; never waits. The oldest is let go if there is no room."""
        if isinstance(message, FrameResult) and not self._sink.wants_frames:
            return
        with self._changed:
            if len(self._queue) >= QUEUE_SIZE:
                self._queue.popleft()
                self.unsent += 1
            self._queue.append((time.monotonic(), message))
            self._changed.notify()

    def wake(self) -> None:
        """Say that there are new events in the store."""
        with self._changed:
            self._news = True
            self._changed.notify()

    def close(self, timeout_s: float = 5.0) -> None:
        """Send what waits, as far as the receiver takes it in time, and close the sink."""
        with self._changed:
            self._closing = True
            self._retry_at_s = 0.0
            self._changed.notify()
        self._thread.join(timeout_s)
        self._abandoned = True
        try:
            self._sink.close()
        except Exception:  # noqa: BLE001  # the thread's edge
            _LOG.exception("%s could not be closed", self._sink.name)

    def _run(self) -> None:
        while not self._abandoned:
            with self._changed:
                self._changed.wait_for(self._has_work, self._patience_s())
                message = self._next()
                if message is None and self._closing and not self._events_due():
                    return
            if message is not None:
                self._send_live(message)
            elif self._events_due():
                self._send_events()

    def _next(self) -> FrameResult | LineStatus | None:
        """Return the next message that still counts; the newest one always does. The lock is held."""
        while len(self._queue) > 1 and time.monotonic() - self._queue[0][0] > _LATE_S:
            self._queue.popleft()
            self.unsent += 1
        return self._queue.popleft()[1] if self._queue else None

    def _has_work(self) -> bool:
        return bool(self._queue) or self._closing or self._events_due()

    def _events_due(self) -> bool:
        return self._news and time.monotonic() >= self._retry_at_s

    def _patience_s(self) -> float | None:
        return max(0.01, self._retry_at_s - time.monotonic()) if self._news else None

    def _send_live(self, message: FrameResult | LineStatus) -> None:
        try:
            self._sink.send(message)
        except Exception as error:  # noqa: BLE001  # the thread's edge
            with self._changed:
                self.unsent += 1
            self._live.begin(error)
        else:
            self._live.end()

    def _send_events(self) -> None:
        """Send the next events; frames that have come in the meantime go first."""
        try:
            self._news = False  # before reading: what is stored from now on sets it again
            found = self._store.after(self._line, self._sequence)
            for sequence, body in found:
                self._sink.send(event_from_dict(body))
                self._sequence = sequence  # even if it cannot be stored now: the receiver has it
                self._store.advance(self._line, self._sink.name, sequence)
                self._retry_s = _FIRST_RETRY_S
                if self._queue:
                    break
            if found:  # there may be more; if not, leave it: what was stored since then has set it
                self._news = True
            self._events.end()
        except Exception as error:  # noqa: BLE001  # the thread's edge
            self._events.begin(error)
            self._news = not self._closing
            self._retry_at_s = time.monotonic() + self._retry_s
            self._retry_s = min(2 * self._retry_s, _LONGEST_RETRY_S)
