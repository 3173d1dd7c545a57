"""A run cut into stretches in the order of time: one for each frame, and one wherever nobody looked.

A frame's state holds until the next frame. Where that takes too long, and before the first and after the last frame,
nobody looked: that is a stretch of its own in the state UNKNOWN. Knows the columns of `frame_record`; draws nothing.
"""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from beadwatch.domain.line import LineState

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Severities = npt.NDArray[np.uint8]

STATES = (LineState.IDLE, LineState.GOOD, LineState.REVIEW, LineState.UNKNOWN, LineState.DEFECT)  # by severity
GAP_S = 0.25  # a frame speaks for this long at most, or for five times the usual spacing of slower cameras
_UNKNOWN = STATES.index(LineState.UNKNOWN)
_SEVERITY = {state.value: number for number, state in enumerate(STATES)}


@dataclass(frozen=True, slots=True)
class Extent:
    """From when to when a run watched, in seconds of Unix time, and where the torch was at the end, where known."""

    started_at: float
    ended_at: float
    end_mm: float | None = None


@dataclass(frozen=True)
class Stretches:
    """Arrays of one entry for each stretch. Seconds since the start of the run; millimetres NaN where not known.

    `severity` is an index of `STATES`; `frame` the row of the frames, -1 where nobody looked.
    """

    begin_s: Floats
    end_s: Floats
    begin_mm: Floats
    end_mm: Floats
    severity: Severities
    frame: Whole

    @cached_property
    def seconds(self) -> Floats:
        """How long each is."""
        return self.end_s - self.begin_s

    @cached_property
    def lengths_mm(self) -> Floats:
        """How long each is along the seam, NaN where not known."""
        length: Floats = np.abs(self.end_mm - self.begin_mm)
        return length

    @property
    def is_placed(self) -> bool:
        """Whether every stretch with an arc, and every one that nobody saw, is known in mm, and the torch goes on."""
        steps = self.end_mm - self.begin_mm
        known = np.isfinite(steps)
        matters = self.severity != STATES.index(LineState.IDLE)
        if not matters.any() or not known[matters].all():
            return False
        # A track that jumps back and forth is no axis to draw along.
        travel, extent = np.abs(steps[known]).sum(), np.nanmax(self.end_mm) - np.nanmin(self.begin_mm)
        return bool(extent > 0 and travel <= 2 * extent)


def cut(frames: pl.DataFrame, extent: Extent) -> Stretches:
    """Cut a run into stretches. `frames` is as `read_frames` gives it, in order."""
    if frames.is_empty():
        return _unwatched(extent.ended_at - extent.started_at, extent.end_mm)
    at = np.maximum.accumulate(frames["captured_at"].to_numpy() - extent.started_at)
    mm = frames["along_mm"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    spacing = _usual_spacing_s(at)
    limit = max(GAP_S, 5 * spacing)
    until = np.append(at[1:], max(extent.ended_at - extent.started_at, at[-1] + spacing))
    missing = until - at > limit
    # Behind the last frame the torch is where the last event says, or nobody knows.
    last_mm = mm[-1] if not missing[-1] else np.nan if extent.end_mm is None else extent.end_mm
    until_mm = np.append(mm[1:], last_mm)
    held = np.where(missing, spacing, until - at)
    share = np.divide(held, until - at, out=np.ones_like(held), where=until > at)
    held_mm = np.where(missing, mm + (until_mm - mm) * share, until_mm)
    severity = frames["state"].cast(pl.String).replace_strict(_SEVERITY, return_dtype=pl.UInt8).to_numpy()
    seen = Stretches(at, at + held, mm, held_mm, severity, np.arange(len(at)))
    gaps = Stretches(
        (at + held)[missing], until[missing], held_mm[missing], until_mm[missing],
        np.full(missing.sum(), _UNKNOWN, np.uint8), np.full(missing.sum(), -1),
    )  # fmt: skip
    before = _unwatched(float(at[0]), float(mm[0]), limit)
    return _in_order([before, seen, gaps])


def _usual_spacing_s(at: Floats) -> float:
    steps = np.diff(at)
    steps = steps[steps > 0]
    return float(np.median(steps)) if len(steps) else 0.0


def _unwatched(end_s: float, end_mm: float | None, limit: float = GAP_S) -> Stretches:
    """Return one stretch from the start in which nobody looked; none where that is no longer than `limit`."""
    rows = int(end_s > limit)
    last_mm = np.nan if end_mm is None else end_mm
    zero = np.zeros(rows)
    return Stretches(zero, zero + end_s, zero, zero + last_mm, np.full(rows, _UNKNOWN, np.uint8), np.full(rows, -1))


def _in_order(pieces: list[Stretches]) -> Stretches:
    joined: list[Any] = [
        np.concatenate([getattr(piece, field.name) for piece in pieces]) for field in fields(Stretches)
    ]
    order = np.argsort(joined[0], kind="stable")
    return Stretches(*(array[order] for array in joined))
