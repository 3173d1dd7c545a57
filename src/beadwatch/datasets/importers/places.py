"""Boxes and polygons as outlines in shares of the picture, or a problem for one that cannot be true.

Knows geometry. Does not know how a layout spells it. A function returns None after it has reported why.
"""

from collections.abc import Sequence

from beadwatch.datasets.importers.base import Spot
from beadwatch.datasets.sample import Point, box_outline

_OVERSHOOT = 0.01  # of the picture; tools let an outline pass the edge by a few pixels


def box_place(left: float, top: float, right: float, bottom: float, spot: Spot) -> tuple[Point, ...] | None:
    """Return a box, given in shares of the picture, clipped to it."""
    outline = _inside((left, top, right, bottom), "box", spot) and box_outline(left, top, right, bottom)
    return outline if outline and _has_area(outline, "box", spot) else None


def polygon_place(shares: Sequence[float], spot: Spot) -> tuple[Point, ...] | None:
    """Return a polygon, given as x, y, x, y, ... in shares of the picture, clipped to it."""
    if len(shares) < 6 or len(shares) % 2:
        spot.report(f"a polygon of {len(shares)} numbers; it needs x and y of at least 3 corners")
        return None
    if not _inside(shares, "polygon", spot):
        return None
    clipped = [min(1.0, max(0.0, share)) for share in shares]
    outline = tuple(zip(clipped[::2], clipped[1::2], strict=True))
    return outline if _has_area(outline, "polygon", spot) else None


def _inside(shares: Sequence[float], what: str, spot: Spot) -> bool:
    beyond = [share for share in shares if not -_OVERSHOOT <= share <= 1 + _OVERSHOOT]
    if beyond:
        spot.report(f"the {what} leaves the picture: {beyond[0]:.4g} times its width or height")
    return not beyond


def _has_area(outline: tuple[Point, ...], what: str, spot: Spot) -> bool:
    across, down = zip(*outline, strict=True)
    if min(across) < max(across) and min(down) < max(down):
        return True
    spot.report(f"the {what} has no width or no height")
    return False
