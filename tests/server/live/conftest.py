"""A clock that the test turns, and messages of a line as the station reads them."""

from dataclasses import asdict
from typing import Any

import pytest

from beadwatch.domain.line import FrameResult, InspectionEvent, LineStatus, RunInfo
from beadwatch.server.live.line import LiveLine
from beadwatch.server.live.messages import LiveIn
from tests.line.made import made_run


class Clock:
    """A monotonic clock that stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def line(clock: Clock) -> LiveLine:
    """Return a line that nobody has heard of."""
    return LiveLine("cell-1", clock)


def document(
    *messages: FrameResult | LineStatus | InspectionEvent, run: RunInfo | None = None, **changes: Any
) -> dict[str, Any]:
    """Return a post as JSON would have it."""
    statuses = [message.to_dict() for message in messages if isinstance(message, LineStatus)]
    return {
        "run": {**asdict(run or made_run()), "labels": list((run or made_run()).labels)},
        "status": statuses[-1] if statuses else None,
        "frames": [message.to_dict() for message in messages if isinstance(message, FrameResult)],
        "events": [message.to_dict() for message in messages if isinstance(message, InspectionEvent)],
    } | changes


def post(*messages: FrameResult | LineStatus | InspectionEvent, run: RunInfo | None = None) -> LiveIn:
    """Return a post as the station reads it."""
    return LiveIn.model_validate(document(*messages, run=run))
