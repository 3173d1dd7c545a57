"""Decoded video frames to the pixels of a `Frame`. Knows PyAV's frames, no files and no streams."""

from typing import TYPE_CHECKING

import numpy as np

from beadwatch.imaging.decode import Pixels

if TYPE_CHECKING:
    from av import VideoFrame


def rgb_of(frame: "VideoFrame") -> Pixels:
    """Return a frame as uint8 H x W x 3, RGB, turned upright as its file says: phones film sideways.

    Greys of any depth become three equal channels.
    """
    pixels = frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False)
    return np.ascontiguousarray(np.rot90(pixels, round(frame.rotation / 90) % 4))
