"""Measures how much a picture shows, without any network: contrast and detail of its coarse grey version.

Knows pixels. Does not know limits: those stand on the model card, and `inference.decision` holds them against this.
"""

import numpy as np
from PIL import Image as PillowImage

from beadwatch.domain.appearance import Appearance
from beadwatch.imaging.decode import Pixels

SIDE_CELLS = 32  # coarse enough that sensor noise averages out, fine enough that every weld seen has structure left


def measure_appearance(pixels: Pixels) -> Appearance:
    """Return contrast and detail of a preprocessed picture, uint8 H x W x 3, RGB.

    Grey by ITU-R BT.601, averaged over 32 x 32 cells; contrast is the standard deviation over the cells, detail the
    mean absolute 4-neighbour Laplacian divided by it. White noise gives sqrt(20) * sqrt(2 / pi) = 3.6, a gradient 0.
    """
    grey = PillowImage.fromarray(pixels).convert("L").resize((SIDE_CELLS, SIDE_CELLS), PillowImage.Resampling.BOX)
    cells = np.asarray(grey, dtype=np.float64)
    around = cells[:-2, 1:-1] + cells[2:, 1:-1] + cells[1:-1, :-2] + cells[1:-1, 2:]
    curvature = float(np.abs(around - 4 * cells[1:-1, 1:-1]).mean())
    contrast = float(cells.std())
    return Appearance(contrast, curvature / contrast if contrast > 0 else 0.0)
