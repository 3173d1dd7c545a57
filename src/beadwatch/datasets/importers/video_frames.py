"""Frames of a video file at a chosen rate, upright, with their times.

Decodes with PyAV. Knows no labels.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from beadwatch.datasets.importers.base import Problems
from beadwatch.domain.errors import DatasetError

Pixels = npt.NDArray[np.uint8]


class Video:
    """An open video. `end_s` is when its last frame ends, by the container's word, or None."""

    def __init__(self, path: Path, container: Any, problems: Problems) -> None:
        self._path, self._container, self._problems = path, container, problems
        self._stream = container.streams.video[0]
        self._rate = float(self._stream.average_rate or 25)
        length = self._stream.duration
        length_s = float(length * self._stream.time_base) if length else (container.duration or 0) / 1e6
        self.end_s = length_s + 1 / self._rate if length_s > 0 else None

    def frames(self, per_s: float) -> Iterator[tuple[float, Pixels]]:
        """Yield the first frame of each 1 / `per_s` seconds: its time in seconds from 0, RGB H x W x 3."""
        import av

        start: float | None = None
        taken = -1
        try:
            for number, frame in enumerate(self._container.decode(self._stream)):
                clock = frame.time if frame.time is not None else number / self._rate
                start = clock if start is None else start
                due = int((clock - start) * per_s + 1e-6)
                if due > taken:
                    taken = due
                    yield clock - start, upright(frame.to_ndarray(format="rgb24"), frame.rotation)
        except av.FFmpegError as error:
            self._problems.report(self._path, f"the video is broken after {taken + 1} frames taken: {error}")
            return
        if start is None:
            self._problems.report(self._path, "the video has no frame")

    def close(self) -> None:
        """Close the file."""
        self._container.close()


def open_video(path: Path, problems: Problems) -> Video | None:
    """Open a video, or return None after reporting why not.

    Raises:
        DatasetError: PyAV is not installed.
    """
    try:
        import av
    except ModuleNotFoundError as error:
        raise DatasetError("videos are read with PyAV: `pip install beadwatch[data]` brings it") from error
    try:
        container = av.open(str(path))
    except (av.FFmpegError, OSError) as error:
        problems.report(path, f"no video that can be read: {error}")
        return None
    if container.streams.video:
        return Video(path, container, problems)
    container.close()
    problems.report(path, "has no video stream")
    return None


def upright(pixels: Pixels, rotation_deg: int) -> Pixels:
    """Return a frame turned as its file says (degrees counterclockwise, whole quarters): phones film sideways."""
    return np.ascontiguousarray(np.rot90(pixels, round(rotation_deg / 90) % 4))
