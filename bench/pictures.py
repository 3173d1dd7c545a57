"""Pictures for benchmarks, drawn here so that no data set is needed: the sizes of the two real inputs."""

from pathlib import Path

import numpy as np
from PIL import Image


def camera_frame(path: Path) -> Path:
    """Write a 1280 x 700 grey PNG as a TIG process camera sees it: arc, pool, joint, and the noise of a sensor."""
    generator = np.random.default_rng(0)
    y, x = np.mgrid[0:700, 0:1280]
    arc = 230 * np.exp(-((x - 620) ** 2 / 9_000 + (y - 140) ** 2 / 22_000))
    pool = 90 * np.exp(-((x - 560) ** 2 / 90_000 + (y - 300) ** 2 / 18_000))
    ripples = 14 * np.sin(np.hypot(x - 560, 2.2 * (y - 320)) / 9) * np.exp(-((y - 330) ** 2) / 14_000) * (x < 560)
    joint = -25 * np.exp(-((y - 330 - 0.08 * x) ** 2) / 200)
    electrode = (np.abs(x - 620) < 6 + (110 - y).clip(0) * 0.35) & (y < 110)
    light = np.where(electrode, 25, arc + pool + ripples + joint + 18)
    Image.fromarray((light + generator.normal(0, 3, light.shape)).clip(0, 255).astype(np.uint8)).save(path)
    return path


def phone_photo(path: Path) -> Path:
    """Write a 4000 x 3000 JPEG, as a phone makes it."""
    generator = np.random.default_rng(0)
    small = generator.integers(0, 255, (75, 100, 3), dtype=np.uint8)
    Image.fromarray(small).resize((4000, 3000), Image.Resampling.BICUBIC).save(path, quality=90)
    return path


def weld_bead(width: int = 640, height: int = 480, shift: int = 0) -> Image.Image:
    """Draw a photo of a finished bead on a brushed plate: scales, temper colours, a few spatters."""
    generator = np.random.default_rng(7)
    y, x = np.mgrid[0:height, 0:width].astype(float)
    x += shift
    brushed = generator.normal(0, 9, (height, 1)) + generator.normal(0, 4, (height, width))
    middle = height / 2 + 8 * np.sin(x / 90)
    across = (y - middle) / (0.13 * height)
    bead = np.clip(1 - across**2, 0, 1)
    scales = 0.5 + 0.5 * np.sin((x + 26 * across**2) / 6)
    heat = np.exp(-(np.maximum(np.abs(across) - 1, 0) ** 2) / 0.6) * (np.abs(across) > 1)
    plate = 128 + brushed - 30 * heat
    light = plate * (bead == 0) + (60 + 130 * bead**0.6 * (0.75 + 0.25 * scales)) * (bead > 0)
    colour = np.stack([light + 26 * heat, light + 4 * heat, light + 22 * heat * (np.abs(across) > 1.6)], axis=2)
    for left, top in generator.uniform((0, 0.2), (1, 0.8), (14, 2)):
        spot = np.exp(-((x - shift - left * width) ** 2 + (y - top * height) ** 2) / generator.uniform(6, 30))
        colour += (90 * spot)[:, :, None]
    return Image.fromarray(colour.clip(0, 255).astype(np.uint8))
