"""Live poses of a machine: read, kept for a while, and asked for by moment. Shared by the tracks that are connected.

Knows the monotonic clock of this machine only: a pose counts for the moment when it arrived here.
"""

import math
import threading
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from beadwatch.domain.position import MAX_COUNT, MAX_MM, UNPLACED, Position

MAX_AGE_S = 0.5  # a torch at 1 m/min is then 8 mm further
_MOST_SAMPLES = 4096  # 4 s at 1 kHz, 200 s at 20 Hz
_XYZ = ("x_mm", "y_mm", "z_mm")


@dataclass(frozen=True, slots=True)
class _Sample:
    monotonic_s: float
    given: Position
    path_mm: float  # length of the path until here, since the first sample


def parse_pose(values: object) -> Position:
    """Return the position that a message gives: any of `along_mm`, `x_mm`, `y_mm`, `z_mm`, `layer`, `bead`.

    A point that lacks a coordinate is no point; a layer or bead of 0 is none yet. Other names are ignored.

    Raises:
        ValueError: it is no mapping, a value is no number that a place has, a layer or bead no whole one, or nothing is
            given.
    """
    if not isinstance(values, Mapping):
        raise ValueError("it is no object with names")  # noqa: TRY004 - what arrives is data, not a caller's mistake
    along, x, y, z = (_number(values, name) for name in ("along_mm", *_XYZ))
    layer, bead = _count(values, "layer"), _count(values, "bead")
    xyz = None if x is None or y is None or z is None else (x, y, z)
    position = Position(along, xyz, layer, bead)
    if position == UNPLACED:
        raise ValueError("there is no position in it")
    return position


def _number(values: Mapping[str, Any], name: str) -> float | None:
    value = values.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name} is no number")  # noqa: TRY004 - as above
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not abs(number) <= MAX_MM:  # nor NaN
        raise ValueError(f"{name} is no place")
    return number


def _count(values: Mapping[str, Any], name: str) -> int | None:
    number = _number(values, name)
    if number is None:
        return None
    if not 0 <= number <= MAX_COUNT or number % 1:
        raise ValueError(f"{name} is no whole number from 1")
    return int(number) or None


class PoseBuffer:
    """The last poses, in the order of their arrival. Safe to use from several threads."""

    def __init__(self, max_age_s: float = MAX_AGE_S) -> None:
        """Say how old the last pose may be and still count."""
        self._max_age_s = max_age_s
        self._lock = threading.Lock()
        self._samples: list[_Sample] = []
        self._started_s: float | None = None
        self._start_path_mm = 0.0

    def add(self, monotonic_s: float, given: Position) -> None:
        """Keep a pose that arrived at this moment; one that is no later than the last is left out."""
        with self._lock:
            last = self._samples[-1] if self._samples else None
            if last is not None and monotonic_s <= last.monotonic_s:
                return
            path_mm = 0.0 if last is None else last.path_mm + _step_mm(last.given, given)
            self._samples.append(_Sample(monotonic_s, given, path_mm))
            if len(self._samples) > 2 * _MOST_SAMPLES:
                del self._samples[:-_MOST_SAMPLES]

    def start(self, monotonic_s: float) -> None:
        """Count elapsed time, and the path where the machine gives no `along_mm`, from this moment."""
        with self._lock:
            self._started_s = monotonic_s
            before, after, share = self._around(monotonic_s)
            first = before or after
            self._start_path_mm = 0.0 if first is None else _between(first.path_mm, (after or first).path_mm, share)

    def at(self, elapsed_s: float) -> Position:
        """Return the pose at a moment after the start.

        Linear between the poses before and after it, with layer and bead of the one before. After the last pose it is
        the last one as long as that is fresh, then nothing is known.
        """
        with self._lock:
            if self._started_s is None:
                return UNPLACED
            moment_s = self._started_s + elapsed_s
            before, after, share = self._around(moment_s)
            if before is None:
                return UNPLACED
            if after is None:
                if moment_s - before.monotonic_s > self._max_age_s:
                    return UNPLACED
                after = before
            return self._blended(before, after, share)

    def _around(self, moment_s: float) -> tuple[_Sample | None, _Sample | None, float]:
        """Return the samples before and after a moment, and the share of the way between them."""
        index = bisect_right(self._samples, moment_s, key=lambda sample: sample.monotonic_s)
        before = self._samples[index - 1] if index else None
        after = self._samples[index] if index < len(self._samples) else None
        if before is None or after is None:
            return before, after, 0.0
        return before, after, (moment_s - before.monotonic_s) / (after.monotonic_s - before.monotonic_s)

    def _blended(self, before: _Sample, after: _Sample, share: float) -> Position:
        one, other = before.given, after.given
        xyz = None
        if one.xyz_mm is not None and other.xyz_mm is not None:
            x, y, z = (_between(a, b, share) for a, b in zip(one.xyz_mm, other.xyz_mm, strict=True))
            xyz = (x, y, z)
        along = None
        if one.along_mm is not None and other.along_mm is not None:
            along = _between(one.along_mm, other.along_mm, share)
        elif one.along_mm is None and other.along_mm is None and xyz is not None:
            along = _between(before.path_mm, after.path_mm, share) - self._start_path_mm
        return Position(along, xyz, one.layer, one.bead)


def _between(start: float, end: float, share: float) -> float:
    return start + share * (end - start)


def _step_mm(before: Position, after: Position) -> float:
    """Return how long the way between two poses is; none where the torch travels to another layer or bead."""
    if before.xyz_mm is None or after.xyz_mm is None or (before.layer, before.bead) != (after.layer, after.bead):
        return 0.0
    return math.dist(before.xyz_mm, after.xyz_mm)
