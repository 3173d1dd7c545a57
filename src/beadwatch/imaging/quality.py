"""How bright and how sharp a frame is, for telling arc, darkness, over-exposure and blur apart. Knows no limits."""

from dataclasses import dataclass

import numpy as np
from PIL import Image as PillowImage

from beadwatch.imaging.decode import Pixels

SIDE_CELLS = 32
_DARK, _SATURATED = 8, 250
_EDGE_SHARE = 0.99


@dataclass(frozen=True, slots=True)
class PictureQuality:
    """Figures of one picture, grey by ITU-R BT.601.

    `peak` is the grey level (of 255) of the brightest of 32 x 32 cells; `lit_share` and `saturated_share` are the
    shares of pixels from grey level 8 and from 250. `sharpness` is the 99 % quantile of the absolute 4-neighbour
    Laplacian, the edges, over the standard deviation of the picture: blurring lowers it, light and contrast do not.
    Infinite for a picture of one grey level.
    """

    peak: float
    lit_share: float
    saturated_share: float
    sharpness: float


def measure_quality(pixels: Pixels) -> PictureQuality:
    """Return the figures of a preprocessed picture, uint8 H x W x 3, RGB, at least 3 x 3."""
    picture = PillowImage.fromarray(pixels).convert("L")
    grey = np.asarray(picture)
    cells = np.asarray(picture.resize((SIDE_CELLS, SIDE_CELLS), PillowImage.Resampling.BOX))
    return PictureQuality(
        peak=float(cells.max()),
        lit_share=np.count_nonzero(grey >= _DARK) / grey.size,
        saturated_share=np.count_nonzero(grey >= _SATURATED) / grey.size,
        sharpness=_sharpness(grey),
    )


def _sharpness(grey: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> float:
    level = grey.astype(np.int16)
    edges = 4 * level[1:-1, 1:-1]
    for neighbour in (level[:-2, 1:-1], level[2:, 1:-1], level[1:-1, :-2], level[1:-1, 2:]):
        edges -= neighbour
    spread = float(level.std(dtype=np.float32))
    if spread == 0.0:
        return float("inf")
    np.abs(edges, out=edges)
    rank = int(_EDGE_SHARE * (edges.size - 1))
    return float(np.partition(edges, rank, axis=None)[rank]) / spread
