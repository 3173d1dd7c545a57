"""One run from the first frame to the last word: what is told, when, and what happens when something hangs."""

import threading
import time
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pytest

from beadwatch.domain.errors import CameraError
from beadwatch.domain.line import EventPhase, LineState, LineStatus
from beadwatch.domain.position import Position
from beadwatch.line.frame import Frame
from beadwatch.line.judge import Judgement
from beadwatch.line.monitor import MonitorRules
from beadwatch.line.watch import Instruments, LineWatch, WatchRules
from tests.line.fakes import FakeFeed, FakeJudge, FakeOutlet, frame
from tests.line.made import made_run
from tests.line.test_monitor import GOOD, HOLE, judgement
from tests.waiting import until

RULES = WatchRules(MonitorRules(window=8, agree=5, release=2, merge_s=0.05), stale_after_s=0.3, heartbeat_s=0.1)


class SteadyTrack:
    """8 mm a second, from when it is told to start."""

    description = "8 mm/s"

    def __init__(self) -> None:
        self.started_s: float | None = None

    def __enter__(self) -> "SteadyTrack":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def start(self, monotonic_s: float) -> None:
        self.started_s = monotonic_s

    def at(self, elapsed_s: float) -> Position:
        return Position(along_mm=8.0 * elapsed_s)


class Line:
    """A watch with fakes all around, run to its end or in a thread."""

    def __init__(self, answers: Sequence[Judgement], feed: FakeFeed, rules: WatchRules = RULES) -> None:
        self.feed, self.outlet, self.judge, self.track = feed, FakeOutlet(), FakeJudge(answers), SteadyTrack()
        self.watch = LineWatch(made_run(), feed, Instruments(self.judge, self.track), self.outlet, rules)  # type: ignore[arg-type]
        self.stop = threading.Event()
        self.summary: dict[str, Any] = {}

    def __enter__(self) -> "Line":
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        return self

    def _run(self) -> None:
        self.watch.run(self.stop)
        self.summary = self.watch.summary()

    def __exit__(self, *_: object) -> None:
        self.judge.gate.set()
        self.stop.set()
        self.thread.join(5)
        assert not self.thread.is_alive()

    @property
    def last(self) -> LineStatus:
        return self.outlet.statuses[-1]


def recording(count: int, rate: float = 50.0) -> FakeFeed:
    return FakeFeed([frame(number, media_s=number / rate) for number in range(count)], live=False)


def answers(text: Iterable[str]) -> list[Judgement]:
    return [judgement({"g": GOOD, "h": HOLE, "!": "!"}[sign]) for sign in text]


def test_a_recording_is_told_from_start_to_end() -> None:
    text = 20 * "g" + 20 * "h" + 20 * "g"
    line = Line(answers(text), recording(len(text)))
    line.watch.run(line.stop)
    summary = line.watch.summary()
    assert [result.number for result in line.outlet.frames] == list(range(60))
    states = [status.state for status in line.outlet.statuses]
    assert states[0] is LineState.UNKNOWN, "nobody has looked yet"
    assert LineState.GOOD in states
    assert LineState.DEFECT in states
    (started, picture), (ended, last) = line.outlet.events
    assert (started.phase, ended.phase) == (EventPhase.STARTED, EventPhase.ENDED)
    assert [ended.start.along_mm, ended.end.along_mm] == pytest.approx([3.2, 6.24])
    assert picture is not None
    assert last is not None
    assert int(last[0, 0, 0]) == ended.best_frame, "the picture is that of the best frame"
    assert not line.last.running
    assert line.last.state is LineState.UNKNOWN
    assert line.last.reason == "the recording is over"
    assert summary["counters"]["judged"] == 60
    assert summary["seconds"]["good"] > 0.3
    assert line.track.started_s is not None


def test_sequences_have_no_gap_and_times_are_those_of_the_recording() -> None:
    line = Line(answers(30 * "g"), recording(30))
    line.watch.run(line.stop)
    assert [status.sequence for status in line.outlet.statuses] == list(range(1, len(line.outlet.statuses) + 1))
    started_at = made_run().started_at
    assert [result.captured_at - started_at for result in line.outlet.frames[:3]] == pytest.approx([0.0, 0.02, 0.04])


def test_a_silent_camera_is_unknown_and_comes_back() -> None:
    with Line(answers(["g"]), FakeFeed()) as line:
        for number in range(10):
            line.feed.put(frame(number))
        until(lambda: line.last.state is LineState.GOOD)
        line.feed.fault = "camera lost, trying again in 0.5 s"
        until(lambda: line.last.state is LineState.UNKNOWN)
        assert line.last.reason == "camera lost, trying again in 0.5 s"
        assert line.last.stop
        until(lambda: line.outlet.events)
        line.feed.fault = None
        for number in range(10, 40):
            line.feed.put(frame(number))
        until(lambda: line.last.state is LineState.GOOD)
        assert not line.last.stop


