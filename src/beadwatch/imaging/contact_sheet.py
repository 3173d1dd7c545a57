"""Contact sheets for people: rows of pictures with a line of text under each. Knows no files and no labels."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image as PillowImage
from PIL import ImageDraw, ImageFont

from beadwatch.imaging.decode import Pixels

_GAP_PX, _TEXT_PX = 8, 13
_PAPER, _INK = (255, 255, 255), (26, 26, 26)


@dataclass(frozen=True, slots=True)
class Cell:
    """A picture, uint8 H x W x 3 RGB, and what to write under it."""

    pixels: Pixels
    caption: str


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the cells below it."""

    heading: str
    cells: Sequence[Cell]


def contact_sheet(sections: Sequence[Section], cell_px: int = 180, columns: int = 6) -> bytes:
    """Return a PNG with the sections one below the other, pictures fitted into squares of `cell_px`."""
    font, line = ImageFont.load_default(_TEXT_PX), _TEXT_PX + 6
    step = cell_px + _GAP_PX
    placed: list[tuple[PillowImage.Image | str, int, int]] = []
    top = _GAP_PX
    for section in sections:
        placed.append((section.heading, _GAP_PX, top))
        top += line
        for first in range(0, len(section.cells), columns):
            row = [(cell, _fitted(cell, cell_px)) for cell in section.cells[first : first + columns]]
            bottom = top + max(picture.height for _, picture in row)
            for column, (cell, picture) in enumerate(row):
                left = _GAP_PX + column * step
                placed += [(picture, left, bottom - picture.height), (_cut(cell.caption, font, cell_px), left, bottom)]
            top = bottom + line + _GAP_PX
    sheet = PillowImage.new("RGB", (columns * step + _GAP_PX, top), _PAPER)
    draw = ImageDraw.Draw(sheet)
    for what, left, upper in placed:
        if isinstance(what, str):
            draw.text((left, upper + 2), what, _INK, font)
        else:
            sheet.paste(what, (left, upper))
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG")
    return buffer.getvalue()


def _fitted(cell: Cell, cell_px: int) -> PillowImage.Image:
    picture = PillowImage.fromarray(np.ascontiguousarray(cell.pixels))
    scale = cell_px / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, PillowImage.Resampling.LANCZOS)


def _cut(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width_px: int) -> str:
    """Shorten a text until it fits."""
    if font.getlength(text) <= width_px:
        return text
    while text and font.getlength(text + "...") > width_px:
        text = text[:-1]
    return text + "..."
