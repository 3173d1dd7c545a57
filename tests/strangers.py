"""Drawn pictures with no weld in them, of the kinds that a covered, broken or idle camera gives, or that people try."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from tests.pictures import Pixels

Plane = npt.NDArray[np.float64]
BARS = ((255, 255, 255), (255, 255, 0), (0, 255, 255), (0, 255, 0), (255, 0, 255), (255, 0, 0), (0, 0, 255))
PANGRAM = "The quick brown fox jumps over the lazy dog. 0123456789 " * 4


def strangers(width: int, height: int, seed: int = 0) -> Iterator[tuple[str, Pixels]]:
    """Yield names and pictures, uint8 `height` x `width` x 3."""
    dice = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    across, down = x / width, y / height
    for level in (0, 1, 16, 128, 254, 255):
        yield f"flat {level}", grey(np.full((height, width), float(level)))
    for colour in BARS[1:]:
        yield f"flat {colour}", np.full((height, width, 3), colour, dtype=np.uint8)
    yield from _smooth(across, down)
    for name, picture in _smooth(across, down):
        yield f"{name}, sensor noise", grey(picture[:, :, 0] + dice.normal(0, 3, across.shape))
    for deviation in (1, 4, 16):
        yield f"dark, noise of {deviation}", grey(np.abs(dice.normal(0, deviation, across.shape)))
        yield f"grey, noise of {deviation}", grey(128 + dice.normal(0, deviation, across.shape))
    yield "grey noise", grey(dice.uniform(0, 255, across.shape))
    yield "colour noise", dice.integers(0, 256, (height, width, 3), dtype=np.uint8)
    yield "specks", grey(255.0 * (dice.random(across.shape) < 0.01))
    for tiles in (2, 8, 32):
        yield f"{tiles} tiles", grey(255.0 * (((across * tiles).astype(int) + (down * tiles).astype(int)) % 2))
    yield "colour bars", np.array(BARS, dtype=np.uint8)[np.minimum((across * len(BARS)).astype(int), len(BARS) - 1)]
    yield "text page", text_page(width, height, "black", "white")
    yield "dark text page", text_page(width, height, "white", "black")
    yield "keyboard", keyboard(width, height)
    for cells in (1, 2, 3, 4, 16, 32):
        coarse = Image.fromarray(dice.integers(0, 256, (cells, cells, 3), dtype=np.uint8))
        yield f"{cells} px enlarged", np.asarray(coarse.resize((width, height), Image.Resampling.NEAREST))
        yield f"{cells} px enlarged, smooth", np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC))
        grey_cells = coarse.convert("L").convert("RGB")
        yield f"{cells} px of grey, smooth", np.asarray(grey_cells.resize((width, height), Image.Resampling.BICUBIC))


def _smooth(across: Plane, down: Plane) -> Iterator[tuple[str, Pixels]]:
    radius = np.hypot(across - 0.5, down - 0.5)
    yield "gradient across", grey(255 * across)
    yield "gradient down", grey(255 * down)
    yield "gradient askew", grey(127 * (across + down))
    yield "glow", grey(255 * np.exp(-(radius**2) / 0.02))
    yield "vignette", grey(255 * (1 - 1.4 * radius))
    yield "dark middle", grey(255 * radius)


def grey(plane: Plane) -> Pixels:
    """Return a grey picture of a plane of levels, cut to 0..255."""
    return np.repeat(plane.clip(0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


def text_page(width: int, height: int, ink: str, paper: str) -> Pixels:
    """Return a page full of text."""
    page = Image.new("RGB", (width, height), paper)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(max(10, height // 30))
    for top in range(0, height, max(14, height // 24)):
        draw.text((width // 20, top), PANGRAM, fill=ink, font=font)
    return np.asarray(page)


def keyboard(width: int, height: int) -> Pixels:
    """Return dark keys with bright letters."""
    board = Image.new("RGB", (width, height), (40, 40, 44))
    draw = ImageDraw.Draw(board)
    for key in range(70):
        left, top = width * (key % 14) / 14, height * (0.2 + 0.12 * (key // 14))
        draw.rectangle((left, top, left + width * 0.06, top + height * 0.1), fill=(20, 20, 22), outline=(90, 90, 95))
        draw.text((left + 2, top + 1), chr(ord("A") + key % 26), fill="white")
    return np.asarray(board)