def test_a_model_that_hangs_is_unknown_and_its_late_answer_does_not_count() -> None:
    with Line(answers(["g"]), FakeFeed()) as line:
        for number in range(10):
            line.feed.put(frame(number))
        until(lambda: line.last.state is LineState.GOOD and len(line.outlet.frames) == 10)
        line.judge.gate.clear()
        line.feed.put(waiting := frame(10))
        until(lambda: line.last.state is LineState.UNKNOWN)
        assert "no picture has been judged" in line.last.reason
        until(lambda: time.monotonic() > waiting.monotonic_s + RULES.stale_after_s)
        line.judge.gate.set()
        until(lambda: line.outlet.frames[-1].number == 10)
        assert "late" in str(line.outlet.frames[-1].fault)
        assert line.outlet.frames[-1].state is LineState.UNKNOWN
    assert line.summary["counters"]["stale"] == 1


def test_a_heart_beats_while_nothing_changes() -> None:
    with Line(answers(["g"]), FakeFeed()) as line:
        until(lambda: len(line.outlet.statuses) > 5)
        assert {status.state for status in line.outlet.statuses} == {LineState.UNKNOWN}
        assert {status.stop for status in line.outlet.statuses} == {True}
        assert not line.outlet.frames
    assert not line.outlet.events, "a run that has not begun has no events"


def test_stopping_by_hand_ends_open_events_and_says_so() -> None:
    with Line(answers(["h"]), FakeFeed()) as line:
        for number in range(10):
            line.feed.put(frame(number))
        until(lambda: line.last.state is LineState.DEFECT)
    assert [event.phase for event, _ in line.outlet.events] == [EventPhase.STARTED, EventPhase.ENDED]
    assert (line.last.running, line.last.reason, line.last.stop) == (False, "stopped", True)


def test_a_damaged_recording_is_told_before_it_is_raised() -> None:
    feed = recording(10)
    feed.error = CameraError("weld.mp4: damaged")
    line = Line(answers(["g"]), feed)
    with pytest.raises(CameraError, match="damaged"):
        line.watch.run(line.stop)
    assert not line.last.running


def test_late_frames_are_counted() -> None:
    with Line(answers(["g"]), FakeFeed()) as line:
        for number in range(20):
            line.feed.put(frame(number))
        until(lambda: len(line.outlet.frames) == 20)
        old = frame(20)
        line.feed.put(Frame(20, np.zeros((4, 6, 3), np.uint8), old.monotonic_s - 0.1))
        until(lambda: len(line.outlet.frames) == 21)
    assert line.summary["counters"]["late"] >= 1
    assert line.summary["counters"]["stale"] == 0
    assert line.summary["delay_ms"]["max"] >= 100


def test_a_model_that_hangs_on_the_last_frame_is_unknown() -> None:
    with Line(answers(["g"]), FakeFeed()) as line:
        for number in range(10):
            line.feed.put(frame(number))
        until(lambda: line.last.state is LineState.GOOD)
        line.judge.gate.clear()
        line.feed.put(frame(10))
        line.feed.over = True
        until(lambda: line.feed.ended)
        until(lambda: line.last.state is LineState.UNKNOWN)
        assert line.last.running


def test_a_recording_that_waits_for_the_machine_is_unknown_but_has_no_event() -> None:
    feed = recording(10)
    feed.over = False
    with Line(answers(["g"]), feed) as line:
        until(lambda: line.last.state is LineState.GOOD)
        until(lambda: line.last.state is LineState.UNKNOWN)
        assert line.last.stop
        feed.put(frame(10, media_s=10 / 50))
        until(lambda: line.last.state is LineState.GOOD)
    assert not line.outlet.events, "no weld went by while the recording waited"


def test_a_frame_that_no_model_can_take_is_unknown_and_the_next_one_is_judged() -> None:
    class Clumsy(FakeJudge):
        def judge(self, one: Frame) -> Judgement:
            if one.number == 12:
                raise ValueError("a mistake")
            return super().judge(one)

    line = Line(answers(["g"]), recording(20))
    line.watch._judge = Clumsy(answers(["g"]))  # type: ignore[assignment]
    line.watch.run(line.stop)
    states = [result.state for result in line.outlet.frames]
    assert states[11:14] == [LineState.GOOD, LineState.UNKNOWN, LineState.GOOD]
    assert line.outlet.frames[12].fault == "the model failed: ValueError, see the log"


def test_a_watchdog_that_fails_still_says_that_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    def mistake(*_: object) -> None:
        raise RuntimeError("a mistake")

    with Line(answers(["g"]), FakeFeed()) as line:
        for number in range(10):
            line.feed.put(frame(number))
        until(lambda: line.last.state is LineState.GOOD)
        monkeypatch.setattr(line.watch._monitor, "blind", mistake)
        until(lambda: line.last.reason == "the watchdog failed")
        assert (line.last.state, line.last.stop) == (LineState.UNKNOWN, True)
        monkeypatch.undo()
        until(lambda: "no picture has been judged" in line.last.reason)


def test_a_line_that_fails_says_so_last() -> None:
    class Full(FakeOutlet):
        def frame(self, result: object, pixels: object) -> None:
            raise RuntimeError("a mistake")

        def event(self, event: object, picture: object) -> None:
            raise RuntimeError("a mistake")

    line = Line(answers(["h"]), recording(10))
    line.watch._outlet = line.outlet = Full()
    with pytest.raises(RuntimeError, match="a mistake"):
        line.watch.run(line.stop)
    assert (line.last.state, line.last.reason, line.last.stop) == (LineState.UNKNOWN, "the line failed", True)
    assert not line.last.running
