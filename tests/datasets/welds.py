"""Drawn welds, and what people do to photos of them."""

import io
from collections.abc import Callable
from functools import cache

import numpy as np
from PIL import Image as PillowImage

from beadwatch.datasets.fingerprint import Fingerprint, fingerprint
from beadwatch.imaging.decode import Image, Pixels

Change = Callable[[Pixels], Pixels]


def weld(seed: int, width: int = 256, height: int = 192) -> Pixels:
    """Return a plate with a rippled bead and some pores, uint8 H x W x 3; no two seeds show the same weld."""
    dice = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    slope, middle, thick = dice.uniform(-0.4, 0.4), dice.uniform(0.3, 0.7) * height, dice.uniform(10, 25)
    across = (y - middle - slope * (x - width / 2)) / thick
    light = 90 + 60 * np.exp(-(across**2)) * (1 + 0.4 * np.sin(x / dice.uniform(3, 9) + across**2))
    for _ in range(12):
        size, tone = dice.uniform(4, 22), dice.uniform(-70, 70)
        light += tone * np.exp(-((x - dice.uniform(0, width)) ** 2 + (y - dice.uniform(0, height)) ** 2) / size**2)
    tint = dice.uniform(0.85, 1.1, 3)
    pixels: Pixels = (light[:, :, None] * tint).clip(0, 255).astype(np.uint8)
    return pixels


def seen(pixels: Pixels) -> Fingerprint:
    """Return the fingerprint of pixels."""
    return fingerprint(Image(np.ascontiguousarray(pixels), "0" * 64))


@cache
def seen_weld(seed: int) -> Fingerprint:
    """Return the fingerprint of a drawn weld."""
    return seen(weld(seed))


def grey(pixels: Pixels) -> Pixels:
    return np.asarray(PillowImage.fromarray(pixels).convert("L").convert("RGB"), dtype=np.uint8)


def brighter(pixels: Pixels) -> Pixels:
    return (pixels * 1.3 + 20).clip(0, 255).astype(np.uint8)


def darker(pixels: Pixels) -> Pixels:
    return (pixels * 0.5).astype(np.uint8)


def high_dynamic_range(pixels: Pixels) -> Pixels:
    """Lift the shadows, as an HDR look does: a gamma of 0.6, and shading from left to right."""
    shade = np.linspace(0.7, 1.1, pixels.shape[1])[None, :, None]
    return (255 * (pixels / 255) ** 0.6 * shade).clip(0, 255).astype(np.uint8)


def speckled(pixels: Pixels) -> Pixels:
    """Set 5 % of the pixels to black or white."""
    dice = np.random.default_rng(1)
    noisy = pixels.copy()
    hit = dice.random(pixels.shape[:2]) < 0.05
    noisy[hit] = 255 * dice.integers(0, 2, (int(hit.sum()), 1), dtype=np.uint8)
    return noisy


def jpeg(pixels: Pixels) -> Pixels:
    buffer = io.BytesIO()
    PillowImage.fromarray(pixels).save(buffer, "JPEG", quality=30)
    return np.asarray(PillowImage.open(buffer), dtype=np.uint8)


def resized(pixels: Pixels) -> Pixels:
    return np.asarray(PillowImage.fromarray(pixels).resize((150, 150)), dtype=np.uint8)


def turned(quarters: int, mirrored: bool = False) -> Change:
    def change(pixels: Pixels) -> Pixels:
        return np.rot90(pixels[:, ::-1] if mirrored else pixels, quarters)

    return change


CHANGES: dict[str, Change] = {
    "flip": turned(0, mirrored=True), "upside down": turned(2, mirrored=True), "rotate 90": turned(1),
    "rotate 180": turned(2), "rotate 270": turned(3), "transpose": turned(1, mirrored=True),
    "transverse": turned(3, mirrored=True), "grey": grey, "brighter": brighter, "darker": darker,
    "hdr": high_dynamic_range, "speckled": speckled, "jpeg": jpeg, "resized": resized,
    "flipped, grey and darker": lambda pixels: darker(grey(pixels[:, ::-1])),
    "rotated, speckled and jpeg": lambda pixels: jpeg(speckled(np.ascontiguousarray(np.rot90(pixels)))),
}  # fmt: skip
