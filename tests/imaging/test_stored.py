"""Where a place on the stored pixels comes to lie when `decode` turns the picture upright."""

import struct
import zlib
from itertools import product
from pathlib import Path

import pytest
from PIL import Image

from beadwatch.imaging.decode import decode
from beadwatch.imaging.stored import Stored, may_be_turned, read_stored
from tests.pictures import GREY, RED, encoded, plain

ORIENTATION = 0x0112
XMP = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'


def turned(orientation: int, file_format: str = "JPEG") -> bytes:
    """Return a picture of 96 x 64 px whose red mark is at 3/4 of its stored width and 1/8 of its stored height."""
    pixels = plain(GREY, 96, 64)
    pixels[4:12, 68:76] = RED
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return encoded(pixels, file_format, exif=exif)


def stored(path: Path, data: bytes) -> Stored | None:
    path.write_bytes(data)
    return read_stored(path)


@pytest.mark.parametrize(("orientation", "file_format"), list(product(range(1, 9), ("JPEG", "PNG", "WEBP", "TIFF"))))
def test_place_moves_as_the_pixels_do(tmp_path: Path, orientation: int, file_format: str) -> None:
    data = turned(orientation, file_format)
    found = stored(tmp_path / "a", data)
    assert found == Stored(96, 64, orientation)
    image = decode(data)
    assert found.upright_px == (image.width, image.height)
    x, y = found.upright(0.75, 0.125)
    red, green, _ = image.pixels[int(y * image.height), int(x * image.width)]
    assert (red > 200, green < 60) == (True, True)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "BMP", "GIF"])
def test_picture_without_an_orientation_needs_no_look(tmp_path: Path, file_format: str) -> None:
    assert stored(tmp_path / "a", encoded(plain(RED), file_format)) == Stored(40, 32)
    assert not may_be_turned(tmp_path / "a")
    assert not Stored(40, 32).turned


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_orientation_that_there_is_none_of_turns_nothing(tmp_path: Path, orientation: int) -> None:
    assert stored(tmp_path / "a", turned(orientation)) == Stored(96, 64)


def behind_the_pixels(orientation: int) -> bytes:
    """Return a PNG whose EXIF stands at its end."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    chunk = b"eXIf" + exif.tobytes().removeprefix(b"Exif\0\0")
    data = encoded(plain(RED))
    return data[:-12] + struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) + data[-12:]


@pytest.mark.parametrize(
    "data",
    [encoded(plain(RED), "JPEG", xmp=XMP), behind_the_pixels(6), turned(6).replace(b"\xff\xe1", b"\xff\xff\xe1", 1)],
    ids=["XMP", "EXIF at the end of a PNG", "padding between segments"],
)
def test_orientation_is_found_wherever_decode_finds_it(tmp_path: Path, data: bytes) -> None:
    found = stored(tmp_path / "a", data)
    assert may_be_turned(tmp_path / "a")
    assert found is not None
    image = decode(data)
    assert found.upright_px == (image.width, image.height)


@pytest.mark.parametrize("data", [b"", b"no picture", turned(6)[:30], bytes(64), b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"])
def test_header_that_cannot_be_read_is_none(tmp_path: Path, data: bytes) -> None:
    assert stored(tmp_path / "a", data) is None


def test_missing_file_is_none(tmp_path: Path) -> None:
    assert read_stored(tmp_path / "gone.jpg") is None
