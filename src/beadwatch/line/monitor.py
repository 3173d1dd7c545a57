"""What the last frames agree on: the state of the line, and events with a start and an end.

`k` of `n` frames with hysteresis, for each class on its own: a class is held present once `agree` of the last `window`
frames show it, and until no more than `release` of them do. A single frame never raises an alarm, and a single good one
never ends it. A frame that cannot be judged makes the state unknown at once, since nobody is looking; it becomes an
event, and a reason to stop, once frames agree on that too.

Pure: knows observations, no clocks, cameras, threads or sinks.
"""

from collections import deque
from dataclasses import dataclass

from beadwatch.domain.errors import SettingsError
from beadwatch.domain.labels import Disposition, label_named
from beadwatch.domain.line import InspectionEvent, LineState
from beadwatch.domain.position import Position
from beadwatch.domain.text import cleaned
from beadwatch.line.judge import Judgement
from beadwatch.line.stretches import Moment, Stretch, state_of

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class MonitorRules:
    """How many frames must agree, and what stops the machine.

    `merge_s`: two stretches of one class that are no further apart are one event. `stop_on` holds states (`defect`,
    `unknown`, `review`) and names of classes.

    Raises:
        SettingsError: numbers that contradict each other.
    """

    window: int = 8
    agree: int = 5
    release: int = 2
    merge_s: float = 0.3
    stop_on: frozenset[str] = frozenset({LineState.DEFECT.value, LineState.UNKNOWN.value})

    def __post_init__(self) -> None:
        if not 0 <= self.release < self.agree <= self.window:
            raise SettingsError(
                f"{self.agree} of {self.window} frames, released at {self.release}: the release must be below the "
                "agreement, and that no more than the window"
            )


@dataclass(frozen=True, slots=True)
class Observation:
    """One judged frame with its place. `at` is Unix time."""

    number: int
    at: float
    position: Position
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the line says after a frame. `labels` are the classes agreed on, `events` what started or ended now.

    `best_of` names the open events that this frame shows best so far.
    """

    state: LineState
    labels: tuple[str, ...]
    reason: str
    stop: bool
    events: tuple[InspectionEvent, ...] = ()
    best_of: tuple[str, ...] = ()


class Monitor:
    """Turns observations into verdicts. One for each run; used by one thread at a time."""

    def __init__(self, run_id: str, rules: MonitorRules, simulated: bool = False) -> None:
        self._rules = rules
        self._recent: deque[Observation] = deque(maxlen=rules.window)
        self._stretches: dict[str, Stretch] = {}
        self._run_id, self._simulated = run_id, simulated
        self._count = 0

    def observe(self, observation: Observation) -> Verdict:
        """Take one frame into account."""
        self._recent.append(observation)
        events = []
        for label in sorted({UNKNOWN, *self._stretches} | self._shown_recently()):
            events += self._follow(label, observation)
        return self._verdict(observation, tuple(events))

    def blind(self, at: float, position: Position, reason: str) -> Verdict:
        """Take into account that there is no frame: camera lost or model late. Counts as agreed at once."""
        observation = Observation(-1, at, position, Judgement(arc=False, fault=cleaned(reason)))
        self._recent.clear()
        self._recent.extend([observation] * self._rules.agree)
        events = []
        for label in sorted({UNKNOWN, *self._stretches}):
            events += self._follow(label, observation)
        return self._verdict(observation, tuple(events))

    def finish(self) -> tuple[InspectionEvent, ...]:
        """Return the ends of all events that are open."""
        ends = tuple(stretch.ended() for _, stretch in sorted(self._stretches.items()))
        self._stretches.clear()
        return ends

    def _shown_recently(self) -> set[str]:
        return {label for observation in self._recent for label in shown(observation.judgement)}

    def _shows(self, observation: Observation, label: str) -> bool:
        if label == UNKNOWN:
            return observation.judgement.fault is not None
        return label in shown(observation.judgement)

    def _follow(self, label: str, observation: Observation) -> list[InspectionEvent]:
        """Start, lengthen or end the event of one class; return what is to be told."""
        showing = [one for one in self._recent if self._shows(one, label)]
        stretch = self._stretches.get(label)
        if stretch is None:
            if len(showing) < self._rules.agree:
                return []
            self._count += 1
            event_id = f"{self._run_id}-{self._count:05d}"
            stretch = Stretch(self._run_id, event_id, label, self._simulated, [_moment(one, label) for one in showing])
            self._stretches[label] = stretch
            return [stretch.started()]
        if self._shows(observation, label):
            stretch.add(_moment(observation, label))
        stretch.active = len(showing) > (self._rules.release if stretch.active else self._rules.agree - 1)
        if not stretch.active and observation.at - stretch.last_at > self._rules.merge_s:
            del self._stretches[label]
            return [stretch.ended()]
        return []

    def _verdict(self, observation: Observation, events: tuple[InspectionEvent, ...]) -> Verdict:
        active = [label for label, stretch in sorted(self._stretches.items()) if stretch.active]
        findings = tuple(label for label in active if label != UNKNOWN)
        state, reason = self._unseen(observation) or _found(findings) or self._clean(observation)
        causes = {*active, *(state_of(label).value for label in active)}
        if state is not LineState.UNKNOWN:  # that one stops the machine once frames agree, as a class in `active`
            causes.add(state.value)
        best_of = tuple(one.id for one in self._stretches.values() if one.best_frame == observation.number)
        return Verdict(state, findings, reason, bool(causes & self._rules.stop_on), events, best_of)

    def _unseen(self, observation: Observation) -> tuple[LineState, str] | None:
        if observation.judgement.fault is not None:
            return LineState.UNKNOWN, observation.judgement.fault
        faults = sum(one.judgement.fault is not None for one in self._recent)
        if faults > self._rules.release:
            return LineState.UNKNOWN, f"{faults} of the last {len(self._recent)} pictures could not be judged"
        return None

    def _clean(self, observation: Observation) -> tuple[LineState, str]:
        recent, rules = self._recent, self._rules
        if not observation.judgement.arc and sum(one.judgement.arc for one in recent) < rules.agree:
            return LineState.IDLE, "no arc"
        good, needed = sum(_accepts(one) for one in recent), max(rules.agree, rules.window // 2 + 1)
        told = f"{good} of the last {len(recent)} frames are good"
        if good >= needed and observation.judgement.arc:
            return LineState.GOOD, told
        if _accepts(observation):
            return LineState.REVIEW, f"{told}, {needed} are needed"
        decision = observation.judgement.decision
        return LineState.REVIEW, decision.reasons[0] if decision else "the arc has just gone out"


def shown(judgement: Judgement) -> tuple[str, ...]:
    """Return the findings that one frame shows: not the good weld, not the background."""
    if judgement.decision is None:
        return ()
    return tuple(label for label in judgement.decision.labels if not label_named(label).excludes_others)


def _found(findings: tuple[str, ...]) -> tuple[LineState, str] | None:
    if not findings:
        return None
    worst = min(findings, key=lambda label: (state_of(label) is not LineState.DEFECT, label))
    return state_of(worst), label_named(worst).why


def _accepts(observation: Observation) -> bool:
    decision = observation.judgement.decision
    return decision is not None and decision.disposition is Disposition.ACCEPT


def _moment(observation: Observation, label: str) -> Moment:
    judgement = observation.judgement
    confidence = judgement.prediction.score_of(label) if judgement.prediction and label != UNKNOWN else None
    reason = judgement.fault or (judgement.decision.reasons[0] if judgement.decision else "")
    return Moment(observation.number, observation.at, observation.position, confidence, reason)
