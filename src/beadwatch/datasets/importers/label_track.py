"""The label track of a video: a CSV file of start_s, end_s and label.

Knows intervals of time. Does not know frames. Where an interval is refused, nobody can tell what its time shows: then
only the frames inside good intervals are worth anything, and the track is not `complete`.
"""

from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path

from beadwatch.datasets.importers.base import Problems
from beadwatch.datasets.importers.documents import Row, finite, read_table

_COLUMNS = ("start_s", "end_s", "label")


@dataclass(frozen=True, slots=True)
class Interval:
    """From `start_s` up to, but not including, `end_s`, the video shows `label`. `row` says so."""

    start_s: float
    end_s: float
    label: str
    row: Row


@dataclass(frozen=True, slots=True)
class LabelTrack:
    """Intervals in order of time, none of which overlap."""

    intervals: tuple[Interval, ...]
    complete: bool

    def at(self, time_s: float) -> Interval | None:
        """Return the interval in which a time lies."""
        index = bisect_right(self.intervals, time_s, key=lambda interval: interval.start_s) - 1
        return self.intervals[index] if index >= 0 and time_s < self.intervals[index].end_s else None


def read_track(path: Path, end_s: float | None, problems: Problems) -> LabelTrack | None:
    """Return the label track of a video that lasts `end_s` (None: the video does not say); None if it is broken."""
    rows = read_table(path, _COLUMNS, problems)
    if rows is None:
        return None
    if not rows:
        problems.report(path, "no interval in it; add lines of start_s,end_s,label")
        return None
    read = [_interval(row, end_s) for row in rows]
    good = sorted((interval for interval in read if interval), key=lambda interval: (interval.start_s, interval.end_s))
    overlapping: set[int] = set()
    furthest = 0
    for index in range(1, len(good)):
        before, interval = good[furthest], good[index]
        if interval.start_s < before.end_s:
            _report_overlap(before, interval)
            overlapping |= {furthest, index}
        if interval.end_s > before.end_s:
            furthest = index
    kept = tuple(interval for index, interval in enumerate(good) if index not in overlapping)
    return LabelTrack(kept, len(kept) == len(rows))


def _interval(row: Row, end_s: float | None) -> Interval | None:
    if not row.whole:
        return None
    start, end, label = finite(row.cells["start_s"]), finite(row.cells["end_s"]), row.cells["label"]
    if start is None or end is None or start < 0:
        row.spot.report(f"{row.cells['start_s']!r} to {row.cells['end_s']!r} are no times in seconds from 0 on")
    elif end <= start:
        row.spot.report(f"ends at {end:g} s, which is not after its start at {start:g} s")
    elif not label:
        row.spot.report("needs a label")
    elif end_s is not None and end > end_s:
        row.spot.report(f"ends at {end:g} s, after the end of the video at {end_s:.3f} s")
    else:
        return Interval(start, end, label, row)
    return None


def _report_overlap(before: Interval, after: Interval) -> None:
    first, second = sorted((before, after), key=lambda interval: interval.row.spot.line or 0)
    second.row.spot.report(
        f"{second.start_s:g} to {second.end_s:g} s overlaps line {first.row.spot.line} "
        f"({first.start_s:g} to {first.end_s:g} s); one time has one label"
    )
