"""How each weld is drawn: what follows from its physics, in shares of the picture and in grey levels.

Drawn after the process camera of the SS304 data set: the torch at the top, travel to the left, the solid bead leaves to
the right. It is a caricature: nothing here was measured, and no figure of accuracy may come from it.
"""

from dataclasses import dataclass, replace
from enum import StrEnum


class Bead(StrEnum):
    """What solidifies behind the pool."""

    RIPPLED = "rippled"  # even ripples of a steady pool
    HUMPED = "humped"  # lumps and hollows: the melt beads up before it can spread
    SOOTY = "sooty"  # oxide grains and pores
    SUNKEN = "sunken"  # the melt fell through: a dark trough with a bright torn edge
    DIRTY = "dirty"  # dark scabs and bright slag in the bead


@dataclass(frozen=True, slots=True)
class Look:
    """One kind of picture. Lengths down are shares of the height, lengths across of the width."""

    arc_x: float = 0.34
    arc_y: float = 0.14  # the electrode's tip, or the nozzle's edge
    nozzle: float = 0.0  # half the width of the nozzle that is in view; 0: only the electrode is
    arc_grey: float = 190.0
    arc_width: float = 0.045
    arc_length: float = 0.42
    arc_restless: float = 0.02  # how much it sways and flickers, from picture to picture
    fog_grey: float = 62.0  # light that the gas scatters around the arc
    fog_size: float = 0.16
    light: float = 0.62  # what the arc lights of the surfaces
    pool_left: float = 0.15
    pool_length: float = 0.62
    pool_y: float = 0.46
    pool_height: float = 0.27  # half of it
    pool_grey: float = 150.0
    pool_waves: float = 16.0
    turbulence: float = 0.0  # streaks in the pool, as of an oxide skin that is torn
    lobes: float = 0.0  # a dark unmelted ridge between two halves of the pool: its half height
    hole: float = 0.0  # the melt fell through: the hole's half height
    bead: Bead = Bead.RIPPLED
    bead_height: float = 0.24  # half of it
    bead_offset: float = 0.0  # how far beside the seam it lies
    seam_grey: float = 0.0  # how much darker the open gap is
    lumps: float = 0.0  # dirt on the plate ahead
    edge: tuple[float, float] = (2.0, 2.0)  # where the plate ends in front, at the left and at the right of the picture
    speed: float = 1.0  # times the speed of the address
    arc_on: bool = True
    blur: float = 0.0  # radius, as a share of the width


_GOOD = Look()
LOOKS = {
    "good weld": _GOOD,
    "burn through": replace(
        _GOOD, arc_x=0.64, arc_y=0.11, nozzle=0.3, arc_grey=200.0, arc_length=0.4, pool_left=0.2, pool_length=0.68,
        pool_y=0.42, pool_height=0.25, pool_grey=125.0, hole=0.13, edge=(1.02, 0.22),
        bead=Bead.SUNKEN, bead_height=0.22,
    ),
    "contamination": replace(
        _GOOD, arc_y=0.14, nozzle=0.27, arc_grey=165.0, arc_restless=0.16, pool_left=0.26, pool_length=0.6,
        pool_y=0.45, pool_height=0.19, pool_grey=110.0, bead=Bead.DIRTY, bead_height=0.165, lumps=1.0,
        edge=(0.66, 0.86),
    ),
    "lack of fusion": replace(
        _GOOD, arc_x=0.33, arc_y=0.17, arc_grey=175.0, arc_width=0.035, arc_length=0.25, fog_grey=54.0,
        pool_left=0.17, pool_length=0.55, pool_y=0.52, pool_height=0.24, lobes=0.03, bead_height=0.12,
        bead_offset=-0.09, seam_grey=45.0,
    ),
    "lack of shielding gas": replace(
        _GOOD, arc_x=0.38, arc_y=0.12, nozzle=0.32, arc_grey=255.0, arc_width=0.09, arc_length=0.34,
        arc_restless=0.07, fog_grey=95.0, fog_size=0.22, pool_left=0.12, pool_length=0.68, pool_y=0.38,
        pool_height=0.25, pool_grey=95.0, pool_waves=10.0, turbulence=1.0, bead=Bead.SOOTY, light=0.5, edge=(0.68, 0.9),
    ),
    "high travel speed": replace(
        _GOOD, arc_x=0.35, arc_y=0.12, nozzle=0.28, arc_grey=180.0, arc_width=0.04, arc_length=0.3, fog_grey=48.0,
        fog_size=0.13, pool_left=0.3, pool_length=0.34, pool_y=0.45, pool_height=0.085, bead=Bead.HUMPED,
        bead_height=0.065, speed=5.0, light=0.42,
    ),
}  # fmt: skip
IDLE = replace(_GOOD, arc_on=False, speed=0.0)
BLURRED = replace(_GOOD, blur=0.012)


def look_of(label: str | None, what: str) -> Look:
    """Return what is drawn for a class of the TIG task, or else for a name of the script."""
    if label is not None:
        return LOOKS[label]
    return {"idle": IDLE, "blurred": BLURRED}.get(what, _GOOD)
