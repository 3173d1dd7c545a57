"""What the station holds of one line, bounded, and the view of it that browsers get.

Every change has a revision, so that a view can hold what changed after the one before it: a slow browser misses steps,
and nothing queues up for it. A line that has been silent is unknown, never what it said last. Used from one thread.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from beadwatch.domain.labels import label_named
from beadwatch.domain.line import EventPhase, LineState
from beadwatch.server.live.messages import EventIn, FrameIn, LiveIn, RunIn, StatusIn
from beadwatch.server.live.pace import Pace
from beadwatch.server.live.strip import Strip

STALE_AFTER_S = 1.5
MAX_EVENTS = 200
_FROM_THE_START = -1
_NOBODY_LOOKED = "nobody looked at this stretch: have a person look at it; check the camera and the light"


@dataclass(slots=True)
class Picture:
    """The newest picture of a line, a JPEG, and what was made of that frame, once that is known."""

    number: int
    jpeg: bytes
    frame: FrameIn | None


class LiveLine:
    """One line: its newest run, the last minute of it, and the last events of all runs."""

    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.name, self._clock = name, clock
        self.revision = self._run_revision = 0
        self.heard_at: float | None = None  # by `clock`, when the line said something new
        self.run: RunIn | None = None
        self.picture: Picture | None = None
        self._events: dict[str, tuple[int, EventIn]] = {}
        self._forget()

    def _forget(self) -> None:
        self._status: StatusIn | None = None
        self._last: FrameIn | None = None
        self._strip, self._pace, self.picture = Strip(), Pace(), None

    @property
    def age_s(self) -> float | None:
        """Seconds since the line said something new; None if it never did."""
        return None if self.heard_at is None else self._clock() - self.heard_at

    @property
    def stale(self) -> bool:
        """Whether what the line said last is too old to be believed."""
        age_s = self.age_s
        return age_s is None or age_s > STALE_AFTER_S

    def accepts(self, run: RunIn) -> bool:
        """Say whether a run may speak for the line: it does already, it is newer, or the run before it fell silent."""
        mine = self.run
        ended = self._status is not None and not self._status.running
        return mine is None or run.id == mine.id or run.started_at > mine.started_at or self.stale or ended

    def receive(self, message: LiveIn) -> None:
        """Take a post of an accepted run. What came before, or is of another run, changes nothing; so do repeats."""
        self.revision += 1
        if self.run is None or message.run.id != self.run.id:
            self._forget()
            self.run, self._run_revision = message.run, self.revision
        for event in message.events:
            self._take_event(event)
        news = [self._take_frame(frame) for frame in message.frames if frame.run_id == message.run.id]
        status = message.status
        if status is not None and status.run_id == message.run.id and self._is_next(status):
            self._status = status
            news.append(True)
        if any(news):  # an event may be sent again long after the line has died
            self.heard_at = self._clock()

    def show(self, number: int, jpeg: bytes) -> None:
        """Take the picture of a frame of the run, unless a newer one is there."""
        if self.picture is None or number > self.picture.number:
            self.revision += 1
            self.picture = Picture(number, jpeg, self._pace.frame(number))

    def _is_next(self, status: StatusIn) -> bool:
        return self._status is None or status.sequence > self._status.sequence

    def _take_frame(self, frame: FrameIn) -> bool:
        if self._last is not None and frame.number <= self._last.number:
            return False
        self._last = frame
        self._strip.add(frame, self.revision)
        self._pace.add(frame)
        if self.picture is not None and self.picture.number == frame.number:
            self.picture.frame = frame
        return True

    def _take_event(self, event: EventIn) -> None:
        known = self._events.get(event.id)
        if known is not None and event.phase in {known[1].phase, EventPhase.STARTED}:
            return
        self._events[event.id] = self.revision, event
        if len(self._events) > MAX_EVENTS:
            del self._events[min(self._events, key=lambda key: self._events[key][1].started_at)]

    def state(self) -> dict[str, Any]:
        """Return what to show now, JSON-ready: the line's word if it is fresh, otherwise unknown and why."""
        status, age_s = self._status, self.age_s
        state, reason, labels = LineState.UNKNOWN, "", []
        if age_s is None:
            reason = "no word from the line yet"
        elif status is not None and not status.running:
            reason = "the run has ended"
        elif age_s > STALE_AFTER_S:
            reason = f"no word from the line for {age_s:.0f} s"
        elif status is None:
            reason = "the line has not said its state yet"
        else:
            state, reason, labels = status.state, status.reason, status.labels
        return {
            "state": state.value,
            "reason": reason,
            "labels": labels,
            "stop": status is not None and status.stop and status.running,  # silence takes no stop back
            "stale": self.stale,
            "age_s": None if age_s is None else round(age_s, 3),
        }

    def summary(self) -> dict[str, Any]:
        """Return the line in a few words, JSON-ready, for a list of lines."""
        run = self.run
        told = {} if run is None else {"source": run.source, "task": run.task, "simulated": run.simulated}
        return {"line": self.name, **self.state(), **told}

    def is_whole(self, since: int) -> bool:
        """Say whether a view since that revision is a whole one: the first, or the first of a new run."""
        return since < self._run_revision or since == _FROM_THE_START

    def view(self, since: int = _FROM_THE_START) -> dict[str, Any]:
        """Return what changed after a revision, JSON-ready; from the start, and for a new run, the whole line."""
        whole = self.is_whole(since)
        seen = _FROM_THE_START if whole else since
        changed = [event for revision, event in self._events.values() if revision > seen]
        changing = {
            "line": self.name,
            "revision": self.revision,
            "now_s": round(self._clock(), 3),
            **self.state(),
            "status": None if self._status is None else self._status.model_dump(mode="json"),
            "figures": self._pace.to_dict(),
            "picture": self._picture_to_dict(),
            "cells": self._strip.since(seen),
            "events": [_event_to_dict(event) for event in sorted(changed, key=lambda event: event.started_at)],
        }
        return changing | {"stale_after_s": STALE_AFTER_S, "run": self._run_to_dict()} if whole else changing

    def _run_to_dict(self) -> dict[str, Any] | None:
        return None if self.run is None else self.run.model_dump(mode="json")

    def _picture_to_dict(self) -> dict[str, Any] | None:
        if self.picture is None:
            return None
        frame = self.picture.frame
        return {"number": self.picture.number, "frame": None if frame is None else frame.model_dump(mode="json")}


def _event_to_dict(event: EventIn) -> dict[str, Any]:
    label = label_named(event.label)
    if event.label == LineState.UNKNOWN.value:
        return {**event.model_dump(mode="json"), "cause": "", "remedy": _NOBODY_LOOKED}
    return {**event.model_dump(mode="json"), "cause": label.cause, "remedy": label.remedy or label.why}
