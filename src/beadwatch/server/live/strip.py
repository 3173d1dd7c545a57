"""What the strip chart draws: the last minute of frame results, pooled at most ten cells a second.

A cell has the worst state and the highest score of each class of its frames, so that pooling hides no finding.
"""

from collections import deque
from dataclasses import dataclass
from typing import Any

from beadwatch.domain.line import LineState
from beadwatch.server.live.messages import FrameIn

CELL_S = 0.1
WINDOW_S = 60.0
_MAX_CELLS = int(WINDOW_S / CELL_S)
_WORST_LAST = (LineState.IDLE, LineState.GOOD, LineState.REVIEW, LineState.UNKNOWN, LineState.DEFECT)


@dataclass(slots=True)
class _Cell:
    revision: int
    number: int  # of its first frame: what a browser tells cells by
    started_at: float
    at: float
    from_mm: float | None
    to_mm: float | None
    state: LineState
    scores: list[float]
    fault: str | None

    def takes(self, frame: FrameIn) -> bool:
        return 0 <= frame.captured_at - self.started_at < CELL_S

    def add(self, frame: FrameIn, revision: int) -> None:
        self.revision, self.at = revision, frame.captured_at
        self.state = max(self.state, frame.state, key=_WORST_LAST.index)
        if frame.scores:
            pairs = zip(self.scores, frame.scores, strict=False)
            self.scores = [max(pair) for pair in pairs] if self.scores else list(frame.scores)
        self.fault = frame.fault or self.fault
        if frame.along_mm is not None:
            self.from_mm, self.to_mm = frame.along_mm if self.from_mm is None else self.from_mm, frame.along_mm

    def to_dict(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "at": round(self.at, 3),
            "from_mm": self.from_mm,
            "to_mm": self.to_mm,
            "state": self.state.value,
            "scores": [round(score, 3) for score in self.scores],
            "fault": self.fault,
        }


class Strip:
    """The cells of the last minute, oldest first."""

    def __init__(self) -> None:
        self._cells: deque[_Cell] = deque(maxlen=_MAX_CELLS)

    def add(self, frame: FrameIn, revision: int) -> None:
        """Take the next frame; cells over a minute older than it are let go."""
        if self._cells and self._cells[-1].takes(frame):
            self._cells[-1].add(frame, revision)
            return
        at, place = frame.captured_at, frame.along_mm
        self._cells.append(
            _Cell(revision, frame.number, at, at, place, place, frame.state, list(frame.scores), frame.fault)
        )
        while self._cells[0].at < at - WINDOW_S:
            self._cells.popleft()

    def since(self, revision: int) -> list[dict[str, Any]]:
        """Return the cells that changed after a revision, oldest first."""
        changed = []
        for cell in reversed(self._cells):
            if cell.revision <= revision:
                break
            changed.append(cell.to_dict())
        return changed[::-1]
