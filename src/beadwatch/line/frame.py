"""A frame, and what gives frames. Cameras are in `cameras`, drawn pictures in `simulator`."""

from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from beadwatch.domain.errors import BeadwatchError
from beadwatch.imaging.decode import Pixels


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a camera: uint8 H x W x 3, RGB (a grey camera has three equal channels).

    `number` counts the frames that the camera gave since it was opened first, from 0, over losses of it. `media_s` is
    when the picture was taken by the camera's own clock, in seconds from a start of its choice, None where it has
    none. `monotonic_s` is when it was handed over, by `time.monotonic()`. `grey`: the three channels are equal.
    """

    number: int
    pixels: Pixels
    monotonic_s: float
    media_s: float | None = None
    grey: bool = False


class Camera(Protocol):
    """A source of frames, opened by `with`. Used from one thread.

    `live` sources give what is there now and lose what nobody fetches; others (files, folders) wait and are read whole.
    `description` names it for people, without passwords. `simulated` marks drawn pictures.
    """

    live: bool
    simulated: bool
    description: str

    def __enter__(self) -> Self:
        """Open it.

        Raises:
            CameraError: it is missing or cannot be opened.
        """
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close it; never raises."""
        ...

    def read(self) -> Frame | None:
        """Return the next frame, waiting for it; None at the end of a recording.

        Raises:
            CameraError: a live source is lost, or a recording is damaged here.
        """
        ...


class Feed(Protocol):
    """Frames of a camera as the frame loop fetches them; `feed.FrameFeed` is the real one.

    `ended`: a recording is over, or has failed with `error`. `fault` says why a live camera gives nothing now. Of the
    `received` frames, `dropped` were replaced by a newer one; `reconnects` counts how often the camera came back.
    """

    @property
    def live(self) -> bool: ...
    @property
    def ended(self) -> bool: ...
    @property
    def fault(self) -> str | None: ...
    @property
    def error(self) -> BeadwatchError | None: ...
    @property
    def received(self) -> int: ...
    @property
    def dropped(self) -> int: ...
    @property
    def reconnects(self) -> int: ...

    def next(self, timeout_s: float) -> Frame | None:
        """Return the next frame, None if there is none within the time."""
        ...
