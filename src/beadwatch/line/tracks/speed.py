"""A position from a constant travel speed, and no position at all."""

import math
from types import TracebackType
from typing import Self

from beadwatch.domain.errors import TrackError
from beadwatch.domain.position import UNPLACED, Position

MIN_MM_S, MAX_MM_S = 1e-6, 1e6  # a millimetre in twelve days, and a kilometre a second
_INCH_MM = 25.4
UNITS_MM_S = {
    "mm/s": 1.0,
    "mm/min": 1 / 60,
    "cm/s": 10.0,
    "cm/min": 10 / 60,
    "m/s": 1000.0,
    "m/min": 1000 / 60,
    "in/s": _INCH_MM,
    "in/min": _INCH_MM / 60,
    "ipm": _INCH_MM / 60,
}


def parse_speed(text: str) -> float:
    """Return a travel speed such as `8mm/s`, `0.48 m/min`, `48 cm/min` or `20 ipm` in mm/s.

    Raises:
        TrackError: there is no number, no unit that is known, or no speed above 0.
    """
    compact = "".join(text.split()).lower()
    number = compact.rstrip("abcdefghijklmnopqrstuvwxyz/")
    factor = UNITS_MM_S.get(compact[len(number) :])
    try:
        speed_mm_s = float(number) * factor if factor is not None else math.nan
    except ValueError:
        speed_mm_s = math.nan
    if not MIN_MM_S <= speed_mm_s <= MAX_MM_S:
        raise TrackError(
            f"{text!r} is no travel speed: write a number above 0 and one of {', '.join(UNITS_MM_S)}, "
            "for example 8mm/s or 20ipm"
        )
    return speed_mm_s


class WithoutConnection:
    """What tracks share that have nothing to connect to and whose clock is the run's."""

    def __enter__(self) -> Self:
        """Return itself: there is nothing to open."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Do nothing."""

    def start(self, monotonic_s: float) -> None:
        """Do nothing: elapsed time is all that counts."""


class NoTrack(WithoutConnection):
    """Knows no position. Events then have moments, but no place."""

    description = "no track"

    def at(self, elapsed_s: float) -> Position:  # noqa: ARG002
        """Return a position of which nothing is known."""
        return UNPLACED


class SpeedTrack(WithoutConnection):
    """The torch travels along the seam at a constant speed, from the start of the run."""

    def __init__(self, speed_mm_s: float) -> None:
        """Take a speed in mm/s.

        Raises:
            TrackError: it is no number above 0.
        """
        if not MIN_MM_S <= speed_mm_s <= MAX_MM_S:
            raise TrackError(f"a travel speed of {speed_mm_s} mm/s makes no sense: give one above 0")
        self.speed_mm_s = speed_mm_s
        self.description = f"{speed_mm_s:.4g} mm/s"

    def at(self, elapsed_s: float) -> Position:
        """Return the millimetres along the seam; nothing before the start."""
        return Position(along_mm=self.speed_mm_s * elapsed_s) if elapsed_s >= 0 else UNPLACED
