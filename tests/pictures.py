"""Small pictures drawn in memory, and the ways in which files of them go wrong."""

import io
import random
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.uint8]
Colour = tuple[int, int, int]

RED: Colour = (255, 0, 0)
GREEN: Colour = (0, 255, 0)
BLUE: Colour = (0, 0, 255)
WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)
GREY: Colour = (128, 128, 128)


def plain(colour: Colour, width: int = 40, height: int = 32) -> Pixels:
    """Return H x W x 3 of one colour."""
    return np.full((height, width, 3), colour, dtype=np.uint8)


def noise(width: int = 48, height: int = 40, seed: int = 0) -> Pixels:
    """Return H x W x 3 in which no two pictures of different seeds agree."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def cornered(width: int = 64, height: int = 40, side: int = 8) -> Pixels:
    """Return grey with a mark in each corner: red top left, green top right, blue bottom left, white bottom right."""
    pixels = plain(GREY, width, height)
    pixels[:side, :side], pixels[:side, -side:] = RED, GREEN
    pixels[-side:, :side], pixels[-side:, -side:] = BLUE, WHITE
    return pixels


def pool(level: int = 90, width: int = 1280, height: int = 700) -> Pixels:
    """Return grey of that level with a bright pool in its middle."""
    down, across = np.mgrid[0:height, 0:width]
    bright = 150 * np.exp(-(((across - width / 2) / (width / 12)) ** 2) - ((down - height / 2) / (height / 9)) ** 2)
    return np.repeat((level + bright).clip(0, 255).astype(np.uint8)[..., None], 3, axis=2)


def encoded(picture: Image.Image | Pixels, file_format: str = "PNG", **options: Any) -> bytes:
    """Return the bytes of a picture file."""
    buffer = io.BytesIO()
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def png(colour: Colour = GREY, width: int = 40, height: int = 32) -> bytes:
    """Return a PNG file of one colour."""
    return encoded(plain(colour, width, height))


def turned(pixels: Pixels, orientation: int, file_format: str = "PNG") -> bytes:
    """Return a file of `pixels` as stored, whose EXIF block asks for `orientation`."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(pixels, file_format, exif=exif.tobytes())


def animated(file_format: str) -> bytes:
    """Return two different pictures in one file."""
    first, second = (Image.fromarray(noise(seed=seed)) for seed in (1, 2))
    return encoded(first, file_format, save_all=True, append_images=[second])


def raw_png(width: int, height: int, rows: bytes, bits: int = 8, colour_type: int = 0) -> bytes:
    """Return a PNG whose header claims what it is told; each of the `rows` starts with a filter byte."""
    header = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0)
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def png_bomb(width: int, height: int) -> bytes:
    """Return a PNG of few bytes that claims `width` x `height` pixels and starts as if it had them."""
    return raw_png(width, height, bytes((width + 1) * 50))


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def grey_tiff(stored: bytes, bits: int, zero_is_white: bool = False, side: int = 32) -> bytes:
    """Return an uncompressed TIFF of `side` x `side` greys with `bits` bits each, as `stored`."""
    tags = {256: side, 257: side, 258: bits, 259: 1, 262: 0 if zero_is_white else 1, 277: 1, 278: side}
    tags |= {273: 8 + 2 + 12 * (len(tags) + 2) + 4, 279: len(stored)}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in sorted(tags.items()))
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4) + stored


def damaged(data: bytes, variants: int, seed: int) -> Iterator[bytes]:
    """Yield copies of `data`, each cut short or with some bytes changed, half of those near the start."""
    dice = random.Random(seed)
    for _ in range(variants):
        copy = bytearray(data)
        if dice.random() < 0.3:
            yield bytes(copy[: dice.randrange(len(copy))])
            continue
        reach = len(copy) if dice.random() < 0.5 else min(len(copy), 200)
        for _ in range(dice.choice((1, 1, 2, 5, 20))):
            copy[dice.randrange(reach)] = dice.randrange(256)
        yield bytes(copy)
