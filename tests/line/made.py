"""Runs, frames, statuses and events as tests need them."""

from dataclasses import replace
from typing import Any

from beadwatch.domain.labels import TIG
from beadwatch.domain.line import EventPhase, FrameResult, InspectionEvent, LineState, LineStatus, RunInfo
from beadwatch.domain.position import Position

STARTED_AT = 1_900_000_000.0


def made_run(run_id: str = "r1", **changes: Any) -> RunInfo:
    """Return a run of the line `cell-1`."""
    run = RunInfo(
        id=run_id,
        line="cell-1",
        source="sim://tig",
        task=TIG.name,
        model="tig",
        model_version="1",
        labels=TIG.label_names,
        started_at=STARTED_AT,
        track="8 mm/s",
        simulated=True,
    )
    return replace(run, **changes)


def made_event(event_id: str = "r1-1", **changes: Any) -> InspectionEvent:
    """Return a burn through that has just started, 40 mm along the seam."""
    event = InspectionEvent(
        id=event_id,
        run_id=event_id.split("-", maxsplit=1)[0],
        phase=EventPhase.STARTED,
        label="burn through",
        state=LineState.DEFECT,
        started_at=STARTED_AT + 5.0,
        ended_at=STARTED_AT + 5.1,
        start=Position(along_mm=40.0, layer=2),
        end=Position(along_mm=40.8, layer=2),
        frames=1,
        confidence=0.91,
        best_frame=277,
        reason="burn through 0.91: a hole in the weld",
    )
    return replace(event, **changes)


def ended(event: InspectionEvent, **changes: Any) -> InspectionEvent:
    """Return the same event with its end, two seconds later."""
    return replace(event, phase=EventPhase.ENDED, ended_at=event.started_at + 2.0, **changes)


def made_frame(number: int = 0, **changes: Any) -> FrameResult:
    """Return the result of a good frame at 50 frames a second and 8 mm/s."""
    seconds = number / 50
    frame = FrameResult(
        run_id="r1",
        number=number,
        captured_at=STARTED_AT + seconds,
        monotonic_s=1000.0 + seconds,
        position=Position(along_mm=8.0 * seconds),
        state=LineState.GOOD,
        arc=True,
        label="good weld",
        disposition="accept",
        scores=(0.9, 0.02, 0.02, 0.02, 0.02, 0.02),
        distance=0.1,
        delay_ms=6.5,
    )
    return replace(frame, **changes)


def made_status(sequence: int = 0, **changes: Any) -> LineStatus:
    """Return a good line."""
    status = LineStatus(
        run_id="r1",
        sequence=sequence,
        at=STARTED_AT + sequence,
        state=LineState.GOOD,
        since=STARTED_AT,
        labels=(),
        reason="8 of the last 8 frames are good",
        stop=False,
        position=Position(along_mm=8.0 * sequence),
    )
    return replace(status, **changes)
