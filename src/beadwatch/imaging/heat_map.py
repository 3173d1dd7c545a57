"""Heat maps for people: a map of 0..1 as colours to lay over a picture. Knows arrays and colours, no models.

The colours are viridis (Smith and van der Walt, 2015, CC0), perceptually uniform and told apart with any colour vision:
the warmer, the lighter, so that the order survives in grey too.
"""

import io

import numpy as np
import numpy.typing as npt
from PIL import Image as PillowImage

from beadwatch.imaging.decode import Pixels

Floats = npt.NDArray[np.float32]

_VIRIDIS = np.array(
    [
        (68, 1, 84), (71, 45, 123), (59, 82, 139), (44, 114, 142), (33, 145, 140),
        (40, 174, 128), (94, 201, 98), (173, 220, 48), (253, 231, 37),
    ]
)  # fmt: skip
_OPACITY = 0.65  # of the warmest point; what is cold stays clear, so that the weld can still be seen
_OVERLAY_PX = 256  # of the longer side; a map has 8 cells a side, and browsers smooth what they enlarge


def upsampled(heat: Floats, width: int, height: int) -> Floats:
    """Return a map h x w as `height` x `width`, bilinear between the middles of its cells."""
    finer = PillowImage.fromarray(heat).resize((width, height), PillowImage.Resampling.BILINEAR)
    return np.asarray(finer, dtype=np.float32)


def coloured(heat: Floats) -> Pixels:
    """Return a map h x w of 0..1 as h x w x 4, uint8, RGBA: cold is clear, warm is coloured."""
    stops = np.linspace(0.0, 1.0, len(_VIRIDIS))
    channels = [np.interp(heat, stops, _VIRIDIS[:, channel]) for channel in range(3)]
    opacity = 255 * _OPACITY * np.clip(heat, 0.0, 1.0)
    return np.round(np.stack([*channels, opacity], axis=2)).astype(np.uint8)


def heat_overlay(heat: Floats, width: int, height: int) -> bytes:
    """Return a map h x w as a small PNG, clear where it is cold, to be stretched over a picture of this size."""
    scale = _OVERLAY_PX / max(width, height)
    finer = upsampled(heat, max(1, round(width * scale)), max(1, round(height * scale)))
    buffer = io.BytesIO()
    PillowImage.fromarray(coloured(finer)).save(buffer, "PNG")
    return buffer.getvalue()
