"""A position from the robot's own file: one row for each moment that it logged or planned.

Knows one file, read whole. The run has to start when the file's clock is at 0.
"""

import csv
import math
from pathlib import Path

import numpy as np
import numpy.typing as npt

from beadwatch.domain.errors import TrackError
from beadwatch.domain.position import MAX_COUNT, MAX_MM, UNPLACED, Position
from beadwatch.line.tracks.speed import WithoutConnection

Doubles = npt.NDArray[np.float64]

_MAX_S = 1e11  # three thousand years: a clock may count from 1970
TIME, ALONG = "t_s", "along_mm"
XYZ = ("x_mm", "y_mm", "z_mm")
COUNTS = ("layer", "bead")
_KNOWN = (TIME, ALONG, *XYZ, *COUNTS)


class CsvTrack(WithoutConnection):
    """Positions of a CSV file with the column `t_s` and any of `along_mm`, `x_mm`, `y_mm`, `z_mm`, `layer`, `bead`.

    Linear between rows; `layer` and `bead` are those of the row before. Outside the file's time nothing is known.
    Without `along_mm` it is the length of the path, moves between rows of different layer or bead not counted: there
    the torch travels without welding.
    """

    def __init__(self, path: str | Path) -> None:
        """Read the file.

        Raises:
            TrackError: it is missing, no such table, or a row makes no sense; the message names the line.
        """
        self.path = Path(path)
        self.description = str(path)
        columns = _read(self.path)
        self._times = columns[TIME]
        self._xyz = np.stack([columns[name] for name in XYZ], axis=1) if XYZ[0] in columns else None
        self._layers, self._beads = columns.get("layer"), columns.get("bead")
        self._along = columns.get(ALONG, self._path_length())

    def at(self, elapsed_s: float) -> Position:
        """Return the position at this moment of the file's clock."""
        times = self._times
        if not times[0] <= elapsed_s <= times[-1]:
            return UNPLACED
        row = min(int(np.searchsorted(times, elapsed_s, side="right")) - 1, len(times) - 2)
        share = (elapsed_s - times[row]) / (times[row + 1] - times[row])
        counted = row + 1 if share >= 1 else row
        xyz = None
        if self._xyz is not None:
            x, y, z = (self._xyz[row] + share * (self._xyz[row + 1] - self._xyz[row])).tolist()
            xyz = (x, y, z)
        along = None
        if self._along is not None:
            along = float(self._along[row] + share * (self._along[row + 1] - self._along[row]))
        return Position(along, xyz, _count(self._layers, counted), _count(self._beads, counted))

    def _path_length(self) -> Doubles | None:
        if self._xyz is None:
            return None
        steps = np.linalg.norm(np.diff(self._xyz, axis=0), axis=1)
        for counts in (self._layers, self._beads):
            if counts is not None:
                steps[np.diff(counts) != 0] = 0
        return np.concatenate([[0.0], np.cumsum(steps)])


def _count(counts: Doubles | None, row: int) -> int | None:
    return None if counts is None else int(counts[row])


def _read(path: Path) -> dict[str, Doubles]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            delimiter = ";" if ";" in first else "," if "," in first else "\t"
            header = [name.strip() for name in next(csv.reader([first], delimiter=delimiter), [])]
            _check_header(path, header)
            reader = csv.reader(file, delimiter=delimiter)
            rows, lines = [], []
            for row in reader:
                if any(cell.strip() for cell in row):
                    rows.append(row)
                    lines.append(reader.line_num + 1)
    except OSError as error:
        raise TrackError(f"cannot read the robot's file {path}: {error.strerror or error}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise TrackError(f"{path} is no CSV file in UTF-8: {error}") from error
    return _checked(path, header, rows, lines)


def _check_header(path: Path, header: list[str]) -> None:
    known = [name for name in header if name in _KNOWN]
    given = {name for name in XYZ if name in known}
    if TIME not in known:
        raise TrackError(f"{path}, line 1: there is no column {TIME}; the columns are {', '.join(_KNOWN)}")
    if len(set(known)) < len(known):
        raise TrackError(f"{path}, line 1: a column is there twice")
    if given and len(given) < len(XYZ):
        raise TrackError(
            f"{path}, line 1: {', '.join(XYZ)} belong together, and only {', '.join(sorted(given))} is there"
        )
    if known == [TIME]:
        raise TrackError(f"{path}, line 1: besides {TIME} there is none of {', '.join(_KNOWN[1:])}")


def _checked(path: Path, header: list[str], rows: list[list[str]], lines: list[int]) -> dict[str, Doubles]:
    """Return the known columns as numbers."""
    for row, line in zip(rows, lines, strict=True):
        if len(row) != len(header):
            raise TrackError(f"{path}, line {line}: {len(row)} cells, but the header has {len(header)}")
    if len(rows) < 2:
        raise TrackError(f"{path} has {len(rows)} rows: a position needs two at least to lie between")
    cells = dict(zip(header, zip(*rows, strict=True), strict=True))
    columns = {name: _numbers(path, name, cells[name], lines) for name in _KNOWN if name in cells}
    back = np.flatnonzero(np.diff(columns[TIME]) <= 0)
    if back.size:
        line = lines[int(back[0]) + 1]
        raise TrackError(f"{path}, line {line}: {TIME} does not grow: each row has to be later than the one before")
    for name in COUNTS:
        if name in columns:
            odd = np.flatnonzero((columns[name] < 1) | (columns[name] > MAX_COUNT) | (columns[name] % 1 != 0))
            if odd.size:
                raise TrackError(f"{path}, line {lines[int(odd[0])]}: {name} counts from 1, whole numbers only")
    return columns


def _numbers(path: Path, name: str, cells: tuple[str, ...], lines: list[int]) -> Doubles:
    try:
        numbers = np.array(cells, dtype=np.float64)
    except ValueError:
        numbers = np.array([_number(cell) for cell in cells])
    bad = np.flatnonzero(~(np.abs(numbers) <= (_MAX_S if name == TIME else MAX_MM)))  # nor NaN
    if bad.size:
        first = int(bad[0])
        raise TrackError(f"{path}, line {lines[first]}: {name} is {cells[first]!r}, no number (1234.5, with a point)")
    return numbers


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return math.nan
