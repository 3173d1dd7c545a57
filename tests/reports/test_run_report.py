"""The figures of a run: time that nobody saw is never good, whatever went missing."""

import json

import numpy as np
import pytest

from beadwatch.domain.line import EventPhase, FrameResult, LineState
from beadwatch.domain.position import UNPLACED, Position
from beadwatch.domain.region import Region
from beadwatch.imaging.decode import Image, decode
from beadwatch.inference.explain import Explanation
from tests.line.made import STARTED_AT
from tests.reports.made import blobs, event_at, frame_at, in_state, jpeg, report_on, unplaced

GOOD = in_state(range(100), LineState.GOOD)


def seconds(frames: list[FrameResult]) -> dict[str, float]:
    report = report_on(frames, ended_s=10.0)
    return {share.state: round(share.seconds, 3) for share in report.watched.shares if share.seconds}


def test_each_frame_counts_until_the_next() -> None:
    frames = [
        *in_state(range(20), LineState.IDLE, arc=False), *in_state(range(20, 90), LineState.GOOD),
        *in_state(range(90, 100), LineState.DEFECT),
    ]  # fmt: skip
    report = report_on(frames, ended_s=10.0)
    assert seconds(frames) == {"defect": 1.0, "good": 7.0, "idle": 2.0}
    assert sum(share.share for share in report.watched.shares) == pytest.approx(1)
    assert report.watched.share(LineState.GOOD).length_mm == pytest.approx(70.0)


@pytest.mark.parametrize(
    ("numbers", "ended_s", "unknown_s", "missing"),
    [
        ([*range(40), *range(60, 100)], 10.0, 2.0, 20),
        ([*range(60)], 10.0, 4.0, 0),
        ([*range(30, 100)], 10.0, 3.0, 30),
        ([*range(0, 100, 2)], 10.0, 0.0, 49),
        ([], 10.0, 10.0, 0),
    ],
    ids=["in the middle", "lost for good", "late to come", "every second frame dropped", "never came"],
)
def test_time_without_frames_is_unknown(numbers: list[int], ended_s: float, unknown_s: float, missing: int) -> None:
    report = report_on([frame_at(number) for number in numbers], ended_s=ended_s)
    watched = report.watched
    assert watched.share(LineState.UNKNOWN).seconds == pytest.approx(unknown_s)
    assert watched.no_frame_s == pytest.approx(unknown_s)
    assert watched.seconds == pytest.approx(10.0)
    assert watched.missing == missing
    if unknown_s:
        assert report.standing.word == "Not all seen"


def test_gaps_in_the_numbers_say_where() -> None:
    watched = report_on([*GOOD[:40], *GOOD[60:70], *GOOD[71:]], ended_s=10.0).watched
    told = [(gap.after, gap.missing, round(gap.offset_s, 3), gap.along_mm) for gap in watched.gaps]
    assert told == [(39, 20, 6.0, 60.0), (69, 1, 7.1, 71.0)]
    assert watched.gap_count == 2


@pytest.mark.parametrize(
    ("states", "ended_s", "word", "shape"),
    [
        ([LineState.GOOD], 1.0, "Good", "accept"),
        ([LineState.GOOD], None, "Not all seen", "review"),
        ([LineState.IDLE], 1.0, "No weld seen", "review"),
        ([LineState.GOOD, LineState.REVIEW], 2.0, "Review", "review"),
        ([LineState.GOOD, LineState.REVIEW, LineState.UNKNOWN], 3.0, "Not all seen", "review"),
        ([LineState.UNKNOWN, LineState.DEFECT, LineState.GOOD], 3.0, "Defect", "reject"),
    ],
)
def test_the_worst_state_gives_the_word(states: list[LineState], ended_s: float, word: str, shape: str) -> None:
    frames = [frame for at, state in enumerate(states) for frame in in_state(range(at * 10, at * 10 + 10), state)]
    standing = report_on(frames, ended_s=ended_s).standing
    assert (standing.word, standing.shape) == (word, shape)
    assert "A person decides." in standing.why
    assert "accept" not in standing.why
    assert report_on(frames, ended_s=ended_s, simulated=True).standing.word == f"Simulated: {word.lower()}"


def test_an_event_counts_even_if_its_frames_were_lost() -> None:
    assert report_on(GOOD, [event_at(1, 5.0)], ended_s=10.0).standing.word == "Defect"


def test_a_run_that_was_killed_is_computed_from_its_frames() -> None:
    open_event = event_at(1, 9.0, 0.9, phase=EventPhase.STARTED)
    report = report_on(GOOD, [open_event])
    assert (report.is_closed, report.counters) == (False, {})
    assert report.ending.startswith("ended without closing")
    assert report.watched.seconds == pytest.approx(10.0)
    assert report.indications[0].is_open


def test_delays_are_told_in_ms_and_in_mm_of_travel() -> None:
    frames = [frame_at(number, delay_ms=100.0 if number > 90 else 10.0) for number in range(100)]
    delays = report_on(frames, ended_s=10.0).delays
    assert delays
    assert (delays.p50_ms, delays.p95_ms, delays.max_ms) == (10.0, 100.0, 100.0)
    assert delays.speed_mm_s == pytest.approx(10.0)
    assert delays.travel_mm == pytest.approx({"p50": 0.1, "p95": 1.0, "p99": 1.0, "max": 1.0})
    assert sum(delays.histogram) == 100
    without = report_on(unplaced(GOOD), ended_s=10.0).delays
    assert without
    assert without.travel_mm is None


