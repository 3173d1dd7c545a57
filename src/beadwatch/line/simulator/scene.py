"""Draws one kind of weld, quickly: all that can be is drawn beforehand, a picture is then slices, products and sums.

Knows pixels and looks. Does not know scripts, clocks or frames.
"""

import numpy as np
import numpy.typing as npt

from beadwatch.imaging.decode import Pixels
from beadwatch.line.simulator.looks import Look
from beadwatch.line.simulator.optics import arc_lights, pool_phases
from beadwatch.line.simulator.surfaces import surfaces
from beadwatch.line.simulator.textures import blurred, enlarged, to_grey

Counts = npt.NDArray[np.uint16]
Shape = tuple[int, int]
Pool = tuple[slice, slice, Counts, Counts]

PERIOD = 2  # picture widths until the plate repeats
_NOISE_MARGIN = 256  # px by which the noise may be shifted: 65,536 different pictures of it
_NOISE_GREY = 1.3  # standard deviation of the sensor's noise
_POOL_RATE_HZ = 12.0


class Scene:
    """One kind of weld at one size, ready to be drawn. Made in some tenths of a second; not for several threads."""

    def __init__(self, look: Look, width: int, height: int, seed: int) -> None:
        """Draw beforehand what stays the same."""
        rng = np.random.default_rng((seed, width, height))  # the plate is the same under every look
        half, period = (_half(height), _half(width)), PERIOD * _half(width)
        self.look, self._shape, self._period = look, (height, width), 2 * period
        self._ahead, self._behind = (
            np.concatenate([picture, picture[:, :width]], axis=1)
            for picture in (_full(long, look)[:height] for long in surfaces(rng, look, (half[0], period)))
        )
        # The pool hides where one becomes the other; without a pool it is bead all along.
        self._split = round((look.pool_left + 0.4 * look.pool_length) * width) if look.arc_on else 0
        self._lights, self._glows = _lights(rng, look, half, (height, width))
        self._pools = _pools(rng, look, half, (height, width))
        # From 0: a sensor's offset keeps its noise from being cut off in the dark.
        noise = rng.normal(3 * _NOISE_GREY, _NOISE_GREY, (height + _NOISE_MARGIN, width + _NOISE_MARGIN))
        self._noise = np.clip(np.rint(noise), 0, 255).astype(np.uint8)
        self._counts = np.empty((height, width), np.uint16)

    def draw(self, rng: np.random.Generator, along_px: float, elapsed_s: float) -> Pixels:
        """Return one picture, uint8 H x W: what is seen after `along_px` of travel, `rng` for what is by chance."""
        counts, (height, width) = self._counts, self._shape
        start, split = round(-along_px) % self._period, self._split
        np.copyto(counts[:, :split], self._ahead[:, start : start + split])
        np.copyto(counts[:, split:], self._behind[:, start + split : start + width])
        if self._pools:
            rows, columns, pool, cover = self._pools[int(elapsed_s * _POOL_RATE_HZ) % len(self._pools)]
            part = counts[rows, columns]
            part *= cover
            part += pool
            part >>= 8
        which = int(rng.integers(len(self._lights)))
        counts *= self._lights[which]
        counts >>= 8
        counts += self._glows[which]
        down, across = rng.integers(_NOISE_MARGIN, size=2)
        counts += self._noise[down : down + height, across : across + width]
        np.minimum(counts, np.uint16(255), out=counts)
        return counts.astype(np.uint8)


def _half(pixels: int) -> int:
    return (pixels + 1) // 2


def _full(picture: Pixels, look: Look) -> Pixels:
    """Return at full size what was drawn at half: four times as quick, and the camera's pictures are soft too."""
    large = enlarged(picture)
    return blurred(large, look.blur * large.shape[1]) if look.blur else large


def _lights(
    rng: np.random.Generator, look: Look, half: Shape, shape: Shape
) -> tuple[tuple[Counts, ...], tuple[Counts, ...]]:
    """Return what multiplies the surfaces, 256 for 1, and what is added to them: a pair for each flicker of the arc."""
    pairs = arc_lights(rng, look, half)
    height, width = shape
    lights = tuple(_full(to_grey(light * 255), look)[:height, :width].astype(np.uint16) for light, _ in pairs)
    glows = tuple(_full(to_grey(glow), look)[:height, :width].astype(np.uint16) for _, glow in pairs)
    return lights, glows


def _pools(rng: np.random.Generator, look: Look, half: Shape, shape: Shape) -> tuple[Pool, ...]:
    """Return for each phase where the pool is, its grey times its cover, and the rest of the cover: 256 for 1."""
    pools = []
    for top, left, grey, cover in pool_phases(rng, look, half):
        rows = slice(2 * top, min(2 * (top + grey.shape[0]), shape[0]))
        columns = slice(2 * left, min(2 * (left + grey.shape[1]), shape[1]))
        size = (slice(rows.stop - rows.start), slice(columns.stop - columns.start))
        share = _full(to_grey(cover * 255), look)[size].astype(np.uint16)
        inside = _full(to_grey(grey), look)[size].astype(np.uint16)
        pools.append((rows, columns, inside * share, np.uint16(256) - share))
    return tuple(pools)
