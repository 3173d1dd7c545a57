"""Bytes that are no picture to inspect are refused by the right error, with a hint, and without guessing."""

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image as PillowImage

from beadwatch.domain.errors import (
    BrokenImageError,
    DecodeError,
    EmptyImageError,
    ImageTooLargeError,
    ImageTooSmallError,
    UnsupportedImageError,
)
from beadwatch.imaging.decode import MAX_BYTES, Image, check, decode
from tests.pictures import animated, damaged, encoded, grey_tiff, noise, png, png_bomb

PNG, JPEG = encoded(noise()), encoded(noise(), "JPEG")


def heic(brand: bytes) -> bytes:
    return b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0mif1heic" + bytes(100)


@pytest.mark.parametrize(
    ("data", "error", "says"),
    [
        pytest.param(b"", EmptyImageError, "empty", id="empty"),
        pytest.param(b"no picture, but words\n", UnsupportedImageError, "no PNG, JPEG", id="text"),
        pytest.param(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(200), UnsupportedImageError, "no PNG, JPEG", id="pdf"),
        pytest.param(b"PK\x03\x04" + bytes(200), UnsupportedImageError, "no PNG, JPEG", id="zip"),
        pytest.param(b"\0" * 500, UnsupportedImageError, "no PNG, JPEG", id="zeros"),
        pytest.param(b"\x89", UnsupportedImageError, "no PNG, JPEG", id="one byte"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", UnsupportedImageError, "no PNG, JPEG", id="svg"),
        pytest.param(b"P6 40 32 255\n" + bytes(3840), UnsupportedImageError, "no PNG, JPEG", id="ppm"),
        pytest.param(heic(b"heic"), UnsupportedImageError, "HEIC.*export the picture as JPEG", id="heic"),
        pytest.param(heic(b"heix"), UnsupportedImageError, "HEIC.*export the picture as JPEG", id="heix"),
        pytest.param(heic(b"mif1"), UnsupportedImageError, "HEIC.*export the picture as JPEG", id="mif1"),
        pytest.param(heic(b"avif"), UnsupportedImageError, "AVIF.*export the picture as JPEG", id="avif"),
        pytest.param(animated("GIF"), UnsupportedImageError, "a stack of pictures", id="animated gif"),
        pytest.param(animated("PNG"), UnsupportedImageError, "a stack of pictures", id="apng"),
        pytest.param(animated("WEBP"), UnsupportedImageError, "a stack of pictures", id="animated webp"),
        pytest.param(animated("TIFF"), UnsupportedImageError, "a stack of pictures", id="tiff of two pages"),
        pytest.param(png(width=1, height=1), ImageTooSmallError, "1 x 1 px", id="1 x 1"),
        pytest.param(png(width=31, height=31), ImageTooSmallError, "31 x 31 px", id="31 x 31"),
        pytest.param(png(width=31, height=400), ImageTooSmallError, "31 x 400 px", id="31 wide"),
        pytest.param(png(width=400, height=31), ImageTooSmallError, "400 x 31 px", id="31 high"),
        pytest.param(grey_tiff(bytes(1024 * 2), bits=12), UnsupportedImageError, "unusual scale", id="12 bits"),
        pytest.param(grey_tiff(bytes(1024 * 2), 16, zero_is_white=True), UnsupportedImageError, "scale", id="inverted"),
    ],
)
def test_refusal(data: bytes, error: type[DecodeError], says: str) -> None:
    for reads in (decode, check):
        with pytest.raises(error, match=says):
            reads(data)


def answer(reads: Callable[[bytes], object], data: bytes) -> object:
    try:
        found = reads(data)
    except DecodeError as error:
        return type(error), str(error)
    return found.sha256 if isinstance(found, Image) else found


SOUND = {
    "RGB": PNG, "JPEG": JPEG, "grey": encoded(noise()[:, :, 0]), "palette": encoded(noise(), "GIF"),
    "deep": encoded(PillowImage.fromarray(noise()[:, :, 0].astype(np.uint16) * 257)),
    "mode I": encoded(PillowImage.fromarray(noise()[:, :, 0].astype(np.int32)), "TIFF"),
    "transparent": encoded(PillowImage.fromarray(noise()).convert("RGBA")),
    "clear grey": encoded(PillowImage.fromarray(noise()[:, :, 0]), transparency=7),
    "CMYK": encoded(PillowImage.fromarray(noise()).convert("CMYK"), "TIFF"),
}  # fmt: skip


@pytest.mark.parametrize("data", SOUND.values(), ids=SOUND.keys())
def test_check_takes_what_decode_takes_and_refuses_what_it_refuses(data: bytes) -> None:
    assert answer(check, data) == answer(decode, data)
    for broken in damaged(data, variants=40, seed=0):
        assert answer(check, broken) == answer(decode, broken)


@pytest.mark.parametrize("dtype", [np.int32, np.float32], ids=["mode I", "mode F"])
def test_pixels_without_an_agreed_white_are_refused(dtype: type[np.number]) -> None:
    with pytest.raises(UnsupportedImageError, match="no agreed white"):
        decode(encoded(PillowImage.fromarray(np.ones((32, 32), dtype=dtype)), "TIFF"))


def test_smallest_picture_is_read() -> None:
    assert decode(png(width=32, height=32)).pixels.shape == (32, 32, 3)


@pytest.mark.parametrize("data", [PNG, JPEG], ids=["png", "jpeg"])
@pytest.mark.parametrize("keep", [0.15, 0.5, 0.9])
def test_truncated_picture_is_broken(data: bytes, keep: float) -> None:
    with pytest.raises(BrokenImageError):
        decode(data[: int(len(data) * keep)])


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "GIF", "WEBP", "TIFF"])
def test_picture_cut_within_its_header_is_broken_and_not_unknown(file_format: str) -> None:
    with pytest.raises(BrokenImageError):
        decode(encoded(noise(), file_format)[:18])


