"""One run of the line: frames in, verdicts out, until the recording ends or somebody stops it.

The frame loop does nothing but judge; storing, encoding and sending are other threads' work. A watchdog looks after it
from outside: without a judged frame for `stale_after_s` the state is unknown, whoever is to blame.
"""

import contextlib
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any, Protocol

from beadwatch.domain.line import Counters, EventPhase, FrameResult, InspectionEvent, LineState, LineStatus, RunInfo
from beadwatch.domain.position import Position
from beadwatch.imaging.decode import Pixels
from beadwatch.line.frame import Feed, Frame
from beadwatch.line.judge import Judge, Judgement
from beadwatch.line.monitor import Monitor, MonitorRules, Observation, Verdict, shown
from beadwatch.line.run_clock import RunClock
from beadwatch.line.statistics import RunStatistics
from beadwatch.line.track import Track
from beadwatch.line.trouble import Trouble

_PATIENCE_S = 0.1


@dataclass(frozen=True, slots=True)
class WatchRules:
    """`stale_after_s` without an answer makes the state unknown; a status is sent each `heartbeat_s` at least."""

    monitor: MonitorRules
    stale_after_s: float = 0.5
    heartbeat_s: float = 0.5


class Outlet(Protocol):
    """Where the words of the line go. No method may wait or raise."""

    def frame(self, result: FrameResult, pixels: Pixels) -> None:
        """Take the result of a frame."""
        ...

    def status(self, status: LineStatus) -> None:
        """Take a status."""
        ...

    def event(self, event: InspectionEvent, picture: Pixels | None) -> None:
        """Take one phase of an event, with the frame that shows it best."""
        ...

    def backlog(self) -> tuple[int, int]:
        """Return how many messages were let go, and how many events wait to be stored."""
        ...


@dataclass(frozen=True, slots=True)
class Instruments:
    """What looks at frames, and what knows where the torch is."""

    judge: Judge
    track: Track


