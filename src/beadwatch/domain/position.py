"""Where on the part something was seen. Millimetres throughout; what is not known is None, never 0."""

from dataclasses import dataclass
from typing import Any


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
        """Return JSON-ready values, rounded to a micrometre."""
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
    return None if value is None else round(value, 3)
