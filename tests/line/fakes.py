"""Hand-written stand-ins for the ports of the line."""

import threading
import time
from collections import deque
from collections.abc import Sequence

import numpy as np

from beadwatch.domain.errors import BeadwatchError, SinkError
from beadwatch.domain.line import FrameResult, InspectionEvent, LineStatus, RunInfo
from beadwatch.imaging.decode import Pixels
from beadwatch.line.frame import Frame
from beadwatch.line.judge import Judgement
from beadwatch.line.sinks.port import Message


def frame(number: int = 0, pixels: Pixels | None = None, media_s: float | None = None) -> Frame:
    """Return a small frame, handed over now."""
    if pixels is None:
        pixels = np.full((4, 6, 3), number % 256, np.uint8)
    return Frame(number, pixels, time.monotonic(), media_s)


class FakeSink:
    """Keeps what it is given; refuses while `away`, and takes its time with `slow_s`."""

    def __init__(self, name: str = "fake", wants_frames: bool = True) -> None:
        self.name, self.wants_frames = name, wants_frames
        self.received: list[Message] = []
        self.run: RunInfo | None = None
        self.away = self.closed = False
        self.slow_s = 0.0
        self.tries = 0

    @property
    def events(self) -> list[InspectionEvent]:
        """The events among what was received."""
        return [message for message in self.received if isinstance(message, InspectionEvent)]

    def open(self, run: RunInfo) -> None:
        """Take note."""
        self.run = run

    def send(self, message: Message) -> None:
        """Keep it, or refuse."""
        self.tries += 1
        time.sleep(self.slow_s)
        if self.away:
            raise SinkError("the fake is away")
        self.received.append(message)

    def close(self) -> None:
        """Take note."""
        self.closed = True


class FakeFeed:
    """Gives frames that a test puts into it."""

    def __init__(self, frames: Sequence[Frame] = (), live: bool = True) -> None:
        self.frames = deque(frames)
        self.live = live
        self.fault: str | None = None
        self.error: BeadwatchError | None = None
        self.over = not live
        self.received = len(frames)
        self.dropped = self.reconnects = 0
        self._changed = threading.Condition()

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.over and not self.frames

    def put(self, one: Frame) -> None:
        """Give one more frame."""
        with self._changed:
            self.received += 1
            self.frames.append(one)
            self._changed.notify()

    def next(self, timeout_s: float) -> Frame | None:
        """Return the next frame."""
        with self._changed:
            self._changed.wait_for(lambda: self.frames, timeout_s if not self.over else 0.0)
            return self.frames.popleft() if self.frames else None


class FakeJudge:
    """Answers what a test says, by frame number; hangs while `gate` is closed."""

    def __init__(self, answers: Sequence[Judgement]) -> None:
        self.answers = answers
        self.gate = threading.Event()
        self.gate.set()

    def judge(self, one: Frame) -> Judgement:
        """Return the answer for this frame; the last one for all that follow."""
        self.gate.wait()
        return self.answers[min(one.number, len(self.answers) - 1)]


class FakeOutlet:
    """Keeps what the line says."""

    def __init__(self) -> None:
        self.frames: list[FrameResult] = []
        self.statuses: list[LineStatus] = []
        self.events: list[tuple[InspectionEvent, Pixels | None]] = []

    def frame(self, result: FrameResult, pixels: Pixels) -> None:
        """Keep the result."""
        self.frames.append(result)

    def status(self, status: LineStatus) -> None:
        """Keep the status."""
        self.statuses.append(status)

    def event(self, event: InspectionEvent, picture: Pixels | None) -> None:
        """Keep the event."""
        self.events.append((event, picture))

    def backlog(self) -> tuple[int, int]:
        """Nothing waits."""
        return 0, 0
