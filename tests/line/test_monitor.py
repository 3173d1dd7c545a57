"""k of n with hysteresis, merging, and a line that never says good while it cannot see."""

from collections.abc import Iterable

import pytest

from beadwatch.domain.errors import SettingsError
from beadwatch.domain.labels import TIG, Disposition
from beadwatch.domain.line import EventPhase, InspectionEvent, LineState
from beadwatch.domain.position import Position
from beadwatch.domain.prediction import Decision, Prediction
from beadwatch.line.judge import Judgement
from beadwatch.line.monitor import Monitor, MonitorRules, Observation, Verdict

RATE = 50.0
RULES = MonitorRules(window=8, agree=5, release=2, merge_s=0.1)
GOOD, HOLE, FAST, UNSURE, FAULT, DARK = "good weld", "burn through", "high travel speed", "?", "!", "dark"
SHORT = {"g": GOOD, "h": HOLE, "f": FAST, "?": UNSURE, "!": FAULT, ".": DARK}


def judgement(what: str, confidence: float = 0.9) -> Judgement:
    if what == FAULT:
        return Judgement(arc=True, fault="over-exposed")
    if what == DARK:
        return Judgement(arc=False, fault=None)
    label = GOOD if what == UNSURE else what
    rest = (1 - confidence) / 5
    scores = tuple(confidence if name == label else rest for name in TIG.label_names)
    if what == UNSURE:
        decision = Decision(Disposition.REVIEW, label, (), ("not sure",))
    else:
        disposition = Disposition.ACCEPT if what == GOOD else Disposition.REJECT
        decision = Decision(disposition, label, (label,), (f"{label} {confidence:.2f}",))
    return Judgement(True, None, Prediction(TIG, scores, 0.1), decision)


def observation(number: int, what: str, confidence: float = 0.9) -> Observation:
    return Observation(number, number / RATE, Position(along_mm=number * 0.16), judgement(what, confidence))


def watched(text: str, rules: MonitorRules = RULES) -> tuple[list[Verdict], Monitor]:
    monitor = Monitor("r1", rules)
    return [monitor.observe(observation(number, SHORT[sign])) for number, sign in enumerate(text)], monitor


def events(verdicts: Iterable[Verdict]) -> list[InspectionEvent]:
    return [event for verdict in verdicts for event in verdict.events]


@pytest.mark.parametrize(
    ("frames", "state"),
    [
        ("gggg", LineState.REVIEW),
        ("ggggg", LineState.GOOD),
        ("gggggggghhhh", LineState.REVIEW),
        ("gggghgg", LineState.GOOD),
        ("gggggggghhhhh", LineState.DEFECT),
        ("gggggggghhhhhgggg", LineState.DEFECT),
        ("gggggggghhhhhgggggg", LineState.GOOD),
        ("ggggggggfffff", LineState.REVIEW),
        ("ggggggggfffffhhhhh", LineState.DEFECT),
        ("gggggggg!", LineState.UNKNOWN),
        ("gggggggg!g", LineState.GOOD),
        ("gggggggg!!!g", LineState.UNKNOWN),
        ("gggggggg!!!gggggg", LineState.GOOD),
        ("hhhhhhhh!", LineState.UNKNOWN),
        ("........", LineState.IDLE),
        ("gggggggg....", LineState.IDLE),
        ("gggggggg...", LineState.REVIEW),
        ("........g", LineState.REVIEW),
        ("????????", LineState.REVIEW),
        ("gggg????", LineState.REVIEW),
    ],
)
def test_state_is_what_the_last_frames_agree_on(frames: str, state: LineState) -> None:
    verdicts, _ = watched(frames)
    assert verdicts[-1].state is state


@pytest.mark.parametrize("start", ["", "gggggggg", "hhhhhhhh", "........"])
@pytest.mark.parametrize("sign", ["!", "?", "h", "f", "."])
def test_nothing_but_an_accepted_frame_is_ever_called_good(start: str, sign: str) -> None:
    verdicts, _ = watched(start + 12 * sign)
    called_good = [verdict.state is LineState.GOOD for verdict in verdicts[len(start) + RULES.window - RULES.agree :]]
    assert not any(called_good[1:])
    if sign == "!":
        assert all(verdict.state is LineState.UNKNOWN for verdict in verdicts[len(start) :])


