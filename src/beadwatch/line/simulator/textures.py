"""Surfaces drawn from noise: plate, bead, pool. Periodic along the seam, so that a slice that travels never ends.

Everything is a function of a seeded generator. Knows numbers in pixels; does not know light, arcs or classes.
"""

import numpy as np
import numpy.typing as npt
from PIL import Image as PillowImage
from PIL import ImageFilter

from beadwatch.imaging.decode import Pixels

Floats = npt.NDArray[np.float32]

_WRAP_CELLS = 4  # more than the reach of bicubic interpolation, so that the ends of a period meet


def smooth_noise(rng: np.random.Generator, shape: tuple[int, int], cell: tuple[float, float]) -> Floats:
    """Return noise of mean 0 and deviation 1, H x W, smooth over `cell` pixels (down, across), periodic across."""
    rows, columns = max(2, round(shape[0] / cell[0])), max(2, round(shape[1] / cell[1]))
    grid = rng.standard_normal((rows, columns)).astype(np.float32)
    wrapped = np.pad(grid, ((0, 0), (_WRAP_CELLS, _WRAP_CELLS)), mode="wrap")
    picture = PillowImage.fromarray(wrapped).resize(
        (shape[1], shape[0]),
        PillowImage.Resampling.BICUBIC,
        box=(_WRAP_CELLS, 0, _WRAP_CELLS + columns, rows),
    )
    noise = np.asarray(picture, np.float32)
    centred: Floats = (noise - noise.mean()) / (noise.std() + 1e-6)
    return centred


def relief(height: Floats) -> Floats:
    """Return how a surface of this height looks when lit flat from above: brighter where it faces upwards."""
    slope: Floats = np.roll(height, 2, axis=0) - height + np.float32(0.5) * (np.roll(height, 2, axis=1) - height)
    return slope


def plate(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Return a rolled plate, about 0 to 255: fine streaks far away (top), coarse grain near the camera (bottom)."""
    height = shape[0]
    near = np.linspace(0, 1, height, dtype=np.float32)[:, None] ** 1.5
    unit = height / 700
    far_grain = smooth_noise(rng, shape, (5 * unit, 26 * unit))
    near_grain = relief(smooth_noise(rng, shape, (11 * unit, 15 * unit)))
    stains = smooth_noise(rng, shape, (120 * unit, 260 * unit))
    surface: Floats = 95 + 12 * stains + (1 - near) * 9 * far_grain + near * 15 * near_grain
    return surface


def enlarged(picture: Pixels) -> Pixels:
    """Return a uint8 H x W picture at twice its size, as soft as the process camera's own are."""
    size = (2 * picture.shape[1], 2 * picture.shape[0])
    return np.asarray(PillowImage.fromarray(picture).resize(size, PillowImage.Resampling.BILINEAR), np.uint8)


def blurred(picture: Pixels, radius: float) -> Pixels:
    """Return a uint8 H x W picture as a lens out of focus by `radius` pixels gives it."""
    return np.asarray(PillowImage.fromarray(picture).filter(ImageFilter.GaussianBlur(radius)), np.uint8)


def to_grey(values: Floats) -> Pixels:
    """Return uint8 of values that may lie outside 0 to 255."""
    return np.clip(values, 0, 255).astype(np.uint8)
