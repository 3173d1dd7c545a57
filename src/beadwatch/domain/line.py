"""What the line says while a weld is made: of each frame, of its own state, and of stretches that deserve a look.

`to_dict` of each is the JSON of every sink, of the run record and of the live view; `kind` tells them apart. Moments
are seconds of Unix time in UTC, taken from one steady clock within a run, so that a jump of the computer's clock
reorders nothing. Knows no cameras, no sinks and no models.
"""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from beadwatch.domain.position import UNPLACED, Position, position_from_dict


class LineState(StrEnum):
    """What the line knows of the weld at this moment. Only GOOD says that it is good.

    IDLE: no arc. REVIEW: the model is not sure. DEFECT: a finding that the last frames agree on. UNKNOWN: nobody is
    looking (camera lost, picture that cannot be judged, model late); a machine should treat it like a defect.
    """

    IDLE = "idle"
    GOOD = "good"
    REVIEW = "review"
    DEFECT = "defect"
    UNKNOWN = "unknown"


class EventPhase(StrEnum):
    """An event is told twice under one id: when it starts, and again when it has ended."""

    STARTED = "started"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class RunInfo:
    """One run of the line: what is watched, with which model. `id` sorts by time and is unique.

    `simulated` marks drawn pictures: nothing that is shown of such a run may look like evidence.
    """

    id: str
    line: str
    source: str
    task: str
    model: str
    model_version: str
    labels: tuple[str, ...]
    started_at: float
    track: str
    simulated: bool

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {"kind": "run", **asdict(self), "labels": list(self.labels)}


@dataclass(frozen=True, slots=True)
class FrameResult:
    """What was made of one frame.

    `number` counts the frames that the camera gave in this run; a gap is frames that were dropped. `scores` are in the
    order of the run's labels, and empty where the model was not asked (no arc, or a fault). `label` is the finding that
    matters most in this frame alone and `disposition` what it would deserve; `state` is what the last frames agree on.
    `fault` says why the frame could not be judged. `monotonic_s` is when it was handed over, by this machine's
    monotonic clock; `delay_ms` is from then until this result.
    """

    run_id: str
    number: int
    captured_at: float
    monotonic_s: float
    position: Position
    state: LineState
    arc: bool
    label: str | None = None
    disposition: str | None = None
    scores: tuple[float, ...] = ()
    distance: float | None = None
    fault: str | None = None
    delay_ms: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "kind": "frame",
            "run_id": self.run_id,
            "number": self.number,
            "captured_at": round(self.captured_at, 6),
            "monotonic_s": round(self.monotonic_s, 6),
            **self.position.to_dict(),
            "state": self.state.value,
            "arc": self.arc,
            "label": self.label,
            "disposition": self.disposition,
            "scores": [round(score, 4) for score in self.scores],
            "distance": None if self.distance is None else round(self.distance, 4),
            "fault": self.fault,
            "delay_ms": round(self.delay_ms, 3),
        }


@dataclass(frozen=True, slots=True)
class Counters:
    """Frames of a run by what became of them.

    `received` from the camera, `judged` by the monitor; `dropped`: replaced by a newer one before anybody looked;
    `late`: judged after the next one was due; `stale`: so late that the answer does not count; `unjudged`: seen, but
    without an answer (a fault). `reconnects` counts how often the camera came back. `unsent` counts messages that a
    sink had no room for, `unrecorded` events that wait because the store refuses.
    """

    received: int = 0
    judged: int = 0
    dropped: int = 0
    late: int = 0
    stale: int = 0
    unjudged: int = 0
    reconnects: int = 0
    unsent: int = 0
    unrecorded: int = 0


@dataclass(frozen=True, slots=True)
class LineStatus:
    """The state of the line, sent at every change and as a heartbeat between them.

    `labels` are the classes that the last frames agree on; `stop` says that the machine should stop, by the rules of
    the run. `sequence` counts the statuses of a run, so that a gap shows. `running` is False in the last one.
    """

    run_id: str
    sequence: int
    at: float
    state: LineState
    since: float
    labels: tuple[str, ...]
    reason: str
    stop: bool
    position: Position = UNPLACED
    counters: Counters = field(default_factory=Counters)
    running: bool = True

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "kind": "status",
            "run_id": self.run_id,
            "sequence": self.sequence,
            "at": round(self.at, 6),
            "state": self.state.value,
            "since": round(self.since, 6),
            "labels": list(self.labels),
            "reason": self.reason,
            "stop": self.stop,
            **self.position.to_dict(),
            "counters": asdict(self.counters),
            "running": self.running,
        }


@dataclass(frozen=True, slots=True)
class InspectionEvent:
    """A stretch of weld on which the frames agreed: one class found, or nobody looking (`label` is "unknown").

    `id` is unique over all runs and the same in both phases. Until it has ended, `ended_at` and `end` are of the last
    frame that belongs to it. `confidence` is the peak of the class over the stretch, `best_frame` the number of the
    frame that has it and `picture` the sha256 of that frame in the blob store, None where it was not kept.
    The stretch includes the frames that it took to agree, so that its length is that of the weld.
    """

    id: str
    run_id: str
    phase: EventPhase
    label: str
    state: LineState
    started_at: float
    ended_at: float
    start: Position
    end: Position
    frames: int
    confidence: float | None
    best_frame: int | None
    reason: str
    picture: str | None = None
    simulated: bool = False

    @property
    def message_id(self) -> str:
        """What a receiver tells repeats by: one for each phase."""
        return f"{self.id}-{self.phase.value}"

    @property
    def length_mm(self) -> float | None:
        """The length along the seam, None where the track is not known."""
        if self.start.along_mm is None or self.end.along_mm is None:
            return None
        return abs(self.end.along_mm - self.start.along_mm)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        length_mm = self.length_mm
        return {
            "kind": "event",
            "id": self.id,
            "message_id": self.message_id,
            "run_id": self.run_id,
            "phase": self.phase.value,
            "label": self.label,
            "state": self.state.value,
            "started_at": round(self.started_at, 6),
            "ended_at": round(self.ended_at, 6),
            "duration_s": round(self.ended_at - self.started_at, 6),
            "start": self.start.to_dict(),
            "end": self.end.to_dict(),
            "length_mm": None if length_mm is None else round(length_mm, 3),
            "frames": self.frames,
            "confidence": None if self.confidence is None else round(self.confidence, 4),
            "best_frame": self.best_frame,
            "reason": self.reason,
            "picture": self.picture,
            "simulated": self.simulated,
        }


def event_from_dict(data: dict[str, Any]) -> InspectionEvent:
    """Return what `InspectionEvent.to_dict` described."""
    return InspectionEvent(
        phase=EventPhase(data["phase"]),
        state=LineState(data["state"]),
        start=position_from_dict(data["start"]),
        end=position_from_dict(data["end"]),
        **{name: data[name] for name in _PLAIN},
    )


_PLAIN = (
    "id", "run_id", "label", "started_at", "ended_at", "frames", "confidence", "best_frame", "reason", "picture",
    "simulated",
)  # fmt: skip
