"""What the station holds of a line: bounded, in order, and never good when nobody has said so lately."""

import json
from dataclasses import replace

import pytest

from beadwatch.domain.line import LineState
from beadwatch.server.live.line import MAX_EVENTS, LiveLine
from beadwatch.server.live.messages import LiveIn
from tests.line.made import ended, made_event, made_frame, made_run, made_status
from tests.server.live.conftest import Clock, document, post

NEXT_RUN = made_run("r2", started_at=made_run().started_at + 100)


def test_line_nobody_heard_of_is_unknown(line: LiveLine) -> None:
    view = line.view()
    assert (view["state"], view["stale"], view["age_s"]) == ("unknown", True, None)
    assert view["reason"] == "no word from the line yet"
    assert (view["run"], view["status"], view["picture"], view["cells"], view["events"]) == (None, None, None, [], [])


@pytest.mark.parametrize("state", list(LineState))
def test_the_lines_word_is_shown_while_it_is_fresh(line: LiveLine, clock: Clock, state: LineState) -> None:
    line.receive(post(made_status(1, state, reason="why", labels=("crack",), stop=True)))
    clock.now_s += 1.4
    view = line.view()
    assert (view["state"], view["reason"], view["labels"], view["stop"]) == (state, "why", ["crack"], True)
    assert (view["stale"], view["age_s"]) == (False, 1.4)


def test_silence_is_unknown_whatever_was_said_last(line: LiveLine, clock: Clock) -> None:
    line.receive(post(made_status(1, LineState.GOOD), made_frame(1)))
    clock.now_s += 1.6
    view = line.view()
    assert (view["state"], view["reason"]) == ("unknown", "no word from the line for 2 s")
    assert view["stale"]
    assert line.summary()["state"] == "unknown"


def test_silence_takes_no_stop_back(line: LiveLine, clock: Clock) -> None:
    line.receive(post(made_status(1, LineState.DEFECT, stop=True)))
    clock.now_s += 60
    assert line.view()["stop"]


def test_run_that_has_ended_is_unknown_at_once(line: LiveLine) -> None:
    line.receive(post(made_status(1, LineState.GOOD, running=False, stop=True)))
    view = line.view()
    assert (view["state"], view["reason"], view["stop"]) == ("unknown", "the run has ended", False)


def test_frames_alone_do_not_say_that_it_is_good(line: LiveLine) -> None:
    line.receive(post(made_frame(1)))
    assert line.view()["state"] == "unknown"


@pytest.mark.parametrize(
    "again",
    [post(made_status(1), made_frame(1)), post(made_event(1)), post(made_status(0)), post()],
    ids=["repeat", "event", "older status", "nothing"],
)
def test_what_is_no_news_keeps_no_line_alive(line: LiveLine, clock: Clock, again: object) -> None:
    line.receive(post(made_status(1), made_frame(1)))
    clock.now_s += 2
    line.receive(again)  # type: ignore[arg-type]
    assert line.view()["stale"]


def test_frames_out_of_order_and_repeats_are_dropped(line: LiveLine) -> None:
    line.receive(post(made_frame(10), made_frame(5, LineState.DEFECT), made_frame(10, LineState.DEFECT)))
    assert [(cell["number"], cell["state"]) for cell in line.view()["cells"]] == [(10, "good")]


def test_older_status_does_not_replace_a_newer_one(line: LiveLine) -> None:
    line.receive(post(made_status(5, LineState.DEFECT)))
    line.receive(post(made_status(4, LineState.GOOD)))
    assert line.view()["state"] == "defect"


def test_frames_and_statuses_of_another_run_are_not_mixed_in(line: LiveLine) -> None:
    line.receive(post(made_frame(1, run_id="other"), made_status(1, run_id="other")))
    assert (line.view()["cells"], line.view()["status"]) == ([], None)


def test_view_holds_only_what_changed(line: LiveLine) -> None:
    line.receive(post(*(made_frame(number) for number in range(50)), made_event(1)))
    seen = line.view()["revision"]
    line.receive(post(made_frame(60), made_event(2, first=10)))
    update = line.view(seen)
    assert [cell["number"] for cell in update["cells"]] == [60]
    assert [told["id"] for told in update["events"]] == [made_event(2).id]
    assert "run" not in update
    assert line.view(update["revision"])["cells"] == []


