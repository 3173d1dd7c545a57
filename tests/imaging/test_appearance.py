"""Contrast and detail of pictures whose figures are known beforehand, whatever their size and brightness."""

import numpy as np
import pytest

from beadwatch.imaging.appearance import measure_appearance
from tests.pictures import BLACK, GREY, RED, Colour, plain
from tests.strangers import grey

SIZES = [(64, 64), (192, 192), (320, 176)]


@pytest.mark.parametrize("colour", [BLACK, GREY, RED])
def test_one_colour_shows_nothing(colour: Colour) -> None:
    appearance = measure_appearance(plain(colour, 64, 64))
    assert (appearance.contrast, appearance.detail) == (0.0, 0.0)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_slope_has_contrast_and_no_detail(width: int, height: int) -> None:
    appearance = measure_appearance(grey(np.tile(np.linspace(0, 255, width), (height, 1)).astype(np.float64)))
    assert appearance.contrast == pytest.approx(255 / np.sqrt(12), rel=0.02)
    assert appearance.detail < 0.02


def test_noise_has_the_detail_that_theory_says() -> None:
    cells = np.random.default_rng(0).normal(128, 20, (32, 32))
    appearance = measure_appearance(grey(np.kron(cells, np.ones((4, 4))).astype(np.float64)))
    assert appearance.contrast == pytest.approx(20, rel=0.1)
    assert appearance.detail == pytest.approx(np.sqrt(20) * np.sqrt(2 / np.pi), rel=0.1)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_detail_does_not_depend_on_size_or_brightness(width: int, height: int) -> None:
    y, x = np.mgrid[0:height, 0:width]
    waves = np.sin(6 * np.pi * x / width) * np.sin(4 * np.pi * y / height)
    bright, dim = (measure_appearance(grey(level * (1 + waves))) for level in (120, 30))
    assert bright.contrast == pytest.approx(4 * dim.contrast, rel=0.05)
    assert bright.detail == pytest.approx(0.41, rel=0.1)
    assert dim.detail == pytest.approx(bright.detail, rel=0.1)
