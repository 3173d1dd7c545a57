"""What a line sends to the station, checked: pydantic's mirror of `domain.line`. Unknown fields are let through unread.

The limits keep a line's state small whoever sends: about ten posts a second, each with the frames since the last one.
"""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from beadwatch.domain.line import EventPhase, LineState
from beadwatch.domain.position import MAX_COUNT, MAX_MM
from beadwatch.domain.text import cleaned

LINE_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
MAX_FRAMES, MAX_EVENTS = 500, 50

_Short = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(cleaned)]
_Text = Annotated[str, Field(max_length=500), AfterValidator(cleaned)]
_Count = Annotated[int, Field(ge=0, lt=2**53)]  # what a browser's numbers hold
_Score = Annotated[float, Field(ge=0, le=1)]
# Bounds that nothing real comes near, so that nothing that is computed overflows.
_Moment = Annotated[float, Field(ge=-1e11, le=1e11)]  # seconds; of Unix time until the year 5138
_Duration = Annotated[float, Field(ge=-1e9, le=1e9)]
_Mm = Annotated[float, Field(ge=-MAX_MM, le=MAX_MM)]
_Number = Annotated[int, Field(ge=0, le=MAX_COUNT)]
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
    started_at: _Moment
    track: _Text
    simulated: bool


class PositionIn(_In):
    """A point of the weld, as far as it is known."""

    along_mm: _Mm | None = None
    xyz_mm: Annotated[list[_Mm], Field(min_length=3, max_length=3)] | None = None
    layer: _Number | None = None
    bead: _Number | None = None


class FrameIn(PositionIn):
    """What was made of one frame."""

    run_id: _Short
    number: _Count
    captured_at: _Moment
    monotonic_s: _Moment
    state: LineState
    arc: bool
    label: _Short | None = None
    disposition: _Short | None = None
    scores: Annotated[list[_Score], Field(max_length=64)] = []
    distance: Annotated[float, Field(ge=-1e9, le=1e9)] | None = None
    fault: _Text | None = None
    delay_ms: Annotated[float, Field(ge=0, le=1e9)] = 0.0


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
    at: _Moment
    state: LineState
    since: _Moment
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
    started_at: _Moment
    ended_at: _Moment
    duration_s: _Duration
    start: PositionIn
    end: PositionIn
    length_mm: Annotated[float, Field(ge=0, le=2 * MAX_MM)] | None = None
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
