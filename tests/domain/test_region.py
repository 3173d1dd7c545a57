"""A region is inside its picture, and its pixels hold all of it."""

import pytest

from beadwatch.domain.region import Box, Region


@pytest.mark.parametrize(
    "box",
    [
        (0.5, 0.0, 0.5, 1.0),
        (0.0, 0.6, 1.0, 0.4),
        (-0.1, 0.0, 1.0, 1.0),
        (0.0, 0.0, 1.0, 1.1),
        (0.0, 0.0, float("nan"), 1.0),
    ],
    ids=["no width", "upside down", "left of it", "below it", "nan"],
)
def test_box_outside_a_picture_is_refused(box: Box) -> None:
    with pytest.raises(ValueError, match="no box inside"):
        Region("crack", box, (0.5, 0.5))


def test_peak_outside_a_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="no point inside"):
        Region("crack", (0.0, 0.0, 1.0, 1.0), (0.5, 1.5))


@pytest.mark.parametrize(
    ("box", "pixels"),
    [
        ((0.0, 0.0, 1.0, 1.0), (0, 0, 640, 480)),
        ((0.25, 0.5, 0.75, 1.0), (160, 240, 480, 480)),
        ((1 / 3, 1 / 3, 2 / 3, 2 / 3), (213, 160, 427, 320)),
        ((0.5, 0.5, 0.5001, 0.5001), (320, 240, 321, 241)),
        ((0.1 * 3, 0.0, 0.7, 0.7), (192, 0, 448, 336)),
    ],
    ids=["whole", "quarters", "thirds", "less than a pixel", "rounding"],
)
def test_pixels_hold_the_whole_box(box: Box, pixels: tuple[int, int, int, int]) -> None:
    assert Region("crack", box, (0.5, 0.5)).box_px(640, 480) == pixels
