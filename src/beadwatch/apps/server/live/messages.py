"""What a line sends to the station, checked: pydantic's mirror of `domain.line`. Unknown fields are let through unread.

The limits keep a line's state small whoever sends: about ten posts a second, each with the frames since the last one.
"""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from beadwatch.domain.line import EventPhase, LineState
from beadwatch.domain.text import cleaned

LINE_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
MAX_FRAMES, MAX_EVENTS = 500, 50

_Short = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(cleaned)]
_Text = Annotated[str, Field(max_length=500), AfterValidator(cleaned)]
_Count = Annotated[int, Field(ge=0, lt=2**53)]  # what a browser's numbers hold
_Score = Annotated[float, Field(ge=0, le=1)]
_Labels = Annotated[list[_Short], Field(max_length=64)]


class _In(BaseModel):
    model_config = ConfigDict(allow_inf_nan=False, frozen=True)


class RunIn(_In):
    """Which run of the line speaks."""

    id: _Short
    line: _Short
    source: _Text
    task: _Short
    model: _Text
    model_version: _Text
    labels: _Labels
    started_at: float
    track: _Text
    simulated: bool


class PositionIn(_In):
    """A point of the weld, as far as it is known."""

    along_mm: float | None = None
    xyz_mm: Annotated[list[float], Field(min_length=3, max_length=3)] | None = None
    layer: int | None = None
    bead: int | None = None


class FrameIn(PositionIn):
    """What was made of one frame."""

    run_id: _Short
    number: _Count
    captured_at: float
    monotonic_s: float
    state: LineState
    arc: bool
    label: _Short | None = None
    disposition: _Short | None = None
    scores: Annotated[list[_Score], Field(max_length=64)] = []
    distance: float | None = None
    fault: _Text | None = None
    delay_ms: Annotated[float, Field(ge=0)] = 0.0


class CountersIn(_In):
    """Frames of a run by what became of them."""

    received: _Count = 0
    judged: _Count = 0
    dropped: _Count = 0
    late: _Count = 0
    stale: _Count = 0
    unjudged: _Count = 0
    reconnects: _Count = 0
    unsent: _Count = 0
    unrecorded: _Count = 0


class StatusIn(PositionIn):
    """The state of the line."""

    run_id: _Short
    sequence: _Count
    at: float
    state: LineState
    since: float
    labels: _Labels
    reason: _Text
    stop: bool
    counters: CountersIn
    running: bool = True


class EventIn(_In):
    """A stretch of weld that deserves a look."""

    id: _Short
    run_id: _Short
    phase: EventPhase
    label: _Short
    state: LineState
    started_at: float
    ended_at: float
    duration_s: float
    start: PositionIn
    end: PositionIn
    length_mm: float | None = None
    frames: _Count
    confidence: _Score | None = None
    best_frame: _Count | None = None
    reason: _Text = ""
    picture: _Text | None = None
    simulated: bool = False


class LiveIn(_In):
    """One post of a line: the run, its last status, and the frames and events since the last post."""

    run: RunIn
    status: StatusIn | None = None
    frames: Annotated[list[FrameIn], Field(max_length=MAX_FRAMES)] = []
    events: Annotated[list[EventIn], Field(max_length=MAX_EVENTS)] = []
