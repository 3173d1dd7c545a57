"""How a picture's file says its pixels are to be turned, and where a place on the stored pixels comes to lie then.

`decode` turns every picture upright. Whoever drew a box may have seen it so, or as it is stored. Reads headers only,
and leaps over pixels; does not know what places mean.
"""

import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from PIL import Image as PillowImage

from beadwatch.domain.errors import DecodeError
from beadwatch.imaging.container import open_container
from beadwatch.imaging.decode import DAMAGE, FORMATS
from beadwatch.imaging.orientation import UPRIGHT, orientation_of

_ORIENTATION = 0x0112  # of EXIF and TIFF: 1 to 8, CIPA DC-008, 4.6.4
_TIFF_WIDTH, _TIFF_HEIGHT = 256, 257
_PNG, _TIFF = b"\x89PNG\r\n\x1a\n", (b"II*\0", b"MM\0*")
_PNG_WORDS = {b"eXIf", b"tEXt", b"zTXt", b"iTXt"}  # chunks that can hold an orientation
_WEBP_WORDS = 0x0C  # flags of the chunk VP8X: EXIF or XMP
_UNREADABLE = (*DAMAGE, PillowImage.DecompressionBombError, DecodeError)  # `decode` says what is wrong with it


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


def may_be_turned(path: Path) -> bool:
    """Say whether a file could hold an orientation at all; most do not, and need no further look.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(32)
        if head.startswith(b"\xff\xd8"):
            return _jpeg_has_words(file)
        if head.startswith(_PNG):
            return _png_has_words(file)
        if head[8:16] == b"WEBPVP8X":
            return bool(head[20] & _WEBP_WORDS)
        return head.startswith(_TIFF)


def read_stored(path: Path) -> Stored | None:
    """Return how a picture is stored; None where its header cannot be read, which `decode` will say."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd metadata is no reason to fail
        try:
            if not may_be_turned(path):
                with PillowImage.open(path, formats=FORMATS) as picture:
                    return Stored(*picture.size)
            container = open_container(path.read_bytes())
            with PillowImage.open(io.BytesIO(container.data), formats=FORMATS) as picture:
                tags = getattr(picture, "tag_v2", None)
                if tags:  # Pillow gives the size of a TIFF upright already
                    return _stored_tiff(tags, picture.size)
                return Stored(*picture.size, orientation_of(container.exif, container.xmp))
        except _UNREADABLE:
            return None


def _stored_tiff(tags: Mapping[int, Any], upright_px: tuple[int, int]) -> Stored:
    width, height = tags.get(_TIFF_WIDTH, upright_px[0]), tags.get(_TIFF_HEIGHT, upright_px[1])
    orientation = tags.get(_ORIENTATION, UPRIGHT)
    known = orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else UPRIGHT
    return Stored(int(width), int(height), known)


def _jpeg_has_words(file: IO[bytes]) -> bool:
    """Say whether a segment APP1 (EXIF or XMP) comes before the pixels, or the file is too odd to tell."""
    file.seek(2)
    while True:
        marker = file.read(2)
        if len(marker) < 2 or marker[0] != 0xFF or marker[1] == 0xE1:
            return True
        if marker[1] == 0xDA:
            return False
        if marker[1] == 0xFF:  # padding
            file.seek(-1, 1)
        else:
            file.seek(int.from_bytes(file.read(2), "big") - 2, 1)


def _png_has_words(file: IO[bytes]) -> bool:
    """Say whether a chunk of words or EXIF stands anywhere: behind the pixels it counts too."""
    file.seek(len(_PNG))
    while len(head := file.read(8)) == 8:
        if head[4:] in _PNG_WORDS:
            return True
        file.seek(int.from_bytes(head[:4], "big") + 4, 1)
    return False
