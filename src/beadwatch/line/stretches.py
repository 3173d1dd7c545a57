"""A stretch of weld on which frames agree, as it grows from its first frame to its last. Knows moments, no pictures."""

from collections.abc import Sequence
from dataclasses import dataclass

from beadwatch.domain.labels import Disposition, label_named
from beadwatch.domain.line import EventPhase, InspectionEvent, LineState
from beadwatch.domain.position import Position


@dataclass(frozen=True, slots=True)
class Moment:
    """One frame that belongs to a stretch; `number` is -1 where there was none. `confidence` is of the class."""

    number: int
    at: float
    position: Position
    confidence: float | None
    reason: str


class Stretch:
    """What has been seen of one class, and whether the frames still agree on it (`active`)."""

    def __init__(self, run_id: str, event_id: str, label: str, simulated: bool, moments: Sequence[Moment]) -> None:
        self._run_id, self.id, self._label, self._simulated = run_id, event_id, label, simulated
        self._first = self._last = self._best = moments[0]
        self._frames = 0
        self.active = True
        for moment in moments:
            self.add(moment)

    @property
    def last_at(self) -> float:
        """When the class was seen last."""
        return self._last.at

    @property
    def best_frame(self) -> int | None:
        """The number of the frame that shows the class best, None where there was no frame at all."""
        return self._best.number if self._best.number >= 0 else None

    def add(self, moment: Moment) -> None:
        """Take in one more frame."""
        self._last = moment
        self._frames += moment.number >= 0
        if (moment.confidence or 0.0) > (self._best.confidence or 0.0):
            self._best = moment

    def started(self) -> InspectionEvent:
        """Return the event as it begins."""
        return self._event(EventPhase.STARTED)

    def ended(self) -> InspectionEvent:
        """Return the event as it is over."""
        return self._event(EventPhase.ENDED)

    def _event(self, phase: EventPhase) -> InspectionEvent:
        return InspectionEvent(
            id=self.id,
            run_id=self._run_id,
            phase=phase,
            label=self._label,
            state=state_of(self._label),
            started_at=self._first.at,
            ended_at=self._last.at,
            start=self._first.position,
            end=self._last.position,
            frames=self._frames,
            confidence=self._best.confidence,
            best_frame=self.best_frame,
            reason=self._best.reason,
            simulated=self._simulated,
        )


def state_of(label: str) -> LineState:
    """Return the state that agreement on a class, or on `unknown`, puts the line into."""
    if label == LineState.UNKNOWN.value:
        return LineState.UNKNOWN
    return LineState.DEFECT if label_named(label).verdict is Disposition.REJECT else LineState.REVIEW
