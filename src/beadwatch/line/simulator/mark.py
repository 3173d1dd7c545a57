"""The mark that every drawn picture carries, so that none is taken for evidence."""

from functools import lru_cache

import numpy as np
from PIL import Image as PillowImage
from PIL import ImageDraw, ImageFont

from beadwatch.imaging.decode import Pixels

TEXT = "SIMULATED"
_PAPER, _INK = 24, 176  # read on black and on white, and no arc to who looks for one


@lru_cache(maxsize=8)
def drawn_mark(height: int) -> Pixels:
    """Return the mark for a picture of this height, uint8 h x w: a thirtieth of it, but never too small to read."""
    font = ImageFont.load_default(max(11, height / 30))
    left, top, right, bottom = font.getbbox(TEXT)
    pad = max(2, round(height / 140))
    size = (round(right - left) + 2 * pad, round(bottom - top) + 2 * pad)
    picture = PillowImage.new("L", size, _PAPER)
    ImageDraw.Draw(picture).text((pad - left, pad - top), TEXT, fill=_INK, font=font)
    return np.asarray(picture, np.uint8)


def put_mark(picture: Pixels, mark: Pixels) -> None:
    """Put the mark into the lower right corner of a picture, uint8 H x W, in place; what has no room is cut off."""
    height, width = min(mark.shape[0], picture.shape[0]), min(mark.shape[1], picture.shape[1])
    picture[picture.shape[0] - height :, picture.shape[1] - width :] = mark[:height, :width]
