"""A frame, and what gives frames. Cameras are in `cameras`, drawn pictures in `simulator`."""

from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from beadwatch.imaging.decode import Pixels


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a camera: uint8 H x W x 3, RGB (a grey camera has three equal channels).

    `number` counts the frames that the camera gave since it was opened first, from 0, over losses of it. `media_s` is
    when the picture was taken by the camera's own clock, in seconds from a start of its choice, None where it has
    none. `monotonic_s` is when it was handed over, by `time.monotonic()`.
    """

    number: int
    pixels: Pixels
    monotonic_s: float
    media_s: float | None = None


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
