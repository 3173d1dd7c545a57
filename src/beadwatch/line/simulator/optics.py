"""What stays in the picture while the plate travels: torch, arc, its light, and the molten pool.

Floats as shares or grey levels. Knows looks; does not know the plate.
"""

from collections.abc import Iterator

import numpy as np

from beadwatch.line.simulator.looks import Look
from beadwatch.line.simulator.textures import Floats, smooth_noise

Shape = tuple[int, int]

FLICKERS = 6
PHASES = 8
_AMBIENT = 0.1  # what lights the scene without an arc


def arc_lights(rng: np.random.Generator, look: Look, shape: Shape) -> list[tuple[Floats, Floats]]:
    """Return for each flicker of the arc what lights the surfaces, 0 to 1, and what it adds, in grey levels."""
    rows, columns = _grid(shape)
    shade = _shade(look, rows, columns, shape)
    if not look.arc_on:
        vignette = _AMBIENT * (1 - 0.5 * (columns / shape[1] - 0.5) ** 2 * 4)
        return [((vignette * shade).astype(np.float32), np.zeros(shape, np.float32))]
    return [_flicker(rng, look, shade) for _ in range(FLICKERS)]


def _grid(shape: Shape) -> tuple[Floats, Floats]:
    return np.arange(shape[0], dtype=np.float32)[:, None], np.arange(shape[1], dtype=np.float32)[None]


def _flicker(rng: np.random.Generator, look: Look, shade: Floats) -> tuple[Floats, Floats]:
    height, width = shade.shape
    rows, columns = _grid((height, width))
    gain = 1 + look.arc_restless * rng.standard_normal()
    lean = look.arc_restless * rng.standard_normal()
    below = np.maximum(rows - look.arc_y * height, 0)
    above = np.minimum(rows - look.arc_y * height, 0)
    beside = columns - look.arc_x * width - lean * below
    spread = look.arc_width * width * (0.6 + 1.1 * below / (look.arc_length * height))
    fall = np.exp(-((below / (look.arc_length * height)) ** 1.4) - (above / (0.03 * height)) ** 2)
    cone = look.arc_grey * 0.72 * np.exp(-((beside / spread) ** 2)) * fall
    far = np.hypot(beside, (rows - (look.arc_y + 0.12) * height) * 0.9)
    fog = look.fog_grey * np.exp(-far / (look.fog_size * width))
    tip = np.hypot(beside, rows - (look.arc_y + 0.01) * height)
    core = 120 * np.exp(-((tip / (0.011 * width)) ** 2))
    foot = np.hypot(beside * 0.8, rows - (look.arc_y + 0.24) * height)
    light = _AMBIENT + look.light / (1 + (foot / (0.27 * width)) ** 2.2)
    light = gain * light * shade * _plate_end(look, rows, columns, (height, width))
    # The nozzle is black against the arc; without one, the electrode stands grey in the fog.
    glow = gain * (cone + fog + core) * (shade**2 if look.nozzle else _tungsten(look, rows, columns, (height, width)))
    return np.clip(light, 0, 1).astype(np.float32), glow.astype(np.float32)


def _shade(look: Look, rows: Floats, columns: Floats, shape: Shape) -> Floats:
    """Return 0 on the nozzle, which is black against the arc, 1 elsewhere."""
    height, width = shape
    if not look.nozzle:
        return np.ones(shape, np.float32)
    middle, half_height = -0.35 * height, (0.35 + look.arc_y) * height
    inside = 1 - np.hypot((columns - look.arc_x * width) / (look.nozzle * width * 1.25), (rows - middle) / half_height)
    shade: Floats = np.clip(1 - inside * 45, 0.06, 1).astype(np.float32)
    return shade


def _plate_end(look: Look, rows: Floats, columns: Floats, shape: Shape) -> Floats:
    """Return 1 on the plate, less beyond its front edge, which is out of focus."""
    left, right = look.edge
    line = (left + (right - left) * columns / shape[1]) * shape[0]
    end: Floats = (0.575 + 0.425 * np.tanh((line - rows) / (0.04 * shape[0]))).astype(np.float32)
    return end