def test_new_run_starts_anew_and_keeps_events(line: LiveLine) -> None:
    line.receive(post(made_status(9), made_frame(9), made_event(1)))
    line.show(9, b"jpeg")
    seen = line.revision
    line.receive(post(made_frame(1, run_id=NEXT_RUN.id), run=NEXT_RUN))
    view = line.view(seen)
    assert view["run"]["id"] == NEXT_RUN.id
    assert [cell["number"] for cell in view["cells"]] == [1]
    assert (view["status"], view["picture"]) == (None, None)
    assert [told["run_id"] for told in view["events"]] == [made_run().id]


@pytest.mark.parametrize(
    ("run", "silent_s", "ended", "accepted"),
    [
        (made_run(), 0.0, False, True),
        (NEXT_RUN, 0.0, False, True),
        (replace(NEXT_RUN, started_at=made_run().started_at - 1), 0.0, False, False),
        (replace(NEXT_RUN, started_at=made_run().started_at - 1), 2.0, False, True),
        (replace(NEXT_RUN, started_at=made_run().started_at - 1), 0.0, True, True),
    ],
    ids=["same", "newer", "older", "older after silence", "older after the end"],
)
def test_which_run_may_speak(
    line: LiveLine, clock: Clock, run: object, silent_s: float, ended: bool, accepted: bool
) -> None:
    line.receive(post(made_status(1, running=not ended)))
    clock.now_s += silent_s
    assert line.accepts(post(run=run).run) is accepted  # type: ignore[arg-type]


def test_event_is_told_twice_and_kept_once(line: LiveLine) -> None:
    line.receive(post(made_event(1)))
    line.receive(post(ended(made_event(1, 0, 50))))
    seen = line.revision
    line.receive(post(made_event(1)))
    (told,) = line.view()["events"]
    assert (told["phase"], told["frames"]) == ("ended", 51)
    assert line.view(seen)["events"] == []


def test_events_are_bounded_and_in_order(line: LiveLine) -> None:
    for number in range(MAX_EVENTS + 10):
        line.receive(post(made_event(number, number, number + 5)))
    told = line.view()["events"]
    assert [one["id"] for one in told] == [made_event(number).id for number in range(10, MAX_EVENTS + 10)]


@pytest.mark.parametrize(
    ("label", "remedy"),
    [
        ("lack of fusion", "more heat, slower, clean"),
        ("unknown", "have a person look"),
        ("a class of one's own", "only a person can judge"),
    ],
)
def test_event_says_what_to_do(line: LiveLine, label: str, remedy: str) -> None:
    line.receive(post(made_event(1, label=label)))
    assert remedy in line.view()["events"][0]["remedy"]


@pytest.mark.parametrize("picture_first", [True, False])
def test_picture_has_the_result_of_its_own_frame(line: LiveLine, picture_first: bool) -> None:
    line.receive(post(made_frame(1)))
    frames = post(made_frame(6), made_frame(7, LineState.DEFECT), made_frame(8))
    if picture_first:
        line.show(7, b"jpeg")
        assert line.view()["picture"] == {"number": 7, "frame": None}
    line.receive(frames)
    if not picture_first:
        line.show(7, b"jpeg")
    shown = line.view()["picture"]
    assert (shown["number"], shown["frame"]["state"]) == (7, "defect")


def test_older_picture_does_not_replace_a_newer_one(line: LiveLine) -> None:
    line.show(7, b"newer")
    line.show(6, b"older")
    assert line.picture is not None
    assert line.picture.jpeg == b"newer"


EXTREMES = (5e-324, 1e-300, 1e-9, 1e9, 1e11, 1e15, 1e300, 1.7e308)
FIGURES = {
    "frames": ("captured_at", "monotonic_s", "along_mm", "delay_ms", "distance"),
    "events": ("started_at", "ended_at", "duration_s", "length_mm"),
    "status": ("at", "since", "along_mm"),
    "run": ("started_at",),
}


@pytest.mark.parametrize(("part", "name"), [(part, name) for part, names in FIGURES.items() for name in names])
def test_whatever_figures_are_taken_the_view_can_be_sent(line: LiveLine, part: str, name: str) -> None:
    taken = 0
    for number, value in enumerate((0.0, *EXTREMES, *(-extreme for extreme in EXTREMES), 0.0)):
        body = document(made_frame(number), made_status(number), made_event(number), run=made_run(f"r{number // 4}"))
        for each in body[part] if isinstance(body[part], list) else [body[part]]:
            each[name] = value
        for each in (*body["frames"], *body["events"], body["status"]):
            each["run_id"] = body["run"]["id"]
        try:
            message = LiveIn.model_validate(body)
        except ValueError:
            continue
        line.receive(message)
        taken += 1
        json.dumps(line.view(), allow_nan=False)
    assert taken >= 4
