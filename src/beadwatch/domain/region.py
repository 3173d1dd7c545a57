"""A place on a picture that deserves a closer look, and what for. Knows shares and pixels, not how it was found."""

import math
from dataclasses import dataclass
from typing import Any

Box = tuple[float, float, float, float]
PixelBox = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Region:
    """Where a model's evidence for a class is strongest.

    `box` is left, top, right, bottom and `peak` the point x, y of the strongest evidence: shares of the width and
    height of the whole upright picture, 0 to 1, y downwards. It is a hint where to look, no measured outline.
    """

    label: str
    box: Box
    peak: tuple[float, float]

    def __post_init__(self) -> None:
        left, top, right, bottom = self.box
        if not (0.0 <= left < right <= 1.0 and 0.0 <= top < bottom <= 1.0):
            raise ValueError(f"{self.box} is no box inside a picture: left, top, right, bottom as shares of it")
        if not all(0.0 <= share <= 1.0 for share in self.peak):
            raise ValueError(f"{self.peak} is no point inside a picture")

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {"label": self.label, "box": list(self.box), "peak": list(self.peak)}

    def box_px(self, width: int, height: int) -> PixelBox:
        """Return the box in pixels of an upright picture: left, top (first inside), right, bottom (first outside)."""
        left, top, right, bottom = self.box
        # The rounding takes away what is left of 1/3 * 3 and the like; outwards, so that nothing is cut off.
        return (
            math.floor(round(left * width, 6)),
            math.floor(round(top * height, 6)),
            math.ceil(round(right * width, 6)),
            math.ceil(round(bottom * height, 6)),
        )
