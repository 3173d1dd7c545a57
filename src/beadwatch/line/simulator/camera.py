"""A camera that draws its pictures: for demonstrations, for tests, and to see how a line behaves when something fails.

Its pictures are no evidence of any kind, and each one says so in its corner.
"""

import math
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from beadwatch.domain.errors import CameraError
from beadwatch.line.frame import Frame
from beadwatch.line.simulator.address import SimulatorOptions, parse_address
from beadwatch.line.simulator.drawing import Drawing
from beadwatch.line.simulator.script import Segment

_BUFFERED = 2  # pictures that a camera keeps for a reader who is late, as drivers of cameras do
_HAIR = 1e-6  # of a slot, by which rounding may be short of it


class SimulatedCamera:
    """Gives the pictures of a script, each at its time, and loses those that nobody fetches, as a camera does.

    The clock starts when it is opened first. A picture is drawn just before its time and handed over at it.
    """

    simulated = True

    def __init__(
        self,
        options: SimulatorOptions,
        description: str,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Prepare a camera; nothing is drawn before it is opened."""
        self.options, self.description = options, description
        self.live = options.paced  # without a pace it is a recording: every picture is wanted
        self._now, self._sleep = now, sleep
        self._drawing: Drawing | None = None
        self._started_s: float | None = None
        self._next = 0  # slots of the script, counted at its frame rate, lost ones too
        self._lost = 0  # slots before the next one in which the camera was lost
        self._open = False
        self._drawing_s = 0.0  # how long before its time the next picture is drawn

    @classmethod
    def from_address(cls, address: str) -> "SimulatedCamera":
        """Return the camera at an address: `sim://tig?fps=55&seed=1&script=good:5s,burn_through:2s,good:3s`.

        Raises:
            CameraError: an option or a part of the script makes no sense; the message names it and what there is.
        """
        return cls(parse_address(address), address)

    def __enter__(self) -> Self:
        """Open it, or open it again after a loss.

        Raises:
            CameraError: the script says that it is lost at this moment.
        """
        if self._drawing is None:
            self._drawing = Drawing(self.options)
        if self._started_s is None:
            self._started_s = self._now()
        self._skip_what_is_past()
        if self._is_lost(self._next):
            if not self.options.paced:
                self._pass_the_loss()
            raise CameraError(f"the simulated camera {self.description} cannot be opened: its script has it lost now")
        self._open = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close it."""
        self._open = False

    def truth_at(self, media_s: float) -> Segment | None:
        """Return what is drawn `media_s` seconds after the first opening, the clock of `Frame.media_s`."""
        return self.options.script.at(media_s)

    def along_mm_at(self, media_s: float) -> float:
        """Return how far the torch has travelled `media_s` seconds after the first opening.

        Raises:
            CameraError: the camera was never opened.
        """
        return self._opened().along_mm(media_s)

    def read(self) -> Frame | None:
        """Return the next picture at its time; None after the end of the script.

        Raises:
            CameraError: the camera is not open, or the script has it lost.
        """
        drawing = self._opened()
        if not self._open:
            raise CameraError(f"the simulated camera {self.description} is not open: open it again")
        self._skip_what_is_past()
        slot = self._next
        segment = self._segment(slot)
        if segment is None:
            return None
        if segment.what == "lost":
            self._wait_for(slot)
            self._open = False
            raise CameraError(f"the simulated camera {self.description} is lost, as its script says")
        self._wait_for(slot, self._drawing_s)  # a camera's picture comes at its time; none is there long before it
        started_s = self._now()
        pixels = drawing.picture(slot)
        self._drawing_s = 1.5 * (self._now() - started_s)
        self._wait_for(slot)
        number = slot - self._lost
        self._go_on_to(slot + 1)
        return Frame(number, pixels, self._now(), slot / self.options.fps, grey=True)

    def _opened(self) -> Drawing:
        if self._drawing is None:
            raise CameraError(f"the simulated camera {self.description} is not open: use it in a with block")
        return self._drawing

    def _segment(self, slot: int) -> Segment | None:
        return self.truth_at(slot / self.options.fps)

    def _is_lost(self, slot: int) -> bool:
        segment = self._segment(slot)
        return segment is not None and segment.what == "lost"

    def _go_on_to(self, slot: int) -> None:
        self._lost += sum(self._is_lost(passed) for passed in range(self._next, slot))
        self._next = max(self._next, slot)

    def _pass_the_loss(self) -> None:
        # Without a pace no time goes by in which a loss could end: it lasts for one reading and one reopening.
        while self._is_lost(self._next):
            self._go_on_to(self._next + 1)

    def _skip_what_is_past(self) -> None:
        if self.options.paced and self._started_s is not None:
            now = math.floor((self._now() - self._started_s) * self.options.fps + _HAIR)
            if now - self._next > _BUFFERED:
                self._go_on_to(now)

    def _wait_for(self, slot: int, ahead_s: float = 0.0) -> None:
        if self.options.paced and self._started_s is not None:
            early_s = self._started_s + slot / self.options.fps - ahead_s - self._now()
            if early_s > 0:
                self._sleep(early_s)
