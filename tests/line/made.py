"""Runs, frames, statuses and events as tests need them: 25 frames a second at 3 mm/s, placed by a robot."""

from dataclasses import replace
from typing import Any

from beadwatch.domain.labels import TIG
from beadwatch.domain.line import Counters, EventPhase, FrameResult, InspectionEvent, LineState, LineStatus, RunInfo
from beadwatch.domain.position import Position

STARTED_AT = 1_900_000_000.0
FPS, SPEED_MM_S = 25, 3.0


def place_at(seconds: float) -> Position:
    """Return where the torch is so long after the start; no two of the numbers are alike."""
    along_mm = round(SPEED_MM_S * seconds, 3)
    return Position(along_mm=along_mm, xyz_mm=(100.0 + along_mm, 20.5, 3.5), layer=2, bead=7)


def scores_of(label: str, score: float = 0.9) -> tuple[float, ...]:
    """Return the scores of all classes of the task, the rest shared evenly."""
    rest = (1 - score) / (len(TIG.labels) - 1)
    return tuple(score if name == label else rest for name in TIG.label_names)


def made_run(run_id: str = "r1", **changes: Any) -> RunInfo:
    """Return a run of the line `cell-1`."""
    run = RunInfo(
        id=run_id,
        line="cell-1",
        source="rtsp://camera/weld",
        task=TIG.name,
        model="tig-small",
        model_version="3",
        labels=TIG.label_names,
        started_at=STARTED_AT,
        track="speed 3 mm/s",
        simulated=False,
    )
    return replace(run, **changes)


def made_frame(number: int = 0, state: LineState = LineState.GOOD, **changes: Any) -> FrameResult:
    """Return the result of a frame, at its time and place; its own label is that of a good weld."""
    seconds = number / FPS
    frame = FrameResult(
        run_id="r1",
        number=number,
        captured_at=STARTED_AT + seconds,
        monotonic_s=1000.0 + seconds,
        position=place_at(seconds),
        state=state,
        arc=True,
        label="good weld",
        disposition="accept",
        scores=scores_of("good weld"),
        distance=0.1,
        delay_ms=12.0,
    )
    return replace(frame, **changes)


def made_status(sequence: int = 1, state: LineState = LineState.GOOD, **changes: Any) -> LineStatus:
    """Return a status, one a second."""
    status = LineStatus(
        run_id="r1",
        sequence=sequence,
        at=STARTED_AT + sequence,
        state=state,
        since=STARTED_AT,
        labels=("burn through",) if state is LineState.DEFECT else (),
        reason=f"8 of the last 8 frames are {state}",
        stop=state in {LineState.DEFECT, LineState.UNKNOWN},
        position=place_at(sequence),
        counters=Counters(received=100 + sequence, judged=90, dropped=8, late=3, stale=1, unjudged=2),
    )
    return replace(status, **changes)


def made_event(
    number: int = 1, first: int = 125, last: int = 150, run_id: str = "r1", **changes: Any
) -> InspectionEvent:
    """Return a burn through from frame `first`, which has not ended by frame `last`."""
    event = InspectionEvent(
        id=f"{run_id}-{number}",
        run_id=run_id,
        phase=EventPhase.STARTED,
        label="burn through",
        state=LineState.DEFECT,
        started_at=STARTED_AT + first / FPS,
        ended_at=STARTED_AT + last / FPS,
        start=place_at(first / FPS),
        end=place_at(last / FPS),
        frames=last - first + 1,
        confidence=0.93,
        best_frame=last,
        reason="5 of the last 8 frames agree",
    )
    return replace(event, **changes)


def ended(event: InspectionEvent, **changes: Any) -> InspectionEvent:
    """Return the same event with its end, two seconds after its start."""
    return replace(event, phase=EventPhase.ENDED, ended_at=event.started_at + 2.0, **changes)