def test_flipped_byte_in_png_data_is_noticed() -> None:
    middle = len(PNG) // 2
    with pytest.raises(BrokenImageError):
        decode(PNG[:middle] + bytes([PNG[middle] ^ 0xFF]) + PNG[middle + 1 :])


@pytest.mark.parametrize(("width", "height"), [(20_000, 20_000), (20_000, 4_000), (8_001, 8_000)])
def test_decompression_bomb_is_refused_without_being_unpacked(
    width: int, height: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unpack(*_: object) -> None:
        raise AssertionError("unpacked")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", unpack)
    bomb = png_bomb(width, height)
    assert len(bomb) < 10_000
    with pytest.raises(ImageTooLargeError):
        decode(bomb)
    with pytest.raises(AssertionError, match="unpacked"):
        decode(PNG)


def test_limit_is_on_pixels_and_lets_the_largest_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("beadwatch.imaging.decode.MAX_PIXELS", 40 * 50)
    assert decode(png(width=40, height=50)).width == 40
    with pytest.raises(ImageTooLargeError, match="40 x 51 px"):
        decode(png(width=40, height=51))


def test_too_many_bytes_are_refused_before_they_are_looked_at() -> None:
    with pytest.raises(ImageTooLargeError, match=f"{MAX_BYTES + 1:,} bytes"):
        decode(bytes(MAX_BYTES + 1))


def test_trailing_bytes_do_no_harm() -> None:
    assert np.array_equal(decode(PNG + b"trailing" * 100).pixels, noise())


REFUSALS = {BrokenImageError, EmptyImageError, ImageTooLargeError, ImageTooSmallError, UnsupportedImageError}


def outcome(data: bytes) -> type[Image | DecodeError]:
    try:
        return type(decode(data))
    except DecodeError as error:
        return type(error)


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "MPO"])
def test_damaged_bytes_give_a_picture_or_a_decode_error(file_format: str) -> None:
    exif = PillowImage.Exif()
    exif[0x0112], exif[0x010E] = 6, "camera 7"
    options = {"exif": exif.tobytes()} if file_format in {"PNG", "JPEG", "WEBP"} else {}
    whole = encoded(noise(), file_format, **options)
    outcomes = Counter(outcome(data) for data in damaged(whole, variants=300, seed=7))
    assert set(outcomes) <= {Image, *REFUSALS}
    assert outcomes[BrokenImageError] > 50
