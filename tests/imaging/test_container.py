"""Files of more parts than a picture needs are refused before a decoder sees them; long metadata does no harm."""

import io
import os
import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image as PillowImage
from PIL.GifImagePlugin import GifImageFile
from PIL.TiffImagePlugin import TiffImageFile

from beadwatch.domain.errors import BrokenImageError, ImageTooLargeError, UnsupportedImageError
from beadwatch.imaging import container
from beadwatch.imaging.container import MAX_GIF_BLOCKS, MAX_PARTS, MAX_SCANS, open_container
from beadwatch.imaging.decode import MAX_RLE_PIXELS, check, decode
from tests.bombs import (
    bmp_in_runs,
    chunk,
    gif_of,
    gif_with,
    jpeg_of_scans,
    jpeg_with,
    png_with,
    tiff,
    webp_with,
)
from tests.pictures import animated, encoded, noise, turned

SOUND = {
    b"\x89P": png_with(), b"\xff\xd8": jpeg_with(b""), b"GI": gif_with(b""), b"RI": webp_with(b""),
}  # fmt: skip
LONG = os.urandom(2 << 20)  # over a megabyte however it is packed
TOO_MANY = {
    "PNG, text chunks": lambda: png_with(chunk(b"tEXt") * MAX_PARTS),
    "PNG, data chunks": lambda: png_with(chunk(b"IDAT") * MAX_PARTS),
    "JPEG, comments": lambda: jpeg_with(b"\xff\xfe\0\2" * MAX_PARTS),
    "GIF, one comment": lambda: gif_with(b"!\xfe" + b"\1a" * MAX_GIF_BLOCKS + b"\0"),
    "GIF, comments": lambda: gif_with(b"!\xfe\0" * MAX_GIF_BLOCKS),
    "GIF, strange bytes": lambda: gif_with(b"\7" * MAX_GIF_BLOCKS),
    "TIFF, strips": lambda: tiff(strips=MAX_PARTS + 1),
    "TIFF, big-endian": lambda: tiff(strips=MAX_PARTS + 1, order=">"),
    "TIFF, entries": lambda: b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 1 << 40) + bytes(100),
    "WebP, chunks": lambda: webp_with(b"junk\0\0\0\0" * MAX_PARTS),
    "JPEG, scans": lambda: jpeg_of_scans(MAX_SCANS + 1),
}


def same_as_sound(data: bytes) -> bool:
    """Say whether a file gives the pixels of the sound picture that it was made of."""
    return np.array_equal(decode(data).pixels, decode(SOUND[data[:2]]).pixels)


@pytest.mark.parametrize("draw", TOO_MANY.values(), ids=TOO_MANY.keys())
@pytest.mark.parametrize("reads", [decode, check])
def test_too_many_parts_are_refused_before_the_decoder_opens_the_file(
    draw: Callable[[], bytes], reads: Callable[[bytes], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(*_: object, **__: object) -> None:
        raise AssertionError("opened")

    monkeypatch.setattr(PillowImage, "open", opened)
    with pytest.raises(ImageTooLargeError):
        reads(draw())
    with pytest.raises(AssertionError, match="opened"):
        reads(encoded(noise()))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(png_with(chunk(b"tEXt") * 1000), id="PNG, text chunks"),
        pytest.param(png_with(chunk(b"priv", b"?") * 1000), id="PNG, unknown chunks"),
        pytest.param(png_with(chunk(b"IDAT") * 1000), id="PNG, data chunks"),
        pytest.param(jpeg_with(b"\xff\xfe\0\2" * 1000), id="JPEG, comments"),
        pytest.param(jpeg_with(b"\xff" * 1000), id="JPEG, padding"),
        pytest.param(gif_with(b"!\xfe" + b"\1a" * 1000 + b"\0"), id="GIF, comment"),
        pytest.param(webp_with(b"junk\0\0\0\0" * 1000), id="WebP, chunks"),
    ],
)
def test_many_parts_do_no_harm(data: bytes) -> None:
    assert same_as_sound(data)
    check(data)


def test_scans_are_counted_by_their_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    many = jpeg_of_scans(MAX_SCANS, side=64)
    assert decode(many).width == 64
    monkeypatch.setattr(container, "MAX_SCANNED", 64 * 64 * 20)
    with pytest.raises(ImageTooLargeError):
        decode(many)
    assert decode(jpeg_of_scans(20, side=64)).width == 64


def test_bytes_behind_a_picture_are_no_scans_of_it() -> None:
    assert decode(jpeg_of_scans(10) + b"\xff\xda" * 1000).width == 64


def test_baseline_picture_has_one_scan_whatever_its_bytes_look_like() -> None:
    scan = b"\xff\xda\0\x08\1\1\0\0\x3f\0"
    assert decode(encoded(noise(), "JPEG") + scan * 1000).height == noise().shape[0]


