"""The orientation is found where cameras write it; whatever else stands there leaves the picture as it is."""

import struct

import pytest
from PIL import Image as PillowImage

from beadwatch.imaging.orientation import UPRIGHT, orientation_of


def block(value: object, order: str = "<", kind: int = 3, count: int = 1) -> bytes:
    magic = b"II*\0" if order == "<" else b"MM\0*"
    packed = struct.pack(f"{order}{'H' if kind == 3 else 'I'}", value).ljust(4, b"\0")
    return magic + struct.pack(f"{order}IHHHI", 8, 1, 0x0112, kind, count) + packed + bytes(4)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("mark", [b"", b"Exif\0\0"])
def test_orientation_is_read_in_both_byte_orders(orientation: int, order: str, mark: bytes) -> None:
    assert orientation_of(mark + block(orientation, order)) == orientation
    assert orientation_of(mark + block(orientation, order, kind=4)) == orientation


def test_orientation_stands_among_other_entries() -> None:
    exif = PillowImage.Exif()
    exif[0x010E], exif[0x0112], exif[0x011A] = "camera 7", 8, 72.0
    assert orientation_of(exif.tobytes()) == 8


@pytest.mark.parametrize(
    "exif",
    [
        b"", b"Exif\0\0", b"II*\0", b"MM\0*\xff\xff\xff\xff", b"Exif\0\0" + bytes(40), block(0), block(9), block(65535),
        block(6, kind=2), block(6, kind=7), block(6, count=2), block(6)[:14],
        block(6).replace(b"\x12\x01", b"\x13\x01"),
        b"II*\0\x08\0\0\0\xff\xff" + b"\1\0\3\0\1\0\0\0\0\0\0\0" * 100,
    ],
)  # fmt: skip
def test_what_is_no_orientation_leaves_the_picture_upright(exif: bytes) -> None:
    assert orientation_of(exif) == UPRIGHT


def test_xmp_is_asked_where_exif_says_nothing() -> None:
    packet = b"<x><tiff:Orientation>6</tiff:Orientation></x>"
    assert orientation_of(b"", packet) == 6
    assert orientation_of(block(3), packet) == 3
    assert orientation_of(b"", b'tiff:Orientation="9"') == UPRIGHT
