"""Every kind of picture that is read comes out as upright 8-bit RGB, in its own colours."""

import hashlib
import io
import struct

import numpy as np
import pytest
from PIL import Image as PillowImage

from beadwatch.imaging.decode import decode
from tests.pictures import (
    BLUE,
    GREEN,
    GREY,
    RED,
    WHITE,
    Colour,
    Pixels,
    cornered,
    encoded,
    grey_tiff,
    noise,
    plain,
    raw_png,
    turned,
)

DEEP_GREY = np.full((32, 40), 0x8123, dtype=np.uint16)
DEEP_RAMP = np.arange(32 * 40, dtype=np.uint16).reshape(32, 40) * 51


def corners(pixels: Pixels) -> list[Colour]:
    return [tuple(int(value) for value in pixels[y, x]) for y in (2, -3) for x in (2, -3)]  # type: ignore[misc]


@pytest.mark.parametrize("file_format", ["PNG", "BMP", "TIFF", "WEBP"])
def test_lossless_picture_keeps_every_pixel(file_format: str) -> None:
    options = {"lossless": True} if file_format == "WEBP" else {}
    assert np.array_equal(decode(encoded(noise(), file_format, **options)).pixels, noise())


@pytest.mark.parametrize("file_format", ["JPEG", "WEBP", "GIF", "MPO"])
def test_lossy_picture_keeps_its_colours(file_format: str) -> None:
    pixels = decode(encoded(cornered(), file_format)).pixels
    assert np.abs(pixels.astype(int) - cornered()).mean() < 3
    assert pixels.shape == cornered().shape


def test_pixels_are_plain_rgb_bytes() -> None:
    image = decode(encoded(noise(width=50, height=33)))
    assert image.pixels.shape == (33, 50, 3)
    assert image.pixels.dtype == np.uint8
    assert (image.width, image.height) == (50, 33)


def test_sha256_is_of_the_bytes_and_not_of_the_pixels() -> None:
    fast, small = encoded(noise(), compress_level=1), encoded(noise(), compress_level=9)
    assert decode(fast).sha256 == hashlib.sha256(fast).hexdigest()
    assert decode(small).sha256 == hashlib.sha256(small).hexdigest() != decode(fast).sha256


@pytest.mark.parametrize("file_format", ["PNG", "TIFF"])
def test_deep_grey_is_scaled_by_its_high_byte_and_not_clipped(file_format: str) -> None:
    pixels = decode(encoded(PillowImage.fromarray(DEEP_GREY), file_format)).pixels
    assert np.array_equal(pixels, plain((0x81, 0x81, 0x81)))


def test_deep_grey_keeps_its_ramp() -> None:
    pixels = decode(encoded(PillowImage.fromarray(DEEP_RAMP))).pixels
    assert np.array_equal(pixels[:, :, 0], DEEP_RAMP >> 8)
    assert len(np.unique(pixels)) == 255


def test_deep_grey_is_turned_by_its_exif_too() -> None:
    exif = PillowImage.Exif()
    exif[0x0112] = 6
    pixels = decode(encoded(PillowImage.fromarray(DEEP_RAMP), exif=exif.tobytes())).pixels
    assert np.array_equal(pixels[:, :, 0], np.rot90(DEEP_RAMP >> 8, -1))


@pytest.mark.parametrize("stored", [b"\x34\x81" * 1024, b"\x00\x81" * 1024], ids=["low byte set", "low byte 0"])
def test_little_endian_tiff_of_deep_grey_is_read_by_its_high_byte(stored: bytes) -> None:
    assert np.unique(decode(grey_tiff(stored, bits=16)).pixels).tolist() == [0x81]


def test_deep_rgb_png_is_scaled_and_not_clipped() -> None:
    row = b"\0" + struct.pack(">3H", 0x8123, 0x40FF, 0xFF00) * 40
    pixels = decode(raw_png(40, 32, row * 32, bits=16, colour_type=2)).pixels
    assert np.array_equal(pixels, plain((0x81, 0x40, 0xFF)))


def test_grey_becomes_three_equal_channels() -> None:
    grey = noise()[:, :, 0]
    pixels = decode(encoded(PillowImage.fromarray(grey))).pixels
    assert all(np.array_equal(pixels[:, :, channel], grey) for channel in range(3))


def test_cmyk_jpeg_becomes_rgb() -> None:
    pixels = decode(encoded(PillowImage.fromarray(plain(RED)).convert("CMYK"), "JPEG", quality=95)).pixels
    assert np.abs(pixels.astype(int) - plain(RED)).max() < 12


def test_one_bit_picture_is_black_and_white() -> None:
    bits = PillowImage.fromarray(noise()[:, :, 0] > 127)
    assert bits.mode == "1"
    assert set(np.unique(decode(encoded(bits)).pixels)) == {0, 255}


