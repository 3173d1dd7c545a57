"""A run, and messages of it, for the tests of receivers."""

from typing import Any

from beadwatch.domain.line import Counters, EventPhase, FrameResult, InspectionEvent, LineState, LineStatus, RunInfo
from beadwatch.domain.position import Position

RUN = RunInfo(
    id="20260301T080000-a1",
    line="cell 4",
    source="rtsp://camera/weld",
    task="tig",
    model="tig-small",
    model_version="3",
    labels=("good weld", "burn through"),
    started_at=1772352000.0,
    track="speed 5 mm/s",
    simulated=False,
)
HERE = Position(along_mm=12.5, xyz_mm=(1.0, 2.0, 3.5), layer=2, bead=7)


def status(state: LineState = LineState.GOOD, sequence: int = 1, **changes: Any) -> LineStatus:
    """Return a status of the run."""
    values: dict[str, Any] = {
        "run_id": RUN.id,
        "sequence": sequence,
        "at": 1772352001.0 + sequence,
        "state": state,
        "since": 1772352001.0,
        "labels": ("burn through",) if state is LineState.DEFECT else (),
        "reason": f"it is {state.value}",
        "stop": state in {LineState.DEFECT, LineState.UNKNOWN},
        "position": HERE,
        "counters": Counters(received=100 + sequence, judged=90, dropped=8, late=3, unjudged=2),
    }
    return LineStatus(**{**values, **changes})


def event(number: int = 1, phase: EventPhase = EventPhase.ENDED, **changes: Any) -> InspectionEvent:
    """Return an event of the run."""
    values: dict[str, Any] = {
        "id": f"{RUN.id}-{number:04d}",
        "run_id": RUN.id,
        "phase": phase,
        "label": "burn through",
        "state": LineState.DEFECT,
        "started_at": 1772352002.0,
        "ended_at": 1772352003.5,
        "start": Position(along_mm=10.0),
        "end": HERE,
        "frames": 45,
        "confidence": 0.93,
        "best_frame": 17,
        "reason": "seen in 5 frames in a row",
        "picture": "ab" * 32,
    }
    return InspectionEvent(**{**values, **changes})


def frame(number: int = 1, **changes: Any) -> FrameResult:
    """Return a frame of the run."""
    values: dict[str, Any] = {
        "run_id": RUN.id,
        "number": number,
        "captured_at": 1772352001.5,
        "monotonic_s": 77.0,
        "position": HERE,
        "state": LineState.GOOD,
        "arc": True,
        "label": "good weld",
        "disposition": "accept",
        "scores": (0.9, 0.1),
        "distance": 0.2,
        "delay_ms": 20.0,
    }
    return FrameResult(**{**values, **changes})
