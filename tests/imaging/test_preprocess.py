"""Resizing does what the card says and nothing else: no cropping, no colour, no change where none is needed."""

import hashlib

import numpy as np
import pytest
from PIL import Image as PillowImage

from beadwatch.domain.model_card import PreprocessSpec
from beadwatch.imaging.decode import Image
from beadwatch.imaging.preprocess import is_grey, preprocess
from tests.pictures import BLUE, GREEN, RED, WHITE, Pixels, cornered, noise, plain

SIZES = [(32, 32), (40, 32), (32, 96), (320, 176), (64, 40)]


def image(pixels: Pixels) -> Image:
    return Image(pixels, hashlib.sha256(pixels.tobytes()).hexdigest())


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_result_has_the_size_of_the_card(width: int, height: int) -> None:
    result = preprocess(image(noise(width=200, height=90)), PreprocessSpec(width, height))
    assert result.shape == (height, width, 3)
    assert result.dtype == np.uint8


def test_picture_of_the_right_size_is_left_as_it_is() -> None:
    assert np.array_equal(preprocess(image(noise(48, 40)), PreprocessSpec(48, 40)), noise(48, 40))


def test_width_and_height_are_not_swapped_for_a_turned_picture() -> None:
    assert preprocess(image(noise(40, 48)), PreprocessSpec(48, 40)).shape == (40, 48, 3)


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("shape", [(1280, 700), (60, 240), (240, 60), (40, 40)], ids=str)
def test_nothing_is_cropped(width: int, height: int, shape: tuple[int, int]) -> None:
    pixels = cornered(*shape, side=min(shape) // 4)
    result = preprocess(image(pixels), PreprocessSpec(width, height)).astype(int)
    for (y, x), colour in {(0, 0): RED, (0, -1): GREEN, (-1, 0): BLUE, (-1, -1): WHITE}.items():
        assert np.abs(result[y, x] - colour).max() < 12


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_grey_stays_grey(width: int, height: int) -> None:
    grey = np.repeat(noise(150, 77)[:, :, :1], 3, axis=2)
    result = preprocess(image(grey), PreprocessSpec(width, height))
    assert np.array_equal(result[:, :, 0], result[:, :, 1])
    assert np.array_equal(result[:, :, 0], result[:, :, 2])


def test_plain_colour_stays_exactly_that_colour() -> None:
    result = preprocess(image(plain((13, 200, 77), 333, 111)), PreprocessSpec(40, 32))
    assert np.array_equal(result, plain((13, 200, 77)))


def test_reduction_is_antialiased() -> None:
    stripes = np.zeros((64, 640, 3), dtype=np.uint8)
    stripes[:, ::2] = 255
    result = preprocess(image(stripes), PreprocessSpec(40, 32))[:, 2:-2]
    assert np.abs(result.astype(int) - 127).max() <= 2


def test_picture_given_is_not_changed() -> None:
    pixels = noise(100, 80)
    preprocess(image(pixels), PreprocessSpec(40, 32))
    assert np.array_equal(pixels, noise(100, 80))


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_grey_picture_is_resized_as_a_coloured_one(width: int, height: int) -> None:
    grey = np.repeat(noise(200, 90)[:, :, :1], 3, axis=2)
    by_channels = PillowImage.fromarray(grey).resize((width, height), PillowImage.Resampling.BILINEAR)
    assert np.array_equal(preprocess(image(grey), PreprocessSpec(width, height)), np.asarray(by_channels))


def test_one_coloured_pixel_makes_a_picture_coloured() -> None:
    grey = np.repeat(noise(200, 90)[:, :, :1], 3, axis=2)
    assert is_grey(grey)
    for channel in range(3):
        coloured = grey.copy()
        coloured[41, 77, channel] ^= 1
        assert not is_grey(coloured)
