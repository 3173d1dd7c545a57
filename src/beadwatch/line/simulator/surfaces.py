"""What lies ahead of the torch and behind it: plate, seam, dirt, and the bead that each kind of weld leaves.

Long pictures that repeat across, uint8 H x P. Knows looks and textures; does not know the arc or the pool.
"""

import numpy as np

from beadwatch.imaging.decode import Pixels
from beadwatch.line.simulator.looks import Bead, Look
from beadwatch.line.simulator.textures import Floats, plate, relief, smooth_noise, to_grey

Shape = tuple[int, int]


def surfaces(rng: np.random.Generator, look: Look, shape: Shape) -> tuple[Pixels, Pixels]:
    """Return the plate ahead of the pool and the plate with the bead behind it, both of `shape`."""
    base = plate(rng, shape)
    ahead = base - look.seam_grey * _band(shape, look.pool_y, 0.006)
    if look.lumps:
        cover = np.clip(_band(shape, look.pool_y, 0.95 * look.pool_height) * 1.6, 0, 1)
        ahead = ahead + look.lumps * cover * (_lumps(rng, shape) - ahead)
    return to_grey(ahead), to_grey(_with_bead(rng, look, base))


def _band(shape: Shape, middle: float, half: float) -> Floats:
    """Return a column H x 1: 1 on a band along the seam, falling off smoothly to 0; places as shares of the height."""
    rows = np.linspace(0, 1, shape[0], dtype=np.float32)[:, None]
    band: Floats = np.exp(-(((rows - np.float32(middle)) / np.float32(half)) ** 4))
    return band


def _across(shape: Shape, middle: float, half: float) -> Floats:
    """Return a column H x 1: how far across the bead a row is, -1 at its upper edge and 1 at its lower one."""
    rows = np.linspace(0, 1, shape[0], dtype=np.float32)[:, None]
    return (rows - np.float32(middle)) / np.float32(half)


def _with_bead(rng: np.random.Generator, look: Look, base: Floats) -> Floats:
    shape = (base.shape[0], base.shape[1])
    middle = look.pool_y + look.bead_offset
    wander = np.float32(0.05) * smooth_noise(rng, (2, shape[1]), (2, shape[0] / 6))[:1]
    across = _across(shape, middle, look.bead_height) + wander
    if look.bead is Bead.HUMPED:
        across = across * (1 + np.float32(0.35) * smooth_noise(rng, (2, shape[1]), (2, shape[0] / 8))[:1])
    inside = np.clip((1 - np.abs(across)) * 14, 0, 1)
    body = _BODIES[look.bead](rng, across, shape)
    edges = np.exp(-(((np.abs(across) - 1) / np.float32(0.05)) ** 2))
    seam = look.seam_grey * _band(shape, look.pool_y, 0.008)
    painted: Floats = base * (1 - inside) + body * inside - 38 * edges - seam
    return painted


def _ripples(rng: np.random.Generator, across: Floats, shape: Shape) -> Floats:
    unit = shape[0] / 700
    along = np.arange(shape[1], dtype=np.float32)[None]
    waves = round(shape[1] / (19 * unit))  # whole, so that the ends of the period meet
    bend = 150 * unit * across**2 + 9 * unit * smooth_noise(rng, shape, (90 * unit, 120 * unit))
    phase = 2 * np.pi * waves / shape[1] * (along + bend)
    fine = smooth_noise(rng, shape, (9 * unit, 30 * unit))
    body: Floats = 118 - 40 * np.abs(across) ** 3 + 9 * np.sin(phase) + 7 * np.sin(2.7 * across * np.pi) + 6 * fine
    return body


def _humps(rng: np.random.Generator, across: Floats, shape: Shape) -> Floats:
    unit = shape[0] / 700
    lumps = smooth_noise(rng, shape, (46 * unit, 78 * unit))
    shine = np.clip(relief(smooth_noise(rng, shape, (26 * unit, 40 * unit))) * 5, -1.5, 3)
    body: Floats = 90 + 42 * lumps + 45 * shine - 25 * np.abs(across)
    return body


def _soot(rng: np.random.Generator, across: Floats, shape: Shape) -> Floats:
    unit = shape[0] / 700
    grains = np.clip(smooth_noise(rng, shape, (9 * unit, 13 * unit)) - 1.25, 0, 1.5)
    pores = np.clip(smooth_noise(rng, shape, (13 * unit, 13 * unit)) - 1.5, 0, 0.6)
    clumps = np.clip(smooth_noise(rng, shape, (80 * unit, 110 * unit)) + 0.6, 0, 2)
    body: Floats = 52 + 6 * smooth_noise(rng, shape, (30 * unit, 80 * unit)) + 130 * grains * clumps - 110 * pores
    return body + 0 * across


def _trough(rng: np.random.Generator, across: Floats, shape: Shape) -> Floats:
    unit = shape[0] / 700
    torn = smooth_noise(rng, shape, (40 * unit, 90 * unit))
    depth = np.clip(1.2 - np.abs(across + 0.18 * torn) * 1.3, 0, 1)
    fold = np.exp(-(((across + 0.18 * torn + 0.72) / np.float32(0.09)) ** 2))
    sagging = 14 * np.sin(2 * np.pi * (across * 3 + torn * 0.8))
    body: Floats = 112 + sagging * (1 - depth) - 88 * depth + 70 * fold
    return body


def _scabs(rng: np.random.Generator, across: Floats, shape: Shape) -> Floats:
    unit = shape[0] / 700
    body = _ripples(rng, across, shape) - 25
    dark = np.clip((smooth_noise(rng, shape, (34 * unit, 60 * unit)) - 0.9) * 6, 0, 1)
    slag = np.clip((smooth_noise(rng, shape, (26 * unit, 44 * unit)) - 1.35) * 6, 0, 1)
    rough = relief(smooth_noise(rng, shape, (9 * unit, 12 * unit)))
    dirty: Floats = body * (1 - dark) + 25 * dark + slag * (110 + 50 * rough)
    return dirty


def _lumps(rng: np.random.Generator, shape: Shape) -> Floats:
    """Return lumps of dirt, lit from above: bright crowns, black gaps between them."""
    unit = shape[0] / 700
    heaps = np.abs(smooth_noise(rng, shape, (30 * unit, 40 * unit)))
    crust: Floats = (
        45
        + 95 * np.minimum(heaps, 1.4)
        + 110 * relief(heaps)
        + 60 * relief(smooth_noise(rng, shape, (10 * unit, 12 * unit)))
    )
    return crust


_BODIES = {
    Bead.RIPPLED: _ripples,
    Bead.HUMPED: _humps,
    Bead.SOOTY: _soot,
    Bead.SUNKEN: _trough,
    Bead.DIRTY: _scabs,
}
