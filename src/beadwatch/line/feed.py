"""Frames from a camera's thread to the judge's: none of a recording is lost, and none of a live camera grows old.

A live camera that is lost is opened again for ever. Knows neither kinds of cameras nor what frames are for. What no
camera can break off, such as looking up a host's name, keeps the thread from ending; `close` then leaves it to itself.
"""

import logging
import random
import threading
from collections import deque
from dataclasses import replace
from enum import StrEnum
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

from beadwatch.domain.errors import BeadwatchError, CameraError
from beadwatch.line.cameras.failure import UnusableCameraError
from beadwatch.line.frame import Camera, Frame
from beadwatch.line.trouble import Trouble

FIRST_DELAY_S, LAST_DELAY_S = 0.25, 8.0  # before a lost camera is opened again
_ROOM = 2  # frames that wait: enough to ride out a stall of one frame time, too few to grow old
_PATIENCE_S = 5.0  # with a thread that ends; a camera that falls silent while it is opened takes 4 s
_log = logging.getLogger(__name__)


class FeedPolicy(StrEnum):
    """What becomes of frames that nobody has fetched yet.

    LATEST: once two wait, a newer one replaces both, for live cameras. EVERY: the camera waits, for recordings.
    """

    LATEST = "latest"
    EVERY = "every"


@runtime_checkable
class Interruptible(Protocol):
    """A camera whose waits can be ended from another thread."""

    def interrupt(self) -> None:
        """End a read that waits; what it returns is not used."""
        ...


class FrameFeed:
    """Reads a camera in a thread of its own between `with` and its end; fetched from by one other thread."""

    def __init__(self, camera: Camera, policy: FeedPolicy | None = None) -> None:
        self._camera = camera
        self._policy = policy or (FeedPolicy.LATEST if camera.live else FeedPolicy.EVERY)
        self._changed = threading.Condition()  # guards all below
        self._waiting: deque[Frame] = deque()
        self._closing = threading.Event()
        self._over = False
        self._fault = f"{camera.description} is being opened" if camera.live else None
        self._error: BeadwatchError | None = None
        self._trouble = Trouble(camera.description)
        self._received = self._dropped = self._reconnects = 0
        self._last_number: int | None = None  # as the camera counts, since it was opened
        self._thread = threading.Thread(target=self._run, name=f"camera {camera.description}", daemon=True)

    def __enter__(self) -> Self:
        """Start reading."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def next(self, timeout_s: float) -> Frame | None:
        """Return the frame to look at next; None where none came within the time, or none will."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._over or self._closing.is_set(), timeout_s)
            if not self._waiting:
                return None
            frame = self._waiting.popleft()
            self._changed.notify_all()
            return frame

    def close(self) -> None:
        """Stop reading and close the camera. Frames that nobody fetched are counted as dropped."""
        with self._changed:
            self._closing.set()
            self._dropped += len(self._waiting)
            self._waiting.clear()
            self._changed.notify_all()
        if isinstance(self._camera, Interruptible):
            self._camera.interrupt()
        if self._thread.is_alive():
            self._thread.join(_PATIENCE_S)
            if self._thread.is_alive():
                _log.warning("%s does not let go; its thread is left to end by itself", self._camera.description)

    @property
    def live(self) -> bool:
        """Whether the camera is a live one."""
        return self._camera.live

    @property
    def ended(self) -> bool:
        """Whether no frame will come any more: a recording is over, a camera can never work, or the feed is closed."""
        with self._changed:
            return self._has_ended()

    @property
    def error(self) -> BeadwatchError | None:
        """What ended it before its time, once the frames before that are fetched."""
        with self._changed:
            return self._error if self._has_ended() else None

    @property
    def fault(self) -> str | None:
        """Why no frame comes from a live camera now, and what is being tried; None while frames come."""
        with self._changed:
            return self._fault

    @property
    def received(self) -> int:
        """Frames that the camera gave, over all connections."""
        with self._changed:
            return self._received

    @property
    def dropped(self) -> int:
        """Frames that nobody fetched and nobody will."""
        with self._changed:
            return self._dropped

    @property
    def reconnects(self) -> int:
        """How often the camera came back and gave a frame."""
        with self._changed:
            return self._reconnects

    def _has_ended(self) -> bool:
        return not self._waiting and (self._over or self._closing.is_set())

    def _run(self) -> None:
        try:
            if self._camera.live:
                self._watch()
            else:
                self._play()
        finally:
            with self._changed:
                self._over = True
                self._changed.notify_all()

    def _play(self) -> None:
        error = self._read_all()
        if error:
            self._fail(error)

    def _watch(self) -> None:
        tries = 0
        while not self._closing.is_set():
            before = self.received
            error = self._read_all()
            if error is None:  # drawn pictures end; a real camera that falls silent is an error
                return
            if isinstance(error, UnusableCameraError) and not self.received:
                self._fail(error)
                return
            if self._closing.is_set():
                return
            self._trouble.begin(error)
            tries = 1 if self.received > before else tries + 1
            delay_s = delay_before(tries)
            with self._changed:
                self._fault = f"{error}; trying again in {delay_s:.1f} s"
            self._closing.wait(delay_s)

    def _read_all(self) -> BeadwatchError | None:
        """Open the camera and read it until it ends, fails or the feed is closed."""
        self._last_number = None
        try:
            with self._camera as camera:
                while not self._closing.is_set() and (frame := camera.read()) is not None:
                    self._offer(frame)
        except BeadwatchError as error:
            return error
        except Exception as error:  # noqa: BLE001  # the thread's edge: whoever fetches is told, and a live camera is tried again
            _log.exception("%s failed unexpectedly", self._camera.description)
            return CameraError(f"{self._camera.description} failed: {type(error).__name__}")
        return None

    def _offer(self, frame: Frame) -> None:
        self._trouble.end()  # outside the lock, as it may write to a log
        with self._changed:
            # A camera that skips numbers gave those frames too; one that was opened again may count from 0.
            skipped = max(0, frame.number - self._last_number - 1) if self._last_number is not None else 0
            self._last_number = frame.number
            self._received += skipped
            self._dropped += skipped
            numbered = replace(frame, number=self._received)
            if self._fault and self._received:
                self._reconnects += 1
            self._received += 1
            self._fault = None
            if self._policy is FeedPolicy.LATEST and len(self._waiting) >= _ROOM:
                self._dropped += len(self._waiting)
                self._waiting.clear()
            self._changed.wait_for(lambda: len(self._waiting) < _ROOM or self._closing.is_set())
            if self._closing.is_set():
                self._dropped += 1
                return
            self._waiting.append(numbered)
            self._changed.notify_all()

    def _fail(self, error: BeadwatchError) -> None:
        with self._changed:
            self._error = error
            self._fault = str(error) if self._camera.live else None


def delay_before(tries: int) -> float:
    """Return how long to wait before another try, in seconds, after so many in vain.

    It doubles up to a limit; up to half of it is left to chance, so that many cameras behind one switch do not knock at
    once.
    """
    longest = min(LAST_DELAY_S, FIRST_DELAY_S * 2.0 ** min(tries - 1, 16))
    return longest * random.uniform(0.5, 1.0)  # noqa: S311  # no secret