@pytest.mark.parametrize(
    ("frames", "stop_on", "stop"),
    [
        ("gggggggghhhh", {"defect", "unknown"}, False),
        ("gggggggghhhhh", {"defect", "unknown"}, True),
        ("gggggggghhhhh!", {"defect"}, True),
        ("gggggggg!", {"defect", "unknown"}, False),
        ("gggggggg!!!!!", {"defect", "unknown"}, True),
        ("gggggggg!!!!!", {"defect"}, False),
        ("ggggggggfffff", {"defect", "unknown"}, False),
        ("ggggggggfffff", {"high travel speed"}, True),
        ("ggggggggfffff", {"review"}, True),
        ("gggggggghhhhh", {"high travel speed"}, False),
    ],
)
def test_the_machine_is_stopped_by_the_rules(frames: str, stop_on: set[str], stop: bool) -> None:
    verdicts, _ = watched(frames, MonitorRules(8, 5, 2, 0.1, frozenset(stop_on)))
    assert verdicts[-1].stop is stop


def test_an_event_spans_the_frames_that_show_it() -> None:
    verdicts, _ = watched("gggggggggg" + 20 * "h" + 20 * "g")
    started, ended = events(verdicts)
    assert (started.phase, ended.phase) == (EventPhase.STARTED, EventPhase.ENDED)
    assert started.id == ended.id
    assert verdicts[14].events == (started,), "told by the fifth frame of the twenty"
    assert (ended.started_at, ended.ended_at) == (10 / RATE, 29 / RATE)
    assert ended.length_mm == pytest.approx(19 * 0.16)
    assert ended.frames == 20
    assert (ended.label, ended.state) == (HOLE, LineState.DEFECT)


def test_the_best_frame_is_the_one_with_the_highest_score() -> None:
    monitor, verdicts = Monitor("r1", RULES), []
    for number, confidence in enumerate([0.6, 0.7, 0.9, 0.8, 0.6, 0.6, 0.95, 0.6]):
        verdicts.append(monitor.observe(observation(number, HOLE, confidence)))
    started = events(verdicts)[0]
    assert started.best_frame == 2
    assert started.confidence == pytest.approx(0.9)
    assert verdicts[6].best_of == (started.id,)
    assert verdicts[7].best_of == ()
    (ended,) = monitor.finish()
    assert ended.best_frame == 6
    assert ended.confidence == pytest.approx(0.95)
    assert monitor.finish() == ()


def test_two_stretches_close_together_are_one_event() -> None:
    frames = 10 * "h" + 8 * "g" + 10 * "h" + 30 * "g"
    assert len(events(watched(frames, MonitorRules(8, 5, 2, merge_s=0.5))[0])) == 2
    assert len(events(watched(frames, MonitorRules(8, 5, 2, merge_s=0.02))[0])) == 4


def test_every_event_that_starts_ends_once_with_the_same_id() -> None:
    verdicts, monitor = watched("ghf!.?" * 5 + 10 * "h" + 10 * "!" + 10 * "f" + 10 * "g" + 9 * "h" + "ffffff!!!!!!!")
    told = events(verdicts) + list(monitor.finish())
    starts = [event.id for event in told if event.phase is EventPhase.STARTED]
    ends = [event.id for event in told if event.phase is EventPhase.ENDED]
    assert len(starts) == len(set(starts)) >= 5
    assert sorted(starts) == sorted(ends)
    assert len({event.message_id for event in told}) == len(told)


def test_a_camera_that_is_lost_is_unknown_at_once_and_an_event() -> None:
    monitor = watched("gggggggg")[1]
    blind = monitor.blind(1.0, Position(along_mm=8.0), "camera lost")
    assert (blind.state, blind.reason, blind.stop) == (LineState.UNKNOWN, "camera lost", True)
    assert [event.label for event in blind.events] == ["unknown"]
    assert blind.events[0].best_frame is None
    back = [monitor.observe(observation(60 + number, GOOD)) for number in range(30)]
    assert [verdict.state for verdict in back[:5]] == 5 * [LineState.UNKNOWN]
    assert back[-1].state is LineState.GOOD
    assert [event.phase for event in events(back)] == [EventPhase.ENDED]


def test_good_takes_the_majority_however_few_frames_raise_an_alarm() -> None:
    monitor = Monitor("r1", MonitorRules(window=8, agree=1, release=0))
    verdicts = [monitor.observe(observation(number, SHORT[sign])) for number, sign in enumerate("gggg?g")]
    assert [verdict.state for verdict in verdicts] == 5 * [LineState.REVIEW] + [LineState.GOOD]
    assert verdicts[3].reason == "4 of the last 4 frames are good, 5 are needed"


@pytest.mark.parametrize(("window", "agree", "release"), [(8, 9, 2), (8, 3, 3), (8, 0, 0), (8, 3, -1)])
def test_rules_that_contradict_each_other_are_refused(window: int, agree: int, release: int) -> None:
    with pytest.raises(SettingsError, match="below the agreement"):
        MonitorRules(window, agree, release)


def test_reason_of_being_blind_is_one_line_of_writing() -> None:
    (event,) = Monitor("r1", RULES).blind(1.0, Position(), "no such file: \udcff\x1b[2J.png\nb").events
    assert event.reason == "no such file: ��[2J.png�b"
