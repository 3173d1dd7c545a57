"""A picture's fingerprint: what stays of it when it is turned, mirrored, brightened, made grey or speckled.

Knows pixels. Does not know files, labels, nor which fingerprints are near: `near_duplicates` compares them.

The picture becomes 32 x 32 greys; from these the local mean is taken and the rest divided by the local contrast (after
Jarrett et al., ICCV 2009), so that brightness, HDR and shading drop out. `hash` holds the signs of 64 coefficients of
its cosine transform (a pHash: Zauner 2010, "Implementation and benchmarking of perceptual image hash functions").
A mirrored picture changes the sign of the odd coefficients and a transposed one transposes them, so the hashes of
all eight symmetries follow from one.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image as PillowImage

from beadwatch.imaging.decode import Image

Floats = npt.NDArray[np.float32]
Hashes = npt.NDArray[np.uint64]

SIDE = 32
CELLS = SIDE * SIDE
_WAVES = 8  # waves 1 to 8 across and down: 64 coefficients. Wave 0 is shading, which the local mean took away
_BLUR = 3.0  # standard deviation of the neighbourhood, in cells of the 32 x 32
_QUIET = 4.0  # grey levels: contrast below this counts as noise and is not raised
_SCALE = 32.0  # local contrast 1 becomes this many steps of an int8
_FLAT = 1.5  # grey levels of detail below which nothing is left to compare


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What of a picture is compared.

    `detail` is int8, 32 x 32, row-major: local detail over local contrast. `contrast` is the standard deviation of the
    detail before that, in grey levels (0 to 255). Width and height are of the whole picture.
    """

    width_px: int
    height_px: int
    contrast: float
    hash: int
    detail: bytes

    @property
    def flat(self) -> bool:
        """Whether the picture has nothing on it that could be compared."""
        return self.contrast < _FLAT


def fingerprint(image: Image) -> Fingerprint:
    """Return the fingerprint of a decoded picture (uint8 H x W x 3, RGB), stretched to a square."""
    grey = PillowImage.fromarray(image.pixels).convert("L").resize((SIDE, SIDE), PillowImage.Resampling.BOX)
    blur = _blur()
    values = np.asarray(grey, dtype=np.float32)
    detail = values - blur @ values @ blur.T
    contrast = np.sqrt(np.maximum(blur @ (detail * detail) @ blur.T, 0.0))
    normal = detail / (contrast + _QUIET)
    waves = _cosines()
    signs = (waves @ normal @ waves.T) > 0
    return Fingerprint(
        width_px=image.width,
        height_px=image.height,
        contrast=float(detail.std()),
        hash=int.from_bytes(np.packbits(signs).tobytes(), "big"),
        detail=np.clip(np.rint(normal * _SCALE), -127, 127).astype(np.int8).tobytes(),
    )


def symmetric_hashes(hashes: Hashes) -> Hashes:
    """Return the hashes, uint64 of shape (N,), of all eight symmetries: uint64, shape (8, N). The first is as given.

    Row s belongs to the picture that `symmetric_cells()[s]` rearranges.
    """
    bits = np.unpackbits(hashes.astype(">u8").view(np.uint8).reshape(-1, 8), axis=1).reshape(-1, _WAVES, _WAVES)
    odd = (np.arange(1, _WAVES + 1) % 2).astype(np.uint8)
    result = np.empty((8, len(hashes)), np.uint64)
    for number, (transposed, down, across) in enumerate(_symmetries()):
        turned = bits.transpose(0, 2, 1) if transposed else bits
        turned = turned ^ (odd[:, None] * np.uint8(down)) ^ (odd[None, :] * np.uint8(across))
        result[number] = np.packbits(turned.reshape(-1, 64), axis=1).view(">u8").ravel()
    return result


@cache
def symmetric_cells() -> npt.NDArray[np.intp]:
    """Return for each symmetry the order of the 1,024 cells: intp, shape (8, 1024); `detail[order]` is turned."""
    cells = np.arange(CELLS).reshape(SIDE, SIDE)
    orders = []
    for transposed, down, across in _symmetries():
        turned = cells.T if transposed else cells
        turned = turned[::-1] if down else turned
        orders.append((turned[:, ::-1] if across else turned).ravel())
    return np.stack(orders)


def _symmetries() -> list[tuple[bool, bool, bool]]:
    """Return the eight symmetries of a square: transposed first, then upside down, then left to right."""
    return [
        (transposed, down, across) for transposed in (False, True) for down in (False, True) for across in (False, True)
    ]


@cache
def _blur() -> Floats:
    """Return the 32 x 32 matrix that blurs along one axis; at the edge it weighs only what is inside."""
    distance = np.arange(SIDE)[:, None] - np.arange(SIDE)[None, :]
    weights = np.exp(-0.5 * (distance / _BLUR) ** 2)
    blur: Floats = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return blur


@cache
def _cosines() -> Floats:
    """Return waves 1 to 8 of the cosine transform (DCT-II): float32, 8 x 32."""
    wave, cell = np.arange(1, _WAVES + 1)[:, None], np.arange(SIDE)[None, :]
    cosines: Floats = np.cos(np.pi * wave * (cell + 0.5) / SIDE).astype(np.float32)
    return cosines