@pytest.mark.parametrize("draw", [lambda: tiff(20_000), lambda: gif_of(200_000)], ids=["TIFF", "GIF"])
def test_second_picture_is_enough_to_refuse_a_stack(draw: Callable[[], bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []

    def counting(real: Callable[..., None]) -> Callable[..., None]:
        def seek(self: object, frame: int, *more: object) -> None:
            looked.append(frame)
            real(self, frame, *more)

        return seek

    for plugin in (TiffImageFile, GifImageFile):
        monkeypatch.setattr(plugin, "_seek", counting(plugin._seek))
    with pytest.raises(UnsupportedImageError):
        decode(draw())
    assert looked
    assert max(looked) <= 1


def test_bmp_in_run_lengths_is_read_as_long_as_it_is_small() -> None:
    assert decode(bmp_in_runs(64, 40)).pixels.shape == (40, 64, 3)
    side = int(MAX_RLE_PIXELS**0.5)
    with pytest.raises(ImageTooLargeError):
        decode(bmp_in_runs(side + 1, side))


LONG_METADATA = {
    "PNG, ICC profile": lambda: png_with(chunk(b"iCCP", b"icc\0\0" + zlib.compress(LONG))),
    "PNG, packed text": lambda: png_with(chunk(b"zTXt", b"a\0\0" + zlib.compress(LONG))),
    "PNG, international text": lambda: png_with(chunk(b"iTXt", b"a\0\1\0\0\0" + zlib.compress(LONG))),
    "PNG, text that unpacks to more": lambda: png_with(chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(1 << 26), 9))),
    "PNG, plain text": lambda: png_with(chunk(b"tEXt", b"a\0" + LONG)),
    "PNG, packed text behind the pixels": lambda: _before_end(chunk(b"zTXt", b"a\0\0" + zlib.compress(LONG))),
    "PNG, damaged text": lambda: png_with(chunk(b"zTXt", b"a\0\0junk"), chunk(b"iCCP", b"x")),
    "JPEG, EXIF in many segments": lambda: jpeg_with((b"\xff\xe1\xff\xffExif\0\0" + bytes(65527)) * 32),
    "JPEG, ICC profile": lambda: jpeg_with((b"\xff\xe2\xff\xffICC_PROFILE\0\1\x20" + bytes(65519)) * 32),
    "WebP, ICC profile": lambda: encoded(noise(), "WEBP", lossless=True, icc_profile=LONG),
}


def _before_end(part: bytes) -> bytes:
    sound = encoded(noise())
    return sound[:-12] + part + sound[-12:]


@pytest.mark.parametrize("draw", LONG_METADATA.values(), ids=LONG_METADATA.keys())
def test_long_metadata_is_no_reason_to_refuse_a_sound_picture(draw: Callable[[], bytes]) -> None:
    data = draw()
    assert same_as_sound(data)
    check(data)


def test_metadata_is_not_handed_to_the_decoder() -> None:
    block = turned_block(6)
    for data in (
        png_with(chunk(b"iCCP", LONG), chunk(b"eXIf", block)),
        jpeg_with(b"\xff\xe1\xff\xff" + (b"Exif\0\0" + block).ljust(65533, b"\0")),
    ):
        lean = open_container(data)
        assert len(lean.data) < 10_000
        assert lean.exif.removeprefix(b"Exif\0\0").startswith(block)


def test_picture_without_metadata_stays_as_it_is() -> None:
    for data in (encoded(noise()), encoded(noise(), "JPEG"), animated("PNG")):
        assert open_container(data).data == data


@pytest.mark.parametrize("form", ["tEXt", "zTXt"])
def test_orientation_as_imagemagick_writes_it_is_applied(form: str) -> None:
    block = (b"Exif\0\0" + turned_block(6)).hex().encode()
    text = b"\nexif\n%8d\n" % (len(block) // 2) + b"\n".join(block[at : at + 72] for at in range(0, len(block), 72))
    body = b"\0" + zlib.compress(text) if form == "zTXt" else text
    data = png_with(chunk(form.encode(), b"Raw profile type exif\0" + body))
    assert np.array_equal(decode(data).pixels, np.rot90(noise(), -1))


@pytest.mark.parametrize("packed", [False, True])
def test_orientation_in_an_xmp_packet_is_applied(packed: bool) -> None:
    packet = b'<rdf:Description tiff:Orientation="3"/>'
    body = b"\1\0\0\0" + zlib.compress(packet) if packed else b"\0\0\0\0" + packet
    data = png_with(chunk(b"iTXt", b"XML:com.adobe.xmp\0" + body))
    assert np.array_equal(decode(data).pixels, noise()[::-1, ::-1])


def turned_block(orientation: int) -> bytes:
    block: bytes = PillowImage.open(io.BytesIO(turned(noise(), orientation))).info["exif"]
    return block.removeprefix(b"Exif\0\0")


@pytest.mark.parametrize("file_format", ["PNG", "GIF", "WEBP", "TIFF"])
def test_file_that_is_cut_anywhere_is_handed_on_to_the_decoder(file_format: str) -> None:
    whole = encoded(PillowImage.fromarray(noise()[:, :, 0]), file_format)
    for length in range(min(len(whole), 400)):
        assert open_container(whole[:length]).data == whole[:length]


def test_jpeg_that_is_cut_before_its_pixels_is_broken() -> None:
    whole = encoded(noise(), "JPEG")
    for length in range(3, whole.index(b"\xff\xda") + 14):
        with pytest.raises(BrokenImageError):
            open_container(whole[:length])
