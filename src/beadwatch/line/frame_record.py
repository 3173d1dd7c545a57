"""The record of every frame of a run, as Parquet files of a few seconds each in `<folder>/frames`.

The judging thread only appends to a queue; a thread of its own writes. A part is written aside, synced and renamed, so
that a killed process or a power cut loses what had not been written yet, and never leaves a broken part. Knows
`FrameResult`s and files. Does not know cameras, models or what the frames mean.
"""

import contextlib
import io
import logging
import os
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from beadwatch.domain.errors import StoreError
from beadwatch.domain.line import FrameResult, LineState, RunInfo
from beadwatch.storage.private import make_private_folder

SCORE = "score/"  # before the name of a class, so that no class is taken for another column
_LOG = logging.getLogger(__name__)
_FOLDER = "frames"
_COLUMNS: dict[str, pl.DataType] = {
    "run_id": pl.String(),
    "number": pl.Int64(),
    "captured_at": pl.Float64(),
    "monotonic_s": pl.Float64(),
    "along_mm": pl.Float64(),
    "x_mm": pl.Float64(),
    "y_mm": pl.Float64(),
    "z_mm": pl.Float64(),
    "layer": pl.Int32(),
    "bead": pl.Int32(),
    "state": pl.Enum([state.value for state in LineState]),
    "arc": pl.Boolean(),
    "label": pl.String(),
    "disposition": pl.String(),
    "distance": pl.Float32(),
    "fault": pl.String(),
    "delay_ms": pl.Float32(),
}


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a part is written, after how many rows at the latest, and how many rows may wait for a full disk."""

    interval_s: float = 5.0
    part_rows: int = 2_000
    most_waiting: int = 60_000


class FrameRecord:
    """Writes the frames of one run. `add` may be called from any one thread; nothing here is raised into it."""

    def __init__(self, folder: Path, run: RunInfo, pace: Pace | None = None) -> None:
        """Start to write into `folder` / "frames", which is made with the first part."""
        self._folder, self._labels, self._pace = folder / _FOLDER, run.labels, pace or Pace()
        self._waiting: deque[FrameResult] = deque()
        self._writing = 0
        self._lost = 0
        self._part = 0
        self._failing = False
        self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="frame-record", daemon=True)
        self._thread.start()

    @property
    def unwritten(self) -> int:
        """Rows that are in no part yet."""
        with self._changed:
            return len(self._waiting) + self._writing

    @property
    def lost(self) -> int:
        """Rows given up, the oldest first, because they could not be written for too long."""
        with self._changed:
            return self._lost

    def add(self, result: FrameResult) -> None:
        """Record a frame. Takes microseconds: it is written later."""
        with self._changed:
            self._waiting.append(result)
            self._trim()
            if len(self._waiting) == self._pace.part_rows:
                self._changed.notify()

    def close(self) -> None:
        """Write what is left and stop. What still cannot be written is lost, and counted."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        closing = False
        while not closing:
            closing = self._wait()
            going_on = True
            while going_on and (rows := self._take()):
                going_on = self._write(rows) and (closing or self.unwritten >= self._pace.part_rows)
        with self._changed:
            self._lost += len(self._waiting)
            self._waiting.clear()

    def _wait(self) -> bool:
        """Wait until a part is due; say whether it is the last. After a failure, many rows are no reason to hurry."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._closing or (len(self._waiting) >= self._pace.part_rows and not self._failing),
                self._pace.interval_s,
            )
            return self._closing

    def _take(self) -> list[FrameResult]:
        with self._changed:
            rows = list(islice(self._waiting, self._pace.part_rows))
            for _ in rows:
                self._waiting.popleft()
            self._writing = len(rows)
            return rows

    def _write(self, rows: list[FrameResult]) -> bool:
        """Write one part. Say whether to go on: where the disk refuses, the rows wait again."""
        error: Exception | None = None
        back: Sequence[FrameResult] = ()
        try:
            self._write_part(_parquet(rows, self._labels))
        except OSError as raised:
            error, back = raised, rows
        except Exception as raised:  # noqa: BLE001  # the thread's edge: rows that make no part must not stop the rest
            error = raised
        with self._changed:
            self._writing = 0
            self._waiting.extendleft(reversed(back))
            self._lost += len(rows) - len(back) if error else 0
            self._trim()
        if error and not self._failing:
            _LOG.error("cannot write frames to %s: %s; trying again with the next part", self._folder, error)
        elif self._failing and not error:
            _LOG.warning("frames are written to %s again", self._folder)
        self._failing = error is not None
        return not back

    def _trim(self) -> None:
        while len(self._waiting) > self._pace.most_waiting:
            self._waiting.popleft()
            self._lost += 1

    def _write_part(self, data: bytes) -> None:
        make_private_folder(self._folder)
        part = self._part or max(map(_number, _parts(self._folder)), default=0)
        place = self._folder / f"part-{part + 1:05d}.parquet"
        aside = place.with_name(f"{place.name}.part")
        try:
            with aside.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(place)
        except OSError:
            with contextlib.suppress(OSError):
                aside.unlink()
            raise
        self._part = part + 1


def read_frames(folder: Path, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """Return the recorded frames of a run in order: all its parts, or some columns of them. No part, no rows.

    Raises:
        StoreError: a part is damaged or is none of this run's; the message names it.
    """
    parts: list[pl.DataFrame] = []
    for path in _parts(folder / _FOLDER):
        try:
            part = pl.read_parquet(path, columns=None if columns is None else list(columns))
        except (PolarsError, OSError, ValueError) as error:
            raise StoreError(f"the frames in {path} cannot be read: {error}. Restore or remove the file") from error
        if (parts and part.schema != parts[0].schema) or not set(columns or _COLUMNS) <= set(part.columns):
            raise StoreError(f"the frames in {path} have other columns than this record. Restore or remove the file")
        parts.append(part)
    if not parts:
        empty = pl.DataFrame(schema=_COLUMNS)
        return empty if columns is None else empty.select(name for name in columns if name in _COLUMNS)
    return pl.concat(parts)


def _parquet(rows: Sequence[FrameResult], labels: Sequence[str]) -> bytes:
    places = [row.position.xyz_mm or (None, None, None) for row in rows]
    values: dict[str, list[object]] = {
        name: [getattr(row, name) for row in rows]
        for name in ("run_id", "number", "captured_at", "monotonic_s", "arc", "label", "disposition", "distance",
                     "fault", "delay_ms")
    }  # fmt: skip
    values |= {name: [getattr(row.position, name) for row in rows] for name in ("along_mm", "layer", "bead")}
    values |= {name: [place[axis] for place in places] for axis, name in enumerate(("x_mm", "y_mm", "z_mm"))}
    values["state"] = [row.state.value for row in rows]
    frame = pl.DataFrame({name: values[name] for name in _COLUMNS}, schema=_COLUMNS)
    scores = [
        pl.Series(f"{SCORE}{label}", [row.scores[at] if row.scores else None for row in rows], pl.Float32)
        for at, label in enumerate(labels)
    ]
    buffer = io.BytesIO()
    frame.with_columns(scores).write_parquet(buffer, statistics=True)
    return buffer.getvalue()


def _parts(folder: Path) -> list[Path]:
    return sorted(folder.glob("part-*.parquet"), key=_number)


def _number(part: Path) -> int:
    digits = part.stem.removeprefix("part-")
    return int(digits) if digits.isdecimal() else 0
