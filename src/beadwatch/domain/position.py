"""Where on the part something was seen. Millimetres throughout; what is not known is None, never 0."""

import math
from dataclasses import dataclass
from typing import Any

MAX_MM = 1e9  # a thousand kilometres: beyond, it is no place but a fault, and what is computed from it overflows
MAX_COUNT = 2**31 - 1  # of layers and beads: what every receiver's whole numbers hold


@dataclass(frozen=True, slots=True)
class Position:
    """A point of the weld: millimetres along the seam since the start of the run, and where the machine said it was.

    `layer` and `bead` count from 1 in a part that is built up bead by bead.
    """

    along_mm: float | None = None
    xyz_mm: tuple[float, float, float] | None = None
    layer: int | None = None
    bead: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values, rounded to a micrometre; what is no finite number is not known."""
        return {
            "along_mm": _rounded(self.along_mm),
            "xyz_mm": None if self.xyz_mm is None else [_rounded(value) for value in self.xyz_mm],
            "layer": self.layer,
            "bead": self.bead,
        }


UNPLACED = Position()


def position_from_dict(data: dict[str, Any]) -> Position:
    """Return what `Position.to_dict` described."""
    xyz = data["xyz_mm"]
    return Position(data["along_mm"], tuple(xyz) if xyz is not None else None, data["layer"], data["bead"])


def _rounded(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(value, 3)
