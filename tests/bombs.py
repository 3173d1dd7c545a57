"""Small files that cost a careless reader much: of many parts, of many scans, of long metadata, or of many pixels."""

import struct
import zlib
from itertools import pairwise

from PIL import Image

from tests.pictures import encoded, noise

SIDE = 64


def chunk(name: bytes, data: bytes = b"") -> bytes:
    """Return one chunk of a PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_with(*chunks: bytes) -> bytes:
    """Return a sound PNG that has these chunks, too, behind its header."""
    sound = encoded(noise())
    return sound[:33] + b"".join(chunks) + sound[33:]


def jpeg_with(segments: bytes) -> bytes:
    """Return a sound JPEG that has these bytes, too, behind its first marker."""
    sound = encoded(noise(), "JPEG", quality=95)
    return sound[:2] + segments + sound[2:]


def gif_with(blocks: bytes) -> bytes:
    """Return a sound GIF that has these blocks, too, before its picture."""
    sound = encoded(Image.fromarray(noise()[:, :, 0]), "GIF")
    start = 13 + (3 << ((sound[10] & 7) + 1))
    return sound[:start] + blocks + sound[start:]


def gif_of(pictures: int) -> bytes:
    """Return a GIF that has one picture and then tiny ones."""
    return gif_with(b"")[:-1] + b",\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0" * (pictures - 1) + b";"


def webp_with(chunks: bytes) -> bytes:
    """Return a sound WebP that ends with these chunks."""
    sound = encoded(noise(), "WEBP", lossless=True) + chunks
    return sound[:4] + struct.pack("<I", len(sound) - 8) + sound[8:]


def tiff(directories: int = 1, strips: int = 1, order: str = "<") -> bytes:
    """Return a grey TIFF of so many directories, each of the same picture; or one of so many strips, cut to a row."""
    pixels = 8 + directories * (2 + 9 * 12 + 4)
    strip_list = pixels + SIDE * SIDE
    tags = {
        256: SIDE, 257: SIDE, 258: 8, 259: 1, 262: 1, 277: 1, 278: SIDE if strips == 1 else 1,
        273: pixels if strips == 1 else strip_list, 279: SIDE * SIDE,
    }  # fmt: skip
    entries = b"".join(
        struct.pack(f"{order}HHII", tag, 4, strips if tag == 273 else 1, value) for tag, value in sorted(tags.items())
    )
    starts = [8 + number * (2 + len(entries) + 4) for number in range(directories)]
    body = b"".join(
        struct.pack(f"{order}H", len(tags)) + entries + struct.pack(f"{order}I", following)
        for _, following in pairwise([*starts, 0])
    )
    magic = b"II*\0" if order == "<" else b"MM\0*"
    places = struct.pack(f"{order}I", pixels) * strips if strips > 1 else b""
    return magic + struct.pack(f"{order}I", 8) + body + bytes(SIDE * SIDE) + places


def jpeg_of_scans(scans: int, side: int = SIDE) -> bytes:
    """Return a progressive JPEG whose last scan is repeated until it has about so many."""
    sound = encoded(Image.new("L", (side, side), 90), "JPEG", progressive=True)
    last = sound.rindex(b"\xff\xda")
    return sound[:-2] + sound[last:-2] * (scans - sound.count(b"\xff\xda")) + sound[-2:]


def bmp_in_runs(width: int, height: int) -> bytes:
    """Return a BMP in run lengths, each row of which is one pixel and then its end."""
    rows = b"\x01\x05\0\0" * height + b"\0\x01"
    palette = bytes(number * 7 % 256 for number in range(1024))
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(rows), 2835, 2835, 256, 0)
    start = 14 + len(head) + len(palette)
    return b"BM" + struct.pack("<IHHI", start + len(rows), 0, 0, start) + head + palette + rows


def blank(mode: str, side: int) -> Image.Image:
    """Return a picture of `side` x `side` with transparency in its palette, where it has one."""
    picture = Image.new(mode, (side, side))
    if mode == "P":
        picture.putpalette([value for number in range(256) for value in (number, 7, 7)])
        picture.info["transparency"] = bytes(range(256))
    return picture
