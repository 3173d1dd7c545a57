"""Bytes to an `Image`: RGB, upright, 8 bits, or a clear `DecodeError`. Nothing is guessed.

All decoding of this process shares one limit of work, in bytes. Does not know where bytes come from, nor what size a
model wants.
"""

import hashlib
import io
import struct
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import PIL
from PIL import Image as PillowImage
from PIL import UnidentifiedImageError

from beadwatch.domain.errors import (
    BrokenImageError,
    DecodeError,
    EmptyImageError,
    ImageTooLargeError,
    ImageTooSmallError,
    UnsupportedImageError,
)
from beadwatch.imaging.container import Container, open_container
from beadwatch.imaging.orientation import orientation_of
from beadwatch.imaging.work import WorkLimit

Pixels = npt.NDArray[np.uint8]

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF")
MAX_PIXELS = 64_000_000  # a 50-megapixel phone photo fits; decoded it takes 192 MB
MIN_SIDE_PX = 32  # fewer pixels than the coarsest feature of any backbone
MAX_BYTES = 64 * 1024 * 1024
MAX_RLE_PIXELS = 4_000_000  # of a BMP in run lengths, which Pillow unpacks pixel by pixel
WORK = WorkLimit()
_STRIP_PIXELS = 1 << 20  # turned into RGB at a time
_DAMAGE = (  # what Pillow is known to raise at damaged bytes
    OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, ArithmeticError, MemoryError,
    struct.error, zlib.error,
)  # fmt: skip
_SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*")
_TIFF_BITS, _TIFF_PHOTOMETRIC = 258, 262
_BMP_RUN_LENGTHS = frozenset({1, 2})
# By EXIF orientation: an upright array as it looks when it is not upright, sharing its memory.
_TURNS: dict[int, Callable[[Pixels], Pixels]] = {
    1: lambda upright: upright,
    2: lambda upright: upright[:, ::-1],
    3: lambda upright: upright[::-1, ::-1],
    4: lambda upright: upright[::-1],
    5: lambda upright: upright.transpose(1, 0, 2),
    6: lambda upright: np.rot90(upright, 1),
    7: lambda upright: np.rot90(upright.transpose(1, 0, 2), 2),
    8: lambda upright: np.rot90(upright, -1),
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
    """Decode one still picture, once there is room for the work.

    EXIF rotation is applied; grey, palette, CMYK and 16-bit pictures become 8-bit RGB (16-bit by its high byte, the
    scale of the file format); transparency is laid over white.

    Raises:
        DecodeError: one of its subclasses, naming what is wrong with the bytes and what to do.
    """
    with decoded(data) as image:
        return image


@contextmanager
def decoded(data: bytes, wait_s: float | None = None) -> Iterator[Image]:
    """Decode as `decode` does; the picture counts as being in work until the block ends.

    For those who work for many at once. Within the block the same thread decodes nothing else.

    Raises:
        DecodeError: as `decode` does.
        BusyError: there was no room for the work within `wait_s`; None waits for ever.
    """
    with _in_work(data, wait_s) as opened:
        pixels = _to_rgb8(opened.take(), _TURNS[opened.orientation])
        yield Image(pixels, hashlib.sha256(data).hexdigest())


def check(data: bytes, wait_s: float | None = None) -> str:
    """Return the sha256 of bytes that `decode` takes, without making RGB of them where that cannot fail.

    Raises:
        DecodeError, BusyError: as `decoded` does.
    """
    with _in_work(data, wait_s) as opened:
        picture = opened.take()
        if picture.mode not in {"RGB", "L"} or picture.has_transparency_data:
            for _ in _strips(picture):
                pass
    return hashlib.sha256(data).hexdigest()


class _Opened:
    """A picture whose header was read. Whoever takes it has it alone, so that its memory ends with them."""

    def __init__(self, picture: PillowImage.Image, container: Container) -> None:
        self._picture: PillowImage.Image | None = picture
        self.orientation = orientation_of(container.exif, container.xmp)

    def take(self) -> PillowImage.Image:
        """Return the picture with its pixels, once."""
        picture, self._picture = self._picture, None
        assert picture is not None
        try:
            with _quietly():
                picture.load()
        except _DAMAGE as error:
            raise BrokenImageError(f"the picture is truncated or damaged: {error}. Copy or export it again") from error
        return picture


@contextmanager
def _in_work(data: bytes, wait_s: float | None) -> Iterator[_Opened]:
    if not data:
        raise EmptyImageError("the file is empty: take or export the picture again")
    if len(data) > MAX_BYTES:
        raise ImageTooLargeError(f"the file has {len(data):,} bytes; the limit is {MAX_BYTES:,}: export it smaller")
    container = open_container(data)
    with ExitStack() as share:
        if container.width:
            _check_size(container.width, container.height)
            size_bytes = _work_bytes("WEBP", "RGBA", container.width, container.height)
            share.enter_context(WORK.share(size_bytes, wait_s))
        picture = _open(container.data)
        if not container.width:
            kind = "progressive" if "progressive" in picture.info else picture.format
            share.enter_context(WORK.share(_work_bytes(kind, picture.mode, *picture.size), wait_s))
        opened = _Opened(picture, container)
        del picture
        yield opened


def _work_bytes(kind: str | None, mode: str, width: int, height: int) -> int:
    """Return the most that decoding and inspecting a picture takes: Pillow's pixels, ours, and the decoder's own."""
    stored = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16L": 2, "I;16B": 2}.get(mode, 4)
    # WebP: two canvases and what is copied out of them; a progressive JPEG: the coefficients of three colours;
    # TIFF: a strip as large as the picture, and the picture turned.
    beside = {"WEBP": 12, "progressive": 6, "TIFF": 2 * stored}.get(kind or "", 0)
    ours = 3
    return max(stored + beside + ours, 4 + ours) * width * height  # a model's input is made from a copy of 4 bytes


@contextmanager
def _quietly() -> Iterator[None]:
    with warnings.catch_warnings():
        # Our own limit below is stricter than Pillow's, and odd metadata is no reason to fail.
        warnings.simplefilter("ignore")
        yield


def _open(data: bytes) -> PillowImage.Image:
    try:
        with _quietly():
            picture = PillowImage.open(io.BytesIO(data), formats=FORMATS)
            # Not `n_frames`, which goes through all of them to count.
            several = getattr(picture, "is_animated", False)
    except UnidentifiedImageError:
        raise _unidentified(data) from None
    except PillowImage.DecompressionBombError as error:
        raise ImageTooLargeError(f"too many pixels: {error}") from error
    except _DAMAGE as error:
        raise BrokenImageError(f"the picture's header is damaged: {error}") from error
    _check_size(*picture.size)
    _check_scale(picture)
    if several:
        raise UnsupportedImageError("an animation or a stack of pictures: save the one to inspect by itself")
    in_runs = picture.format == "BMP" and picture.info.get("compression") in _BMP_RUN_LENGTHS
    if in_runs and picture.width * picture.height > MAX_RLE_PIXELS:
        raise ImageTooLargeError(f"a BMP in run lengths of over {MAX_RLE_PIXELS:,} pixels: save it as PNG")
    return picture


def _check_size(width: int, height: int) -> None:
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


def _to_rgb8(picture: PillowImage.Image, turn: Callable[[Pixels], Pixels]) -> Pixels:
    turned = turn(np.empty((1, 2, 1), np.uint8)).shape[0] == 2
    width, height = picture.size
    upright = np.empty((width, height, 3) if turned else (height, width, 3), dtype=np.uint8)
    stored, top = turn(upright), 0
    for strip in _strips(picture):
        stored[top : top + len(strip)] = strip
        top += len(strip)
    return upright


def _strips(picture: PillowImage.Image) -> Iterator[Pixels]:
    """Yield the picture as RGB from top to bottom, a little at a time: whole, each step of it would be a copy."""
    if picture.mode in {"I", "F"}:
        raise UnsupportedImageError(
            f"pixels of 32 bits (mode {picture.mode}) have no agreed white: save the picture with 8 or 16 bits"
        )
    width, height = picture.size
    rows = max(1, _STRIP_PIXELS // width)
    for top in range(0, height, rows):
        strip = picture if rows >= height else picture.crop((0, top, width, min(top + rows, height)))
        yield _strip_to_rgb8(strip)


def _strip_to_rgb8(picture: PillowImage.Image) -> Pixels:
    if picture.mode.startswith("I;16"):
        # Pillow's own conversion clips 16-bit greys at 255 instead of scaling them.
        grey = (np.asarray(picture, dtype=np.uint16) >> 8).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)
    try:
        if picture.has_transparency_data:
            paper = PillowImage.new("RGBA", picture.size, "white")
            picture = PillowImage.alpha_composite(paper, picture.convert("RGBA"))
        return np.asarray(picture.convert("RGB"), dtype=np.uint8)
    except ValueError as error:
        raise UnsupportedImageError(f"pixels of an unusual kind: {error}; save the picture as RGB") from error


def decoder_version() -> str:
    """Name the library that decodes, for `beadwatch doctor`."""
    return f"Pillow {PIL.__version__}"
