"""How bright a picture is, for telling arc, darkness and over-exposure apart. Knows pixels; does not know limits."""

from dataclasses import dataclass

import numpy as np
from PIL import Image as PillowImage

from beadwatch.imaging.decode import Pixels

SIDE_CELLS = 32
_SATURATED = 250


@dataclass(frozen=True, slots=True)
class Brightness:
    """`peak` is the grey level (of 255) of the brightest of 32 x 32 cells; the share is that of pixels over 249."""

    peak: float
    saturated_share: float


def measure_brightness(pixels: Pixels) -> Brightness:
    """Return how bright a preprocessed picture is, uint8 H x W x 3, RGB; grey by ITU-R BT.601."""
    grey = PillowImage.fromarray(pixels).convert("L")
    cells = np.asarray(grey.resize((SIDE_CELLS, SIDE_CELLS), PillowImage.Resampling.BOX))
    saturated = int(np.count_nonzero(np.asarray(grey) >= _SATURATED))
    return Brightness(float(cells.max()), saturated / (grey.width * grey.height))
