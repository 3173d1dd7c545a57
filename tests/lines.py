"""Makes what a welding line says, as the line's own dataclasses: a run, 25 frames a second, statuses, events."""

from typing import Any

import numpy as np

from beadwatch.domain.labels import TIG
from beadwatch.domain.line import Counters, EventPhase, FrameResult, InspectionEvent, LineState, LineStatus, RunInfo
from beadwatch.domain.position import Position
from beadwatch.imaging.decode import Pixels

START = 1_790_000_000.0
PERIOD_S = 0.04
SPEED_MM_S = 3.0


def run_info(**changes: Any) -> RunInfo:
    """Return a run of the line `cell-1`."""
    told: dict[str, Any] = {
        "id": "20260921T133320Z-0001", "line": "cell-1", "source": "rtsp://camera/weld", "task": "tig", "model": "tig",
        "model_version": "2026.11.21", "labels": TIG.label_names, "started_at": START, "track": "constant 3.0 mm/s",
        "simulated": False,
    }  # fmt: skip
    return RunInfo(**told | changes)


def scores_of(label: str, score: float = 0.9) -> tuple[float, ...]:
    """Return the scores of all classes of the task, the rest shared evenly."""
    rest = (1 - score) / (len(TIG.labels) - 1)
    return tuple(score if name == label else rest for name in TIG.label_names)


def place_of(number: int) -> Position:
    """Return where the torch is at a frame."""
    return Position(along_mm=number * PERIOD_S * SPEED_MM_S)


def frame(number: int, state: LineState = LineState.GOOD, **changes: Any) -> FrameResult:
    """Return the result of a frame, by its number."""
    told: dict[str, Any] = {
        "run_id": run_info().id, "number": number, "captured_at": START + number * PERIOD_S,
        "monotonic_s": 100 + number * PERIOD_S, "position": place_of(number), "state": state, "arc": True,
        "label": "good weld", "disposition": "accept", "scores": scores_of("good weld"),
        "distance": 0.1, "delay_ms": 12.0,
    }  # fmt: skip
    return FrameResult(**told | changes)


def status(sequence: int, state: LineState = LineState.GOOD, **changes: Any) -> LineStatus:
    """Return a status, by its sequence."""
    told: dict[str, Any] = {
        "run_id": run_info().id, "sequence": sequence, "at": START + sequence, "state": state, "since": START,
        "labels": (), "reason": "", "stop": False, "position": place_of(25 * sequence),
        "counters": Counters(received=25 * sequence, judged=25 * sequence),
    }  # fmt: skip
    return LineStatus(**told | changes)


def event(
    number: int, phase: EventPhase = EventPhase.ENDED, first: int = 0, last: int = 25, **changes: Any
) -> InspectionEvent:
    """Return an event over the frames from `first` to `last`."""
    told: dict[str, Any] = {
        "id": f"{run_info().id}-{number:04d}", "run_id": run_info().id, "phase": phase, "label": "lack of fusion",
        "state": LineState.DEFECT, "started_at": START + first * PERIOD_S, "ended_at": START + last * PERIOD_S,
        "start": place_of(first), "end": place_of(last), "frames": last - first + 1, "confidence": 0.93,
        "best_frame": last, "reason": "5 of 5 frames agree",
    }  # fmt: skip
    return InspectionEvent(**told | changes)


def picture(level: int = 90, width: int = 1280, height: int = 700) -> Pixels:
    """Return a grey picture of that level with a bright pool in its middle, RGB."""
    down, across = np.mgrid[0:height, 0:width]
    pool = 150 * np.exp(-(((across - width / 2) / (width / 12)) ** 2) - ((down - height / 2) / (height / 9)) ** 2)
    return np.repeat((level + pool).clip(0, 255).astype(np.uint8)[..., None], 3, axis=2)
