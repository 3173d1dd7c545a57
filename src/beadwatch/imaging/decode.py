"""Bytes to an `Image`: RGB, upright, 8 bits, or a clear `DecodeError`. Nothing is guessed.

Does not know where bytes come from, nor what size a model wants.
"""

import hashlib
import io
import struct
import warnings
import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import PIL
from PIL import Image as PillowImage
from PIL import UnidentifiedImageError
from PIL.Image import Transpose

from beadwatch.domain.errors import (
    BrokenImageError,
    DecodeError,
    EmptyImageError,
    ImageTooLargeError,
    ImageTooSmallError,
    UnsupportedImageError,
)

Pixels = npt.NDArray[np.uint8]

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF")  # MPO is opened as JPEG: Pillow has no reader of that name
MAX_PIXELS = 64_000_000  # a 50-megapixel phone photo fits; decoded it takes 192 MB
MIN_SIDE_PX = 32  # fewer pixels than the coarsest feature of any backbone
MAX_BYTES = 64 * 1024 * 1024
_DAMAGE = (  # what Pillow is known to raise at damaged bytes
    OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, ArithmeticError, MemoryError,
    struct.error, zlib.error,
)  # fmt: skip
_SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*")
_EXIF_ORIENTATION, _TIFF_BITS, _TIFF_PHOTOMETRIC = 0x0112, 258, 262
_TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}


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
    upright = _read(data)
    return Image(pixels=_to_rgb8(upright), sha256=hashlib.sha256(data).hexdigest())


def check(data: bytes) -> str:
    """Return the sha256 of bytes that `decode` takes, without making RGB of them where that cannot fail.

    Raises:
        DecodeError: as `decode` does.
    """
    upright = _read(data)
    if upright.mode not in {"RGB", "L"} or upright.has_transparency_data:
        _to_rgb8(upright)
    return hashlib.sha256(data).hexdigest()


def _read(data: bytes) -> PillowImage.Image:
    if not data:
        raise EmptyImageError("the file is empty: take or export the picture again")
    if len(data) > MAX_BYTES:
        raise ImageTooLargeError(f"the file has {len(data):,} bytes; the limit is {MAX_BYTES:,}: export it smaller")
    with warnings.catch_warnings():
        # Our own limit below is stricter than Pillow's, and odd metadata is no reason to fail.
        warnings.simplefilter("ignore")
        return _open(data)


def _open(data: bytes) -> PillowImage.Image:
    try:
        picture = PillowImage.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError:
        raise _unidentified(data) from None
    except PillowImage.DecompressionBombError as error:
        raise ImageTooLargeError(f"too many pixels: {error}") from error
    except _DAMAGE as error:
        raise BrokenImageError(f"the picture's header is damaged: {error}") from error
    _check_size(picture)
    try:
        frames = 1 if picture.format == "MPO" else getattr(picture, "n_frames", 1)
        if frames <= 1:
            _check_scale(picture)
            picture.load()
            return _upright(picture)
    except _DAMAGE as error:
        raise BrokenImageError(f"the picture is truncated or damaged: {error}. Copy or export it again") from error
    raise UnsupportedImageError(f"an animation or a stack of {frames} pictures: save the one to inspect by itself")


def _upright(picture: PillowImage.Image) -> PillowImage.Image:
    # Not ImageOps.exif_transpose: it writes the metadata anew, and fails on a sound picture whose metadata is damaged.
    try:
        turn = _TURNS.get(picture.getexif().get(_EXIF_ORIENTATION, 1))
    except _DAMAGE:
        return picture
    return picture if turn is None else picture.transpose(turn)


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


def _check_scale(picture: PillowImage.Image) -> None:
    tags = getattr(picture, "tag_v2", None)
    if tags is None or not picture.mode.startswith("I;16"):
        return
    # Pillow hands out 12-bit greys unscaled, and greys whose 0 is white not inverted.
    if tags.get(_TIFF_BITS) != (16,) or tags.get(_TIFF_PHOTOMETRIC) == 0:
        raise UnsupportedImageError(
            "a TIFF of deep greys in an unusual scale: save it with 8 bits, or 16 with 0 as black"
        )


def _unidentified(data: bytes) -> DecodeError:
    if data[4:12] in {b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypavif"}:
        return UnsupportedImageError("HEIC and AVIF are not read: export the picture as JPEG")
    if data.startswith(_SIGNATURES) or (data.startswith(b"RIFF") and data[8:12] == b"WEBP"):
        return BrokenImageError("the picture's header is truncated or damaged: copy or export it again")
    return UnsupportedImageError("this is no PNG, JPEG, WebP, BMP, TIFF or GIF picture")


def _to_rgb8(picture: PillowImage.Image) -> Pixels:
    if picture.mode.startswith("I;16"):
        # Pillow's own conversion clips 16-bit greys at 255 instead of scaling them.
        grey = (np.asarray(picture, dtype=np.uint16) >> 8).astype(np.uint8)
        return np.ascontiguousarray(np.repeat(grey[:, :, None], 3, axis=2))
    if picture.mode in {"I", "F"}:
        raise UnsupportedImageError(
            f"pixels of 32 bits (mode {picture.mode}) have no agreed white: save the picture with 8 or 16 bits"
        )
    try:
        if picture.has_transparency_data:
            paper = PillowImage.new("RGBA", picture.size, "white")
            picture = PillowImage.alpha_composite(paper, picture.convert("RGBA"))
        return np.array(picture.convert("RGB"), dtype=np.uint8)
    except ValueError as error:
        raise UnsupportedImageError(f"pixels of an unusual kind: {error}; save the picture as RGB") from error


def decoder_version() -> str:
    """Name the library that decodes, for `beadwatch doctor`."""
    return f"Pillow {PIL.__version__}"
