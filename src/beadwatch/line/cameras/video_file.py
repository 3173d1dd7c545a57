"""A recording as a camera: every frame of a video file, once.

Where decoding fails, reading ends with an error: what a damaged file no longer holds is never painted over. Damage that
its format has no means to tell, such as noise in a Matroska file, may go unseen.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import av
from av.container import InputContainer

from beadwatch.domain.errors import CameraError
from beadwatch.imaging.preprocess import is_grey
from beadwatch.line.cameras.pace import Pace
from beadwatch.line.cameras.pixels import rgb_of
from beadwatch.line.frame import Frame

_DEFAULT_RATE = 25.0  # of a file without timestamps and without a rate
_MISSING_S = 1.0  # of the end: less may be a last frame that lasts longer than the others


class VideoFile:
    """The frames of a video file in order: with `paced` at its own pace, else as fast as they are read."""

    live = False
    simulated = False

    def __init__(self, path: Path | str, paced: bool = True) -> None:
        self._path = Path(path)
        self.description = str(self._path)
        self._pace = Pace() if paced else None
        self._container: InputContainer | None = None
        self._frames: Iterator[av.VideoFrame] = iter(())
        self._number = 0
        self._last_s = 0.0
        self._rate = _DEFAULT_RATE

    def __enter__(self) -> Self:
        """Open the file.

        Raises:
            CameraError: it is missing, is no video or has no pictures.
        """
        if not self._path.is_file():
            raise CameraError(f"there is no file {self._path}: check the path")
        try:
            # The prefix keeps a name with a colon from being taken for an address.
            self._container = av.open(f"file:{self._path}")
        except (av.FFmpegError, OSError) as error:
            raise CameraError(
                f"{self._path} cannot be opened as a video ({error.strerror}): it may be cut short or of another "
                "format; copy or export it again"
            ) from error
        if not self._container.streams.video:
            kinds = ", ".join(sorted({stream.type for stream in self._container.streams})) or "nothing that is known"
            self._container.close()
            raise CameraError(f"{self._path} has no video stream, only {kinds}: name a video")
        if self._pace:
            self._pace.restart()
        self._rate = float(self._container.streams.video[0].average_rate or _DEFAULT_RATE)
        self._frames = self._decoded(self._container)
        self._number = 0
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the file."""
        self._frames = iter(())
        if self._container:
            self._container.close()
            self._container = None

    def interrupt(self) -> None:
        """End a wait for the next frame's time, from another thread."""
        if self._pace:
            self._pace.interrupt()

    def read(self) -> Frame | None:
        """Return the next frame when it is due; None after the last one.

        Raises:
            CameraError: the file is damaged here, or shorter than it says.
        """
        decoded = next(self._frames, None)
        if decoded is None:
            return None
        pixels = rgb_of(decoded)
        if self._pace:
            self._pace.wait(self._last_s)
        grey = is_grey(pixels)  # here, so that nobody who waits for the frame has to look
        frame = Frame(self._number, pixels, time.monotonic(), self._last_s, grey)
        self._number += 1
        return frame

    def _decoded(self, container: InputContainer) -> Iterator[av.VideoFrame]:
        count = 0
        try:
            for frame in _whole_frames(container):
                self._last_s = frame.time if frame.time is not None else count / self._rate
                count += 1
                yield frame
        except (av.FFmpegError, OSError) as error:
            raise self._damaged(error.strerror or type(error).__name__) from error
        if count == 0:
            raise CameraError(f"{self._path} holds no frame that can be decoded: copy or export it again")
        missing_s = _end_s(container) - self._last_s - 1 / self._rate
        if missing_s > max(_MISSING_S, 3 / self._rate):
            raise self._damaged(f"the last {missing_s:.1f} s are missing")

    def _damaged(self, why: str) -> CameraError:
        return CameraError(f"{self._path} is damaged after {self._last_s:.2f} s: {why}; copy or export it again")


def _whole_frames(container: InputContainer) -> Iterator[av.VideoFrame]:
    video = container.streams.video[0]
    video.codec_context.options = {"err_detect": "explode"}  # by default it paints over what it cannot decode
    started = False
    for packet in container.demux(video):
        if packet.is_corrupt and started:
            raise av.InvalidDataError(0, "a part of a frame is missing")
        # After an error, what the decoder still holds back to sort it may be damaged too: it is not asked for.
        for frame in packet.decode():
            started = True
            yield frame


def _end_s(container: InputContainer) -> float:
    """Return when the video ends by the file's word, 0 where it says nothing."""
    video = container.streams.video[0]
    if video.duration and video.time_base:
        return float(((video.start_time or 0) + video.duration) * video.time_base)
    if container.duration and len(container.streams) == 1:  # else it may be that of the sound
        return ((container.start_time or 0) + container.duration) / av.time_base
    return 0.0