class LineWatch:
    """Runs the line once."""

    def __init__(self, run: RunInfo, feed: Feed, instruments: Instruments, outlet: Outlet, rules: WatchRules) -> None:
        self._run, self._feed, self._outlet, self._rules = run, feed, outlet, rules
        self._judge, self._track = instruments.judge, instruments.track
        self._monitor = Monitor(run.id, rules.monitor, run.simulated)
        self._answered_s = time.monotonic()
        self._clock = RunClock(run.started_at, self._answered_s, feed.live)
        self._pictures = BestPictures(rules.monitor.window)
        self._lock = threading.Lock()  # of all below, which the watchdog uses too
        self._statistics = RunStatistics(feed.live)
        self._frame_s: float | None = None
        self._blind_stops = LineState.UNKNOWN.value in rules.monitor.stop_on
        self._status = LineStatus(
            run_id=run.id,
            sequence=0,
            at=run.started_at,
            state=LineState.UNKNOWN,
            since=run.started_at,
            labels=(),
            reason="waiting for the first picture",
            stop=self._blind_stops,
        )
        self._sent_s = float("-inf")
        self._judging, self._guarding = Trouble("the model"), Trouble("the watchdog")

    def run(self, stop: threading.Event) -> None:
        """Watch until the end. Whatever ends it, the last status is sent.

        Raises:
            BeadwatchError: the recording is damaged, or the camera can never be opened.
        """
        watchdog_stop = threading.Event()
        watchdog = threading.Thread(target=self._guard, args=(watchdog_stop,), name="watchdog", daemon=True)
        with self._lock:
            self._send_status(self._status)
        watchdog.start()
        reason = "the line failed"
        try:
            reason = self._watch(stop)
        finally:
            watchdog_stop.set()
            watchdog.join()
            self._finish(reason)
        if self._feed.error is not None:
            raise self._feed.error

    @property
    def ended_at(self) -> float:
        """When the last word was said, by the clock of the run."""
        return self._status.at

    def summary(self) -> dict[str, Any]:
        """Return counters, delays and the time in each state, JSON-ready."""
        with self._lock:
            counters = self._counters()
            return {
                "counters": {name: getattr(counters, name) for name in Counters.__slots__},
                **self._statistics.to_dict(),
                "reason": self._status.reason,
            }

    def _watch(self, stop: threading.Event) -> str:
        """Look at frames until there are no more, or until `stop`; say why it is over."""
        while not stop.is_set():
            frame = self._feed.next(_PATIENCE_S)
            if frame is not None:
                self._look(frame)
            elif self._feed.ended:
                return "the camera has ended" if self._feed.live else "the recording is over"
        return "stopped"

    def _look(self, frame: Frame) -> None:
        judgement = self._judged(frame)
        with self._lock:
            if self._frame_s is None:
                self._track.start(frame.monotonic_s)
            self._frame_s = frame.monotonic_s
            self._statistics.frame_came(frame.monotonic_s)
            elapsed_s = self._clock.elapsed_s(frame)
            position = self._track.at(elapsed_s)
            now_s = time.monotonic()
            delay_s = now_s - frame.monotonic_s
            if self._feed.live and delay_s > self._rules.stale_after_s:
                self._statistics.stale += 1
                judgement = Judgement(
                    judgement.arc, f"late: the answer took {delay_s:.1f} s; the machine is overloaded"
                )
            at = self._clock.moment(elapsed_s)
            verdict = self._monitor.observe(Observation(frame.number, at, position, judgement))
            self._answered_s = now_s
            result = self._result(frame, judgement, verdict, (at, position), delay_s * 1000)
            self._statistics.add(verdict.state, elapsed_s, result.delay_ms, judgement.fault is None)
            self._pictures.keep(frame, verdict)
            self._outlet.frame(result, frame.pixels)
            self._tell(verdict, at, position)

    def _judged(self, frame: Frame) -> Judgement:
        try:
            judgement = self._judge.judge(frame)
        except Exception as error:  # noqa: BLE001  # a frame that cannot be judged must not end the watch over the next
            self._judging.begin(error)
            return Judgement(False, f"the model failed: {self._judging.text}")
        self._judging.end()
        return judgement

    def _result(
        self, frame: Frame, judgement: Judgement, verdict: Verdict, place: tuple[float, Position], delay_ms: float
    ) -> FrameResult:
        prediction, decision = judgement.prediction, judgement.decision
        findings = shown(judgement)
        return FrameResult(
            run_id=self._run.id,
            number=frame.number,
            captured_at=place[0],
            monotonic_s=frame.monotonic_s,
            position=place[1],
            state=verdict.state,
            arc=judgement.arc,
            label=(findings[0] if findings else decision.label) if decision else None,
            disposition=decision.disposition.value if decision else None,
            scores=prediction.scores if prediction else (),
            distance=prediction.distance if prediction else None,
            fault=judgement.fault,
            delay_ms=delay_ms,
        )

    def _tell(self, verdict: Verdict, at: float, position: Position) -> None:
        """Hand on events, and the status if it is another one or the last is old. The lock is held."""
        for event in verdict.events:
            self._outlet.event(event, self._pictures.of(event))
        last = self._status
        changed = (verdict.state, verdict.labels, verdict.stop) != (last.state, last.labels, last.stop)
        status = replace(
            last,
            at=at,
            state=verdict.state,
            since=last.since if verdict.state is last.state else at,
            labels=verdict.labels,
            reason=verdict.reason,
            stop=verdict.stop,
            position=position,
        )
        if changed or time.monotonic() - self._sent_s >= self._rules.heartbeat_s:
            self._send_status(status)
        else:
            self._status = status

    def _send_status(self, status: LineStatus) -> None:
        self._status = replace(status, sequence=status.sequence + 1, counters=self._counters())
        self._sent_s = time.monotonic()
        self._outlet.status(self._status)

    def _counters(self) -> Counters:
        unsent, unrecorded = self._outlet.backlog()
        return Counters(
            received=self._feed.received,
            judged=self._statistics.judged,
            dropped=self._feed.dropped,
            late=self._statistics.late,
            stale=self._statistics.stale,
            unjudged=self._statistics.unjudged,
            reconnects=self._feed.reconnects,
            unsent=unsent,
            unrecorded=unrecorded,
        )

    def _guard(self, stop: threading.Event) -> None:
        """Look after the frame loop until `stop`: the watchdog's thread."""
        period_s = min(self._rules.stale_after_s, self._rules.heartbeat_s) / 4
        while not stop.wait(period_s):
            try:
                with self._lock:
                    self._look_after()
            except Exception as error:  # noqa: BLE001  # the thread's edge: nobody else would say that nobody looks
                self._guarding.begin(error)
                with contextlib.suppress(Exception), self._lock:
                    self._send_status(self._unknown("the watchdog failed"))
            else:
                self._guarding.end()

    def _look_after(self) -> None:
        silent_s = time.monotonic() - self._answered_s
        if silent_s > self._rules.stale_after_s:
            self._be_blind(silent_s)
        elif time.monotonic() - self._sent_s >= self._rules.heartbeat_s:
            self._send_status(self._status)

    def _be_blind(self, silent_s: float) -> None:
        reason = self._feed.fault or f"no picture has been judged for {silent_s:.1f} s"
        if self._frame_s is None or not self._feed.live:  # no weld goes by unseen: it has not begun, or is recorded
            at = self._run.started_at + silent_s if self._frame_s is None else self._status.at
            self._tell(Verdict(LineState.UNKNOWN, (), reason, self._blind_stops), at, self._status.position)
            return
        elapsed_s = self._clock.since_last_frame(time.monotonic(), self._frame_s)
        at, position = self._clock.moment(elapsed_s), self._track.at(elapsed_s)
        self._tell(self._monitor.blind(at, position, reason), at, position)

    def _finish(self, reason: str) -> None:
        with self._lock:
            try:
                for event in self._monitor.finish():
                    self._outlet.event(event, self._pictures.of(event))
            finally:
                self._send_status(replace(self._unknown(reason), running=False))

    def _unknown(self, reason: str) -> LineStatus:
        return replace(self._status, state=LineState.UNKNOWN, labels=(), reason=reason, stop=self._blind_stops)


class BestPictures:
    """Keeps for each open event the frame that shows it best: a reference, not a copy."""

    def __init__(self, window: int) -> None:
        """`window` is how many frames back the best one may lie when an event starts."""
        self._recent: OrderedDict[int, Pixels] = OrderedDict()
        self._best: dict[str, Pixels] = {}
        self._window = window

    def keep(self, frame: Frame, verdict: Verdict) -> None:
        """Remember a frame."""
        self._recent[frame.number] = frame.pixels
        while len(self._recent) > self._window:
            self._recent.popitem(last=False)
        for event_id in verdict.best_of:
            self._best[event_id] = frame.pixels
        for event in verdict.events:
            if event.best_frame is not None and event.best_frame in self._recent:
                self._best.setdefault(event.id, self._recent[event.best_frame])

    def of(self, event: InspectionEvent) -> Pixels | None:
        """Return the picture of an event; one that has ended is forgotten."""
        return self._best.get(event.id) if event.phase is EventPhase.STARTED else self._best.pop(event.id, None)
