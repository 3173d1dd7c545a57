"""The part from above, from the side, and unrolled layer by layer: the worst state in each cell, as small PNG pictures.

Knows stretches and positions. Does not know a part's shape: it draws where the torch was, and nothing else.
"""

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from PIL import Image as PillowImage

from beadwatch.domain.line import LineState
from beadwatch.reports.stretches import STATES, Floats, Severities, Stretches, Whole
from beadwatch.reports.strip import spread

COLUMNS, ROWS = 600, 400  # cells at most
SIDE = 480  # cells of the longer side of a view, at most
_FLAT_MM = 0.5  # what is no thicker has no side to look at
_COLOURS = {  # as in page.css; a good weld is pale, so that what is not stands out in light and dark
    LineState.IDLE: (128, 136, 146, 70),
    LineState.GOOD: (0, 158, 115, 110),
    LineState.REVIEW: (230, 159, 0, 255),
    LineState.UNKNOWN: (204, 121, 167, 255),
    LineState.DEFECT: (213, 94, 0, 255),
}

Cells = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class View:
    """One picture: PNG bytes, the names of both axes, and what they run from and to, in mm or layers, upwards."""

    title: str
    png: bytes
    across: tuple[str, float, float]
    up: tuple[str, float, float]
    cells: tuple[int, int]


@dataclass(frozen=True, slots=True)
class PartMap:
    """The views of a part. `layer_start_mm` says where along the seam each layer begins."""

    views: tuple[View, ...]
    layers: int
    layer_start_mm: dict[int, float]


def part_map_of(stretches: Stretches, frames: pl.DataFrame) -> PartMap | None:
    """Return the map of a part, None where neither layers nor points are known."""
    unrolled, starts = _unrolled(stretches, frames)
    views = [*([unrolled] if unrolled else []), *_from_outside(stretches, frames)]
    return PartMap(tuple(views), len(starts), starts) if views else None


def _unrolled(stretches: Stretches, frames: pl.DataFrame) -> tuple[View | None, dict[int, float]]:
    """Return layer by travel within the layer. A gap counts to a layer that it lies wholly in."""
    layer, mm = frames["layer"].fill_null(-1).to_numpy().astype(np.int64), stretches.begin_mm
    of = np.where(stretches.frame >= 0, layer[stretches.frame] if len(layer) else -1, -1)
    seen = np.flatnonzero(stretches.frame >= 0)
    for gap in np.flatnonzero(stretches.frame < 0):
        around = np.searchsorted(seen, gap)
        if 0 < around < len(seen) and of[seen[around - 1]] == of[seen[around]]:
            of[gap] = of[seen[around]]
    placed = np.flatnonzero((of >= 0) & np.isfinite(mm) & np.isfinite(stretches.end_mm))
    numbers, row = np.unique(of[placed], return_inverse=True)
    if len(numbers) < 2:
        return None, {}
    starts = np.full(len(numbers), np.inf)
    np.minimum.at(starts, row, mm[placed])
    begin, end = mm[placed] - starts[row], stretches.end_mm[placed] - starts[row]
    longest = float(max(begin.max(), end.max()))
    if longest <= 0:
        return None, {}
    low, high = int(numbers[0]), int(numbers[-1])
    rows = min(ROWS, high - low + 1)
    line = ((of[placed] - low) * rows // (high - low + 1)).astype(np.int64)
    piece, column = spread(begin / longest, end / longest, COLUMNS)
    cells = _worst((rows, COLUMNS), (line[piece], column), stretches.severity[placed][piece])
    view = View(
        "Unrolled: each layer from its start, as the torch went",
        _png(cells), ("mm along the layer", 0.0, longest), ("layer", low, high), (rows, COLUMNS),
    )  # fmt: skip
    return view, {int(number): float(start) for number, start in zip(numbers, starts, strict=True)}


def _from_outside(stretches: Stretches, frames: pl.DataFrame) -> list[View]:
    points = frames.select(pl.col("x_mm", "y_mm", "z_mm").fill_null(np.nan)).to_numpy()
    seen = stretches.frame >= 0
    rows, severity = stretches.frame[seen], stretches.severity[seen]
    drawn = np.isfinite(points[rows]).all(axis=1) & (severity != STATES.index(LineState.IDLE))
    points, severity = points[rows][drawn], severity[drawn]
    if len(points) < 2:
        return []
    extent = np.ptp(points, axis=0)
    views = []
    if min(extent[0], extent[1]) > _FLAT_MM:
        views.append(_view("From above", points[:, 0], points[:, 1], ("x, mm", "y, mm"), severity))
    if extent[2] > _FLAT_MM:
        wide = int(extent[1] > extent[0])
        names = ("xy"[wide] + ", mm", "z, mm")
        views.append(_view("From the side, front and back on one another", points[:, wide], points[:, 2], names,
                           severity))  # fmt: skip
    return views


def _view(title: str, across: Floats, up: Floats, names: tuple[str, str], severity: Severities) -> View:
    steps = np.hypot(np.diff(across), np.diff(up))
    spacing = float(np.median(steps[steps > 0])) if (steps > 0).any() else 0.0
    cell = max(max(np.ptp(across), np.ptp(up)) / (SIDE - 3), 1.5 * spacing, 1e-6)
    left, bottom = float(across.min()) - 1.5 * cell, float(up.min()) - 1.5 * cell  # room for the width of a bead
    column, row = ((across - left) // cell).astype(np.int64), ((up - bottom) // cell).astype(np.int64)
    shape = int(row.max()) + 2, int(column.max()) + 2
    cells = _widened(_worst(shape, (row, column), severity))
    return View(
        title, _png(cells), (names[0], left, left + shape[1] * cell), (names[1], bottom, bottom + shape[0] * cell),
        shape,
    )  # fmt: skip


def _worst(shape: tuple[int, int], places: tuple[Whole, Whole], severity: Severities) -> Cells:
    """Return rows from below: 0 where nothing is, else one more than the severity."""
    cells = np.zeros(shape, np.uint8)
    np.maximum.at(cells, places, severity + np.uint8(1))
    return cells


def _widened(cells: Cells) -> Cells:
    """Let each cell reach into its neighbours, the worst first, so that a line of points closes."""
    for axis in (0, 1):
        padded = np.pad(cells, [(1, 1) if axis == each else (0, 0) for each in (0, 1)])
        size = cells.shape[axis]
        cells = np.max([np.take(padded, np.arange(start, start + size), axis) for start in range(3)], axis=0)
    return cells


def _png(cells: Cells) -> bytes:
    colours = [(0, 0, 0, 0), *(_COLOURS[state] for state in STATES)]
    picture = PillowImage.fromarray(np.ascontiguousarray(cells[::-1]))
    picture.putpalette([part for colour in colours for part in colour[:3]])
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True, transparency=bytes(colour[3] for colour in colours))
    return buffer.getvalue()
