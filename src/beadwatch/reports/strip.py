"""The strip chart's values: a run along the seam, or over time, in so few bins that an hour stays small.

In each bin the worst wins: the worst state, the highest score of a finding, and the lowest score of a class that says
that there is none. Knows stretches and the columns of frames; draws nothing.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from beadwatch.domain.labels import label_named
from beadwatch.line.frame_record import SCORE
from beadwatch.reports.stretches import Floats, Severities, Stretches, Whole

MOST_BINS = 1500
NOTHING = 255  # in `Strip.severity`: no frame and no gap is here


@dataclass(frozen=True, slots=True)
class Strip:
    """`unit` is "mm" along the seam or "s" since the start; `low` to `high` is cut into equal bins.

    `severity`, uint8, one for each bin: an index of `STATES`, or `NOTHING`. `scores`, float32, by label: NaN where the
    model was not asked.
    """

    unit: str
    low: float
    high: float
    severity: Severities
    scores: dict[str, npt.NDArray[np.float32]]

    def share(self, value: float) -> float:
        """Return where a value lies between both ends, 0 to 1."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))


def strip_of(stretches: Stretches, frames: pl.DataFrame) -> Strip | None:
    """Return the strip, in mm where the whole run can be placed; None where there is no extent at all."""
    unit = "mm" if stretches.is_placed else "s"
    begin, end = (stretches.begin_mm, stretches.end_mm) if unit == "mm" else (stretches.begin_s, stretches.end_s)
    known = np.flatnonzero(np.isfinite(begin) & np.isfinite(end))
    if not len(known):
        return None
    begin, end = begin[known], end[known]
    low, high = float(np.minimum(begin, end).min()), float(np.maximum(begin, end).max())
    if high <= low:
        return None
    bins = min(MOST_BINS, len(known))
    piece, place = spread((begin - low) / (high - low), (end - low) / (high - low), bins)
    piece = known[piece]
    severity = np.zeros(bins, np.uint8)
    np.maximum.at(severity, place, stretches.severity[piece] + np.uint8(1))
    seen = stretches.frame[piece] >= 0
    rows, places = stretches.frame[piece][seen], place[seen]
    scores = {
        name.removeprefix(SCORE): _extreme(name.removeprefix(SCORE), frames[name], rows, (places, bins))
        for name in frames.columns
        if name.startswith(SCORE)
    }
    return Strip(unit, low, high, severity - np.uint8(1), scores)


def spread(begin: Floats, end: Floats, bins: int) -> tuple[Whole, Whole]:
    """Return which piece lies in which bin, as two arrays of indices. `begin` and `end` are shares, 0 to 1."""
    first = np.clip(np.floor(np.minimum(begin, end) * bins), 0, bins - 1).astype(np.int64)
    last = np.clip(np.ceil(np.maximum(begin, end) * bins) - 1, first, bins - 1).astype(np.int64)
    count = last - first + 1
    piece = np.repeat(np.arange(len(first)), count)
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return piece, np.repeat(first, count) + within


def _extreme(label: str, column: pl.Series, rows: Whole, bins: tuple[Whole, int]) -> npt.NDArray[np.float32]:
    places, number = bins
    values = column.cast(pl.Float32).fill_null(np.nan).to_numpy()[rows]
    best = np.full(number, np.nan, np.float32)
    (np.fmin if is_clearing(label) else np.fmax).at(best, places, values)
    return best


def is_clearing(label: str) -> bool:
    """Say whether a class says that there is no finding: of those, the lowest score is the one to look at."""
    return label_named(label).excludes_others