def test_what_was_judged_is_counted() -> None:
    fault = {"label": None, "scores": (), "state": LineState.UNKNOWN}
    frames = [
        frame_at(0, arc=False, label=None, scores=(), state=LineState.IDLE),
        frame_at(1, fault="blurred: 0.11", **fault),
        frame_at(2, fault="blurred: 0.12", arc=False, **fault), frame_at(3),
    ]  # fmt: skip
    watched = report_on(frames, ended_s=0.4).watched
    assert (watched.frames, watched.judged, watched.faulty, watched.idle) == (4, 1, 2, 1)
    assert (watched.faults, watched.with_arc) == ({"blurred": 2}, 3)


def test_indications_keep_imperfections_and_conditions_apart() -> None:
    labels = ("burn through", "lack of shielding gas", "unknown", "bad welding", "a class of others")
    report = report_on(GOOD, [event_at(at, float(at), label=label) for at, label in enumerate(labels)], ended_s=10.0)
    assert [each.kind for each in report.indications] == ["imperfection", "condition", "unseen", "other", "other"]
    assert [bool(each.finding) for each in report.indications] == [True, True, False, False, False]
    assert report.indications[1].finding["iso6520"] is None  # type: ignore[index]


@pytest.mark.parametrize(
    ("label", "what"),
    [("porosity", "largest pore's diameter"), ("excess reinforcement", "height"), ("contamination", "length"),
     ("burn through", ""), ("lack of shielding gas", ""), ("spatters", "")],
)  # fmt: skip
def test_dimensional_imperfections_are_to_be_measured(label: str, what: str) -> None:
    assert report_on(GOOD, [event_at(1, 1.0, label=label)], ended_s=10.0).indications[0].to_measure == what


def test_pictures_are_small_and_a_missing_one_says_why() -> None:
    kept = blobs(jpeg())
    (sha256,) = kept
    events = [event_at(1, 1.0, picture=sha256), event_at(2, 3.0), event_at(3, 5.0, picture="0" * 64)]
    found = report_on(GOOD, events, kept, ended_s=10.0).indications
    assert found[0].picture
    assert found[0].picture.startswith(b"\xff\xd8")
    assert [each.no_picture[:30] for each in found] == ["", "no picture was kept", "the picture cannot be shown: n"]


def test_heat_and_box_are_drawn_into_the_picture() -> None:
    kept = blobs(jpeg())
    event = event_at(1, 1.0, picture=next(iter(kept)))
    region = Region(event["label"], (0.25, 0.25, 0.75, 0.75), (0.5, 0.5))
    asked = []

    def explain(_image: Image, label: str) -> Explanation:
        asked.append(label)
        return Explanation(label, np.zeros((6, 8), np.float32), region)

    plain, boxed = (
        report_on(GOOD, [event], kept, ended_s=10.0, explain=how).indications[0].picture for how in (None, explain)
    )
    assert asked == [event["label"]]
    assert plain
    assert boxed
    left, right = decode(plain).pixels.astype(int), decode(boxed).pixels.astype(int)
    assert left.shape == right.shape == (175, 320, 3)
    assert abs(left - right)[42:46, 100:200].mean() > 40, "the upper edge of the box"


def test_the_worst_of_many_events_get_the_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("beadwatch.reports.indications.MOST_THUMBNAILS", 1)
    kept = blobs(jpeg())
    events = [
        event_at(at, float(at), picture=next(iter(kept)), state=state)
        for at, state in enumerate([LineState.REVIEW, LineState.DEFECT, LineState.REVIEW])
    ]
    found = report_on(GOOD, events, kept, ended_s=10.0).indications
    assert [bool(each.picture) for each in found] == [False, True, False]
    assert "1 worse ones are" in found[0].no_picture


def test_json_has_all_and_no_pictures() -> None:
    kept = blobs(jpeg())
    report = report_on(GOOD, [event_at(1, 1.0, picture=next(iter(kept)))], kept, ended_s=10.0)
    told = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert (told["run"]["id"], told["closed"], told["ended_at"]) == ("r1", True, STARTED_AT + 10)
    assert told["counters"] == {"received": 100, "dropped": 2}
    assert told["indications"][0]["event"]["picture"] == next(iter(kept))
    assert told["indications"][0]["finding"]["iso6520"] == "510"
    assert {share["state"] for share in told["watched"]["shares"]} == {state.value for state in LineState}


def test_a_run_of_which_nothing_is_known_makes_a_report() -> None:
    report = report_on([])
    assert (report.strip, report.part, report.delays, report.watched.frames) == (None, None, None, 0)
    assert report.standing.word == "No weld seen"
    json.dumps(report.to_dict(), allow_nan=False)


def test_positions_that_come_late_do_not_hide_a_stretch() -> None:
    frames = [frame_at(0, position=UNPLACED, state=LineState.DEFECT), *GOOD[1:]]
    strip = report_on(frames, ended_s=10.0).strip
    assert strip
    assert (strip.unit, strip.severity[0]) == ("s", 4)
    placed = report_on([frame_at(0, position=Position(0.0)), *GOOD[1:]], ended_s=10.0).strip
    assert placed
    assert placed.unit == "mm"
