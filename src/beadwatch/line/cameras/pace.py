"""Gives a recording at its own pace. Knows times, no pictures."""

import threading
import time

_MAX_STEP_S = 60.0  # from one frame to the next; a longer one is a broken timestamp, and nobody would wait for it


class Pace:
    """Waits until a frame is due, by the monotonic clock from the first one on, so that delays do not add up."""

    def __init__(self) -> None:
        self._interrupted = threading.Event()
        self._zero_s: float | None = None
        self._last_s = 0.0

    def restart(self) -> None:
        """Take the next frame as the first one."""
        self._interrupted.clear()
        self._zero_s = None

    def wait(self, media_s: float) -> None:
        """Wait until the frame of this time, in seconds, is due; not at all for the first one or a late one."""
        now = time.monotonic()
        if self._zero_s is None or not 0.0 <= media_s - self._last_s <= _MAX_STEP_S:
            self._zero_s = now - media_s
        self._last_s = media_s
        self._interrupted.wait(max(0.0, self._zero_s + media_s - now))

    def interrupt(self) -> None:
        """End a wait from another thread, and wait no more until `restart`."""
        self._interrupted.set()