def _tungsten(look: Look, rows: Floats, columns: Floats, shape: Shape) -> Floats:
    """Return how much of the glow is seen: more on the electrode, which is lit by it, 1 elsewhere."""
    height, width = shape
    left = look.arc_y * height - rows
    half = np.minimum(0.3 * left, 0.024 * width)
    inside = np.clip((half - np.abs(columns - look.arc_x * width)) / 3, 0, 1) * (left > 0)
    seen: Floats = (1 + 0.6 * inside).astype(np.float32)
    return seen


def pool_phases(rng: np.random.Generator, look: Look, shape: Shape) -> Iterator[tuple[int, int, Floats, Floats]]:
    """Give for each phase of the pool's motion its top and left pixel, its grey and its cover, 0 to 1."""
    if not look.arc_on:
        return
    height, width = shape
    margin = round(0.05 * height)
    top = max(0, round((look.pool_y - look.pool_height) * height) - margin)
    bottom = min(height, round((look.pool_y + look.pool_height) * height) + margin)
    left = max(0, round(look.pool_left * width) - margin)
    right = min(width, round((look.pool_left + look.pool_length) * width) + margin)
    rows, columns = np.arange(top, bottom, dtype=np.float32)[:, None], np.arange(left, right, dtype=np.float32)[None]
    size = (bottom - top, right - left)
    unit = height / 700
    slow = [smooth_noise(rng, size, (40 * unit, 170 * unit)) for _ in range(2)]
    streaks = [smooth_noise(rng, size, (11 * unit, 70 * unit)) for _ in range(2)]
    for phase in range(PHASES):
        turn = 2 * np.pi * phase / PHASES
        waves = np.cos(turn) * slow[0] + np.sin(turn) * slow[1]
        skin = np.cos(turn) * streaks[0] + np.sin(turn) * streaks[1]
        down = (rows / height - look.pool_y) / look.pool_height
        along = (columns / width - look.pool_left) / look.pool_length
        grey, cover = _pool(look, down + 0.012 * waves, along + 0.004 * waves, waves, skin)
        yield top, left, grey, cover


def _pool(look: Look, down: Floats, along: Floats, waves: Floats, skin: Floats) -> tuple[Floats, Floats]:
    """Return grey and cover of the pool; `down` is -1 to 1 across it, `along` 0 at its front to 1 at its tail."""
    inside = np.clip(along, 1e-4, 1 - 1e-4)
    half = 2.32 * inside**0.5 * (1 - inside) ** 0.75  # a drop: blunt in front, widest at 0.4, pointed at the tail
    depth = 1 - np.abs(down) / half  # 0 at the edge
    cover = np.clip(depth * half * 14 + 0.5, 0, 1) * ((along > 0) & (along < 1))
    tail = 1 - 0.72 * np.clip((along - 0.35) / 0.5, 0, 1)
    grey = look.pool_grey * tail + look.pool_waves * waves
    grey = grey + look.turbulence * 34 * skin
    rim = np.exp(-((depth * half / 0.05) ** 2)) * (down > 0)
    grey = grey + 45 * rim * tail
    if look.lobes:
        ridge = np.exp(-(((down - 0.25 + 0.2 * along + 0.03 * waves) / (look.lobes * 4)) ** 2))
        crest = np.exp(-(((down + 0.22 + 0.03 * waves) / 0.05) ** 2)) * np.exp(-(((along - 0.3) / 0.28) ** 2))
        grey = grey * (1 - 0.7 * ridge * np.clip((along - 0.12) * 5, 0, 1)) + 90 * crest
    if look.hole:
        away = np.hypot((along - 0.3) / 0.34, (down + 0.05) / 1.0) + 0.05 * waves
        grey = np.where(away < 1, 26 + 5 * waves, grey) + 50 * np.exp(-(((away - 1) / 0.06) ** 2))
    return grey.astype(np.float32), cover.astype(np.float32)