@pytest.mark.parametrize(
    ("colour", "seen"),
    [
        ((255, 0, 0, 255), (255, 0, 0)),
        ((255, 0, 0, 0), (255, 255, 255)),
        ((0, 0, 0, 0), (255, 255, 255)),
        ((0, 0, 0, 51), (204, 204, 204)),
    ],
    ids=["opaque", "clear red", "clear black", "a fifth of black"],
)
@pytest.mark.parametrize("file_format", ["PNG", "WEBP", "TIFF"])
def test_transparency_is_laid_over_white(file_format: str, colour: tuple[int, ...], seen: Colour) -> None:
    options = {"lossless": True} if file_format == "WEBP" else {}
    data = encoded(PillowImage.new("RGBA", (40, 32), colour), file_format, **options)
    assert np.abs(decode(data).pixels.astype(int) - plain(seen)).max() <= 1


@pytest.mark.parametrize("file_format", ["PNG", "GIF"])
def test_clear_palette_colour_is_laid_over_white(file_format: str) -> None:
    picture = PillowImage.fromarray(cornered()).quantize(8)
    at_top_left = picture.getpixel((0, 0))
    pixels = decode(encoded(picture, file_format, transparency=at_top_left)).pixels
    assert corners(pixels) == [WHITE, GREEN, BLUE, WHITE]
    assert tuple(pixels[20, 32]) == GREY


def test_grey_with_transparency_is_laid_over_white() -> None:
    assert np.array_equal(decode(encoded(PillowImage.new("LA", (40, 32), (0, 0)))).pixels, plain(WHITE))


def test_mpo_gives_its_first_picture() -> None:
    first, second = PillowImage.fromarray(plain(RED)), PillowImage.fromarray(plain(BLUE))
    data = encoded(first, "MPO", save_all=True, append_images=[second])
    assert PillowImage.open(io.BytesIO(data)).format == "MPO"
    assert np.abs(decode(data).pixels.astype(int) - plain(RED)).max() < 3


UPRIGHT = {
    1: [RED, GREEN, BLUE, WHITE],
    2: [GREEN, RED, WHITE, BLUE],
    3: [WHITE, BLUE, GREEN, RED],
    4: [BLUE, WHITE, RED, GREEN],
    5: [RED, BLUE, GREEN, WHITE],
    6: [BLUE, RED, WHITE, GREEN],
    7: [WHITE, GREEN, BLUE, RED],
    8: [GREEN, WHITE, RED, BLUE],
}


@pytest.mark.parametrize("file_format", ["PNG", "TIFF"])
@pytest.mark.parametrize(("orientation", "expected"), UPRIGHT.items())
def test_exif_orientation_is_applied(file_format: str, orientation: int, expected: list[Colour]) -> None:
    image = decode(turned(cornered(width=64, height=40), orientation, file_format))
    assert (image.width, image.height) == ((40, 64) if orientation >= 5 else (64, 40))
    assert corners(image.pixels) == expected


@pytest.mark.parametrize("orientation", range(1, 9))
def test_jpeg_of_a_phone_is_turned(orientation: int) -> None:
    jpeg = decode(turned(cornered(), orientation, "JPEG")).pixels
    lossless = decode(turned(cornered(), orientation, "PNG")).pixels
    assert np.abs(jpeg.astype(int) - lossless).mean() < 3


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_meaningless_orientation_leaves_the_picture_alone(orientation: int) -> None:
    assert corners(decode(turned(cornered(), orientation)).pixels) == UPRIGHT[1]


EXIF = PillowImage.Exif()
EXIF[0x0112], EXIF[0x010E], EXIF[0x011A] = 6, "camera 7", 72.0
SOUND = EXIF.tobytes()
CORRUPT = {
    "cut": SOUND[: len(SOUND) // 2],
    "no header": b"Exif\0\0" + b"\xff" * 40,
    "only zeros": b"Exif\0\0" + bytes(40),
    "loop": b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x08\0\0\0\x08\0\0\0",
    "bad count": SOUND.replace(b"\x03\x00\x01\x00\x00\x00", b"\x03\x00\xff\xff\xff\x7f"),
    "orientation as text": SOUND.replace(b"\x12\x01\x03\x00", b"\x12\x01\x02\x00"),
    "big endian": SOUND.replace(b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08"),
    "unpackable": b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x0a\0\0\0\x01\x80\0\0\0\0\0\0\0",
}


@pytest.mark.parametrize("block", CORRUPT.values(), ids=CORRUPT.keys())
@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "WEBP"])
def test_corrupt_exif_block_is_no_reason_to_refuse_a_sound_picture(file_format: str, block: bytes) -> None:
    pixels = decode(encoded(plain(RED, 40, 32), file_format, exif=block)).pixels
    assert sorted(pixels.shape) == [3, 32, 40]
    assert np.abs(pixels.astype(int) - RED).max() < 8
