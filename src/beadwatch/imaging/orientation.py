"""How a picture's file says its pixels are to be turned, and where a place on the stored pixels comes to lie then.

`decode` turns every picture upright. Whoever drew a box may have seen it so, or as it is stored. Reads headers only;
does not know what places mean.
"""

import io
import struct
import warnings
import zlib
from dataclasses import dataclass

from PIL import Image as PillowImage

from beadwatch.imaging.decode import FORMATS

UPRIGHT = 1
_ORIENTATION = 0x0112  # of EXIF and TIFF: 1 to 8, CIPA DC-008, 4.6.4
_TIFF_WIDTH, _TIFF_HEIGHT = 256, 257
_SIGNS = (b"Exif", b"eXIf", b"exif", b"EXIF", b"Orientation")  # EXIF, its chunks, raw profiles, XMP; else none turns
_TIFF = (b"II*\0", b"MM\0*")
_DAMAGE = (  # what Pillow is known to raise at damaged bytes; `decode` says what is wrong with them
    OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, ArithmeticError, MemoryError,
    struct.error, zlib.error, PillowImage.DecompressionBombError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stored:
    """A picture as its file holds it: width and height of the stored pixels, and `orientation`, 1 to 8 (1: upright)."""

    width_px: int
    height_px: int
    orientation: int = UPRIGHT

    @property
    def turned(self) -> bool:
        """Whether the stored pixels are not as people see them."""
        return self.orientation != UPRIGHT

    @property
    def upright_px(self) -> tuple[int, int]:
        """Width and height as people see it."""
        size = (self.width_px, self.height_px)
        return (size[1], size[0]) if self.orientation >= 5 else size

    def upright(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point of the stored pixels comes to lie; both are shares of width and height, y downwards."""
        return {
            1: (x, y),
            2: (1 - x, y),
            3: (1 - x, 1 - y),
            4: (x, 1 - y),
            5: (y, x),
            6: (1 - y, x),
            7: (1 - y, 1 - x),
            8: (y, 1 - x),
        }[self.orientation]


def may_be_turned(data: bytes) -> bool:
    """Say whether a file's bytes could hold an orientation at all; most do not, and need no further look."""
    return data.startswith(_TIFF) or any(sign in data for sign in _SIGNS)


def read_stored(data: bytes) -> Stored | None:
    """Return how a picture is stored; None where its header cannot be read, which `decode` will say."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd metadata is no reason to fail
        try:
            with PillowImage.open(io.BytesIO(data), formats=FORMATS) as picture:
                orientation = picture.getexif().get(_ORIENTATION, UPRIGHT) if may_be_turned(data) else UPRIGHT
                tags = getattr(picture, "tag_v2", None)
                width, height = picture.size
                if tags:  # Pillow gives the size of a TIFF upright already
                    width, height = tags.get(_TIFF_WIDTH, width), tags.get(_TIFF_HEIGHT, height)
        except _DAMAGE:
            return None
    known = orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else UPRIGHT
    return Stored(int(width), int(height), known)
