"""Heat as colours: clear where it is cold, lighter where it is warmer, and in the right place."""

import io

import numpy as np
import pytest
from PIL import Image as PillowImage

from beadwatch.imaging.heat_map import coloured, heat_overlay, upsampled

RAMP = np.linspace(0, 1, 11, dtype=np.float32)[None]


def test_cold_is_clear_and_warm_is_seen_through() -> None:
    opacity = coloured(RAMP)[0, :, 3].astype(int)
    assert opacity[0] == 0
    assert 128 < opacity[-1] < 200
    assert (np.diff(opacity) > 0).all()


def test_warmer_is_lighter_so_that_grey_keeps_the_order() -> None:
    grey = coloured(RAMP)[0, :, :3] @ np.array([0.299, 0.587, 0.114])
    assert (np.diff(grey) > 5).all()


def test_between_cells_it_is_between_their_values() -> None:
    finer = upsampled(np.array([[0, 1]], np.float32), 8, 4)
    assert finer.shape == (4, 8)
    assert np.allclose(finer, [0, 0, 0.125, 0.375, 0.625, 0.875, 1, 1])


@pytest.mark.parametrize(
    ("width", "height", "size"), [(1280, 700, (256, 140)), (30, 60, (128, 256)), (9000, 40, (256, 1))]
)
def test_overlay_is_a_small_picture_of_the_same_shape(width: int, height: int, size: tuple[int, int]) -> None:
    heat = np.zeros((6, 6), np.float32)
    heat[5, 0] = 1.0
    picture = PillowImage.open(io.BytesIO(heat_overlay(heat, width, height)))
    assert (picture.format, picture.mode, picture.size) == ("PNG", "RGBA", size)
    opacity = np.asarray(picture)[:, :, 3]
    assert opacity[-1, 0] > opacity[-1, -1] == 0
