"""A run cut into stretches in the order of time: one for each frame, and one wherever nobody looked.

A frame's state holds until the next frame. Where that takes too long, and before the first and after the last frame,
nobody looked: that is a stretch of its own in the state UNKNOWN. Knows the columns of `frame_record`; draws nothing.
"""

from dataclasses import dataclass
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
        return _unwatched(extent)
    at = np.maximum.accumulate(frames["captured_at"].to_numpy() - extent.started_at)
    mm = _known(frames["along_mm"])
    spacing = usual_spacing_s(at)
    limit = max(GAP_S, 5 * spacing)
    last = max(extent.ended_at - extent.started_at, at[-1] + spacing)
    until = np.append(at[1:], last)
    until_mm = np.append(mm[1:], mm[-1])
    long = until - at
    missing = long > limit
    if missing[-1] and extent.end_mm is not None:
        until_mm[-1] = extent.end_mm
    elif missing[-1]:
        until_mm[-1] = np.nan
    held = np.where(missing, spacing, long)
    share = np.divide(held, long, out=np.ones_like(long), where=long > 0)
    held_mm = np.where(missing, mm + (until_mm - mm) * share, until_mm)
    held_mm = np.where(np.isnan(held_mm), np.where(missing, mm, np.nan), held_mm)
    severity = frames["state"].cast(pl.String).replace_strict(_SEVERITY, return_dtype=pl.UInt8).to_numpy()
    gap = np.flatnonzero(missing)
    before = at[0] > limit
    lead, lead_mm = (np.array([0.0]), np.array([0.0])) if before else (np.empty(0), np.empty(0))
    none = np.full(len(gap) + before, -1)
    pieces = Stretches(
        np.concatenate([at, (at + held)[gap], lead]),
        np.concatenate([at + held, until[gap], at[:1] if before else lead]),
        np.concatenate([mm, held_mm[gap], lead_mm]),
        np.concatenate([held_mm, until_mm[gap], mm[:1] if before else lead]),
        np.concatenate([severity, np.full(len(none), _UNKNOWN, np.uint8)]),
        np.concatenate([np.arange(len(at)), none]),
    )
    return _sorted(pieces)


def usual_spacing_s(at: Floats) -> float:
    """Return the median time between two frames, 0 where there is one only."""
    steps = np.diff(at)
    steps = steps[steps > 0]
    return float(np.median(steps)) if len(steps) else 0.0


def _unwatched(extent: Extent) -> Stretches:
    end = extent.ended_at - extent.started_at
    rows = int(end > GAP_S)
    end_mm = np.nan if extent.end_mm is None else extent.end_mm
    return Stretches(
        *(np.full(rows, value, np.float64) for value in (0.0, end, 0.0, end_mm)),
        np.full(rows, _UNKNOWN, np.uint8),
        np.full(rows, -1),
    )


def _sorted(pieces: Stretches) -> Stretches:
    order = np.argsort(pieces.begin_s, kind="stable")
    arrays: list[Any] = [
        array[order]
        for array in (
            pieces.begin_s, pieces.end_s, pieces.begin_mm, pieces.end_mm, pieces.severity, pieces.frame,
        )
    ]  # fmt: skip
    return Stretches(*arrays)


def _known(column: pl.Series) -> Floats:
    values: Floats = column.cast(pl.Float64).fill_null(np.nan).to_numpy()
    return values
