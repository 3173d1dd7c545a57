"""Draws what a model pointed at onto a copy of the picture: heat, box, and a line of words below. For people only."""

from dataclasses import dataclass

import numpy as np
from PIL import Image as PillowImage
from PIL import ImageDraw, ImageFont

from beadwatch.imaging.decode import Image, Pixels
from beadwatch.imaging.heat_map import Floats, coloured, upsampled

_LONGER_SIDE_PX = 1024
_SHORTEST_WIDTH_PX = 320  # narrower, and the words below have no room
_INK, _PAPER = (0, 0, 0), (255, 255, 255)


@dataclass(frozen=True, slots=True)
class Mark:
    """What to draw: `heat` is a map h x w of 0..1, `box` left, top, right, bottom in shares of the picture, if any."""

    legend: str
    heat: Floats
    box: tuple[float, float, float, float] | None


def marked(image: Image, marks: list[Mark]) -> Pixels:
    """Return the picture once for each mark, side by side, each with its legend below: H x W x 3, uint8, RGB.

    Enlarged or reduced so that its longer side has 1024 px at most and the words have room.
    """
    panels = [_panel(image, mark) for mark in marks]
    return np.concatenate(panels, axis=1)


def overlaid(image: Image, mark: Mark, longer_side_px: int = _LONGER_SIDE_PX) -> Pixels:
    """Return the picture with heat and box on it, without words: uint8 H x W x 3, RGB, reduced to that longer side."""
    return np.asarray(_overlay(image, mark, min(1.0, longer_side_px / max(image.width, image.height))), dtype=np.uint8)


def _panel(image: Image, mark: Mark) -> Pixels:
    scale = min(_LONGER_SIDE_PX / max(image.width, image.height), max(1.0, _SHORTEST_WIDTH_PX / image.width))
    return _with_legend(_overlay(image, mark, scale), " ".join(mark.legend.split()))


def _overlay(image: Image, mark: Mark, scale: float) -> PillowImage.Image:
    width, height = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    picture = PillowImage.fromarray(image.pixels).resize((width, height), PillowImage.Resampling.LANCZOS)
    heat = PillowImage.fromarray(coloured(upsampled(mark.heat, width, height)))
    picture.paste(heat, mask=heat)
    line_px = max(2, width // 250)
    draw = ImageDraw.Draw(picture)
    if mark.box:
        left, top, right, bottom = mark.box
        corners = (left * width, top * height, right * width - 1, bottom * height - 1)
        draw.rectangle(corners, outline=_INK, width=2 * line_px)  # dark around light is seen on any picture
        draw.rectangle(corners, outline=_PAPER, width=line_px)
    return picture


def _with_legend(picture: PillowImage.Image, legend: str) -> Pixels:
    size = max(12.0, picture.width / 28)
    strip_px = round(1.6 * size)
    font = ImageFont.load_default(size)
    while font.getlength(legend) > 0.95 * picture.width and size > 1:  # no formula: small type is not scaled evenly
        size *= 0.9
        font = ImageFont.load_default(size)
    whole = PillowImage.new("RGB", (picture.width, picture.height + strip_px), _PAPER)
    whole.paste(picture)
    place = (0.025 * picture.width, picture.height + strip_px / 2)
    ImageDraw.Draw(whole).text(place, legend, fill=_INK, font=font, anchor="lm")
    return np.asarray(whole, dtype=np.uint8)
