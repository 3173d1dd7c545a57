"""What is drawn for people: the box where it belongs, the words below, the picture itself untouched elsewhere."""

import numpy as np
import pytest

from beadwatch.imaging.decode import Image
from beadwatch.imaging.marking import Mark, marked
from tests.pictures import GREY, plain

COLD = np.zeros((6, 6), np.float32)


def grey(width: int, height: int) -> Image:
    return Image(plain(GREY, width, height), "0" * 64)


def test_box_is_drawn_where_it_is() -> None:
    drawn = marked(grey(400, 300), [Mark("crack 0.91", COLD, (0.25, 0.5, 0.75, 1.0))])[:300]
    down, across = np.nonzero((drawn != 128).any(axis=2))
    assert (across.min(), across.max(), down.min(), down.max()) == (100, 299, 150, 299)
    assert (drawn[220:230, 110:290] == 128).all(), "inside the box the picture is as it was"


def test_heat_warms_its_part_of_the_picture() -> None:
    heat = COLD.copy()
    heat[0, 5] = 1.0
    drawn = marked(grey(400, 300), [Mark("crack 0.91", heat, None)])
    assert (drawn[200:300, :200] == 128).all()
    red, _, blue = drawn[10, 390].astype(int)
    assert red > 180, "the warmest colour is yellow"
    assert blue < 100


def test_words_stand_below_on_a_strip_of_their_own() -> None:
    short, long = (marked(grey(400, 300), [Mark(words, COLD, None)]) for words in ("crack", "crack " * 12))
    assert short.shape[0] > 315
    for drawn in (short, long):
        dark = np.nonzero((drawn[300:] < 100).all(axis=2))[1]
        assert dark.size
        assert dark.max() < 396, "long words are made smaller, not cut off"


@pytest.mark.parametrize(("size", "width"), [((4000, 3000), 1024), ((64, 48), 320), ((40, 4000), 10)])
def test_panels_have_a_size_that_can_be_read(size: tuple[int, int], width: int) -> None:
    assert marked(grey(*size), [Mark("crack 0.91", COLD, None)]).shape[1] == width


def test_each_mark_has_its_own_panel() -> None:
    assert (
        marked(grey(400, 300), [Mark(name, COLD, None) for name in ("crack", "porosity", "spatters")]).shape[1] == 1200
    )
