"""A thumbnail is a small upright JPEG that says nothing about where the picture came from."""

import io

import pytest
from PIL import Image as PillowImage

from beadwatch.imaging.decode import decode, decoder_version
from beadwatch.imaging.preview import thumbnail
from tests.pictures import cornered, encoded, turned


@pytest.mark.parametrize(
    ("width", "height", "size"),
    [(640, 320, (100, 50)), (320, 640, (50, 100)), (64, 40, (64, 40)), (100, 100, (100, 100)), (4000, 32, (100, 1))],
)
def test_thumbnail_fits_and_keeps_the_aspect(width: int, height: int, size: tuple[int, int]) -> None:
    small = PillowImage.open(io.BytesIO(thumbnail(decode(encoded(cornered(width, height))), 100)))
    assert (small.format, small.size) == ("JPEG", size)


def test_thumbnail_is_upright_and_carries_no_metadata() -> None:
    data = thumbnail(decode(turned(cornered(64, 40), 6, "JPEG")), 32)
    small = PillowImage.open(io.BytesIO(data))
    assert small.size == (20, 32)
    assert len(small.getexif()) == 0
    assert b"Exif" not in data


def test_decoder_names_its_library() -> None:
    assert decoder_version().startswith("Pillow ")
