"""Bytes to an `Image`: RGB, upright, 8 bits, or a clear `DecodeError`. Nothing is guessed.

Does not know where bytes come from, nor what size a model wants.
"""

import hashlib
import io
import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import PIL
from PIL import Image as PillowImage
from PIL import ImageOps, UnidentifiedImageError

from beadwatch.domain.errors import (
    BrokenImageError,
    EmptyImageError,
    ImageTooLargeError,
    ImageTooSmallError,
    UnsupportedImageError,
)

Pixels = npt.NDArray[np.uint8]

FORMATS = ("PNG", "JPEG", "MPO", "WEBP", "BMP", "TIFF", "GIF")
MAX_PIXELS = 64_000_000  # a 50-megapixel phone photo fits; decoded it takes 192 MB
MIN_SIDE_PX = 32  # fewer pixels than the coarsest feature of any backbone
MAX_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Image:
    """A decoded picture: `pixels` is H x W x 3, uint8, RGB, upright; `sha256` is of the bytes it came from."""

    pixels: Pixels
    sha256: str

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.pixels.shape[0])


def decode(data: bytes) -> Image:
    """Decode one still picture.

    EXIF rotation is applied; grey, palette, CMYK and 16-bit pictures become 8-bit RGB (16-bit by its high byte, the
    scale of the file format); transparency is laid over white.

    Raises:
        DecodeError: one of its subclasses, naming what is wrong with the bytes and what to do.
    """
    if not data:
        raise EmptyImageError("the file is empty: take or export the picture again")
    if len(data) > MAX_BYTES:
        raise ImageTooLargeError(f"the file has {len(data):,} bytes; the limit is {MAX_BYTES:,}: export it smaller")
    with warnings.catch_warnings():
        # Our own limit below is stricter than Pillow's, and odd metadata is no reason to fail.
        warnings.simplefilter("ignore")
        upright = _open(data)
    return Image(pixels=_to_rgb8(upright), sha256=hashlib.sha256(data).hexdigest())


def _open(data: bytes) -> PillowImage.Image:
    try:
        picture = PillowImage.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError:
        raise UnsupportedImageError(_unsupported(data)) from None
    except PillowImage.DecompressionBombError as error:
        raise ImageTooLargeError(f"too many pixels: {error}") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise BrokenImageError(f"the picture's header is damaged: {error}") from error
    _check_size(picture)
    if picture.format != "MPO" and getattr(picture, "n_frames", 1) > 1:
        raise UnsupportedImageError(
            f"an animation or a stack of {getattr(picture, 'n_frames', 1)} pictures: save the one to inspect by itself"
        )
    try:
        picture.load()
        return ImageOps.exif_transpose(picture)
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, MemoryError) as error:
        raise BrokenImageError(f"the picture is truncated or damaged: {error}. Copy or export it again") from error


def _check_size(picture: PillowImage.Image) -> None:
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise ImageTooLargeError(
            f"the picture has {width} x {height} px; the limit is {MAX_PIXELS // 1_000_000} megapixels: scale it down"
        )
    if min(width, height) < MIN_SIDE_PX:
        raise ImageTooSmallError(
            f"the picture has {width} x {height} px; a weld cannot be judged by fewer than {MIN_SIDE_PX} px a side"
        )


def _unsupported(data: bytes) -> str:
    if data[4:12] in {b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypavif"}:
        return "HEIC and AVIF are not read: export the picture as JPEG"
    return "this is no PNG, JPEG, WebP, BMP, TIFF or GIF picture"


def _to_rgb8(picture: PillowImage.Image) -> Pixels:
    if picture.mode.startswith("I;16"):
        # Pillow's own conversion clips 16-bit greys at 255 instead of scaling them.
        grey = (np.asarray(picture, dtype=np.uint16) >> 8).astype(np.uint8)
        return np.ascontiguousarray(np.repeat(grey[:, :, None], 3, axis=2))
    if picture.mode in {"I", "F"}:
        raise UnsupportedImageError(
            f"pixels of 32 bits (mode {picture.mode}) have no agreed white: save the picture with 8 or 16 bits"
        )
    if picture.has_transparency_data:
        paper = PillowImage.new("RGBA", picture.size, "white")
        picture = PillowImage.alpha_composite(paper, picture.convert("RGBA"))
    return np.array(picture.convert("RGB"), dtype=np.uint8)


def decoder_version() -> str:
    """Name the library that decodes, for `beadwatch doctor`."""
    return f"Pillow {PIL.__version__}"
