"""Figures of a run: how long and how far in each state, delays, and frames that are missing.

Knows stretches and the columns of frames. Does not know events.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl

from beadwatch.domain.line import LineState
from beadwatch.reports.stretches import STATES, Stretches

_LONGEST_GAPS = 20
_HISTOGRAM_BINS = 40


@dataclass(frozen=True, slots=True)
class StateShare:
    """How much of a run was in one state. `share` is of the time; `length_mm` is None where the track is not known."""

    state: str
    seconds: float
    share: float
    length_mm: float | None


@dataclass(frozen=True, slots=True)
class Delays:
    """From handing over a frame until its result, over all frames. `travel_mm` is the same at `speed_mm_s`.

    `speed_mm_s` is the median with an arc, None where the track is not known or stands. `histogram` counts frames in
    equal bins from 0 to `histogram_ms`, the last one with all above it.
    """

    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    speed_mm_s: float | None
    travel_mm: dict[str, float] | None
    histogram_ms: float
    histogram: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers that are in no frame: `missing` of them behind frame `after`, `offset_s` seconds into the run."""

    after: int
    missing: int
    offset_s: float
    along_mm: float | None


@dataclass(frozen=True, slots=True)
class Watched:
    """What was watched. `judged` frames have an answer of the model, `faulty` ones say why not, `idle` had no arc.

    `faults` counts frames by kind of fault. `no_frame_s` is time without any frame; it is in the share of "unknown"
    too. `gaps` are the longest ones.
    """

    seconds: float
    length_mm: float | None
    frames: int
    judged: int
    faulty: int
    idle: int
    faults: dict[str, int]
    no_frame_s: float
    missing: int
    gap_count: int
    gaps: tuple[Gap, ...]
    shares: tuple[StateShare, ...]

    def share(self, state: LineState) -> StateShare:
        """Return the share of one state."""
        return next(share for share in self.shares if share.state == state.value)

    @property
    def with_arc(self) -> int:
        """Frames that showed an arc, or may have: no frame is idle that could not be judged."""
        return self.frames - self.idle

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return asdict(self)


def watched_of(stretches: Stretches, frames: pl.DataFrame, started_at: float) -> Watched:
    """Return what was watched, and in which states."""
    seconds, lengths = stretches.seconds, stretches.lengths_mm
    total = float(seconds.sum())
    placed = bool(np.isfinite(lengths).any())
    times = np.bincount(stretches.severity, seconds, len(STATES))
    far = np.bincount(stretches.severity, np.nan_to_num(lengths), len(STATES))
    shares = tuple(
        StateShare(state.value, float(times[at]), float(times[at] / total) if total else 0.0,
                   float(far[at]) if placed else None)
        for at, state in reversed(list(enumerate(STATES)))
    )  # fmt: skip
    judged = frames["label"].is_not_null()
    kinds = frames["fault"].drop_nulls().str.split(":").list.first()  # behind the colon are figures, new in each frame
    faults = kinds.value_counts(sort=True)
    missing, count, gaps = _gaps(frames, started_at)
    return Watched(
        seconds=total,
        length_mm=float(far.sum()) if placed else None,
        frames=len(frames),
        judged=int(judged.sum()),
        faulty=len(frames) - frames["fault"].null_count(),
        idle=int((~frames["arc"] & frames["fault"].is_null() & ~judged).sum()),
        faults={str(fault): int(times) for fault, times in faults.iter_rows()},
        no_frame_s=float(seconds[stretches.frame < 0].sum()),
        missing=missing,
        gap_count=count,
        gaps=gaps,
        shares=shares,
    )


def delays_of(frames: pl.DataFrame) -> Delays | None:
    """Return the delays, None where there is no frame."""
    if frames.is_empty():
        return None
    delay = frames["delay_ms"].cast(pl.Float64).to_numpy()
    names = ("p50", "p95", "p99", "max")
    values = [float(value) for value in np.quantile(delay, [0.5, 0.95, 0.99, 1.0])]
    speed = _speed_mm_s(frames)
    top = max(1.5 * values[2], 1.0)
    counts, _ = np.histogram(np.minimum(delay, top), _HISTOGRAM_BINS, (0.0, top))
    return Delays(
        p50_ms=values[0],
        p95_ms=values[1],
        p99_ms=values[2],
        max_ms=values[3],
        speed_mm_s=speed,
        travel_mm=None if speed is None else {name: speed * ms / 1000 for name, ms in zip(names, values, strict=True)},
        histogram_ms=top,
        histogram=tuple(map(int, counts)),
    )


def _speed_mm_s(frames: pl.DataFrame) -> float | None:
    along = frames["along_mm"].fill_null(np.nan).to_numpy()
    times, arc = frames["captured_at"].to_numpy(), frames["arc"].to_numpy()
    steps, far = np.diff(times), np.abs(np.diff(along))
    moving = (steps > 0) & np.isfinite(far) & arc[1:]
    if not moving.any():
        return None
    speed = float(np.median(far[moving] / steps[moving]))
    return speed if speed > 0 else None


def _gaps(frames: pl.DataFrame, started_at: float) -> tuple[int, int, tuple[Gap, ...]]:
    if frames.is_empty():
        return 0, 0, ()
    numbers = frames["number"].to_numpy()
    missing = np.concatenate([numbers[:1], np.diff(numbers) - 1])  # a camera counts from 0
    at = np.flatnonzero(missing > 0)
    longest = np.sort(at[np.argsort(-missing[at], kind="stable")][:_LONGEST_GAPS])
    rows = frames.select("captured_at", "along_mm")[longest].rows()
    gaps = tuple(
        Gap(int(numbers[row] - missing[row]) - 1, int(missing[row]), captured_at - started_at, along_mm)
        for row, (captured_at, along_mm) in zip(longest, rows, strict=True)
    )
    return int(missing[at].sum()), len(at), gaps
