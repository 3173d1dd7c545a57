"""Where a place on the stored pixels comes to lie when `decode` turns the picture upright."""

import io
from itertools import product

import numpy as np
import pytest
from PIL import Image

from beadwatch.imaging.decode import decode
from beadwatch.imaging.orientation import Stored, may_be_turned, read_stored
from tests.pictures import RED, encoded, plain

ORIENTATION = 0x0112


def turned(orientation: int, file_format: str = "JPEG", **options: object) -> bytes:
    """Return a picture of 96 x 64 px whose red mark is at 3/4 of its stored width and 1/8 of its stored height."""
    pixels = plain((128, 128, 128), 96, 64)
    pixels[4:12, 68:76] = RED
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return encoded(pixels, file_format, exif=exif, **options)


@pytest.mark.parametrize(("orientation", "file_format"), list(product(range(1, 9), ("JPEG", "PNG", "WEBP", "TIFF"))))
def test_place_moves_as_the_pixels_do(orientation: int, file_format: str) -> None:
    data = turned(orientation, file_format)
    stored = read_stored(data)
    assert stored == Stored(96, 64, orientation)
    image = decode(data)
    assert stored.upright_px == (image.width, image.height)
    x, y = stored.upright(0.75, 0.125)
    red, green, _ = image.pixels[int(y * image.height), int(x * image.width)]
    assert (red > 200, green < 60) == (True, True)


def test_picture_without_an_orientation_is_upright() -> None:
    data = encoded(plain(RED))
    assert not may_be_turned(data)
    assert read_stored(data) == Stored(40, 32)
    assert not Stored(40, 32).turned


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_orientation_that_there_is_none_of_turns_nothing(orientation: int) -> None:
    assert read_stored(turned(orientation)) == Stored(96, 64)


def test_orientation_in_xmp_counts_as_decode_has_it() -> None:
    xmp = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    buffer = io.BytesIO()
    Image.fromarray(plain(RED)).save(buffer, "JPEG", xmp=xmp)
    data = buffer.getvalue()
    stored = read_stored(data)
    assert may_be_turned(data)
    assert stored is not None
    assert stored.upright_px == decode(data).pixels.shape[1::-1]


@pytest.mark.parametrize("data", [b"", b"no picture", turned(6)[:30], np.zeros(64, np.uint8).tobytes()])
def test_header_that_cannot_be_read_is_none(data: bytes) -> None:
    assert read_stored(data) is None
