"""What the line says is JSON with one shape each, and events and positions can be read back."""

import json
from dataclasses import replace

import pytest

from beadwatch.domain.line import Counters, EventPhase, event_from_dict
from beadwatch.domain.position import UNPLACED, Position, position_from_dict
from tests.line.made import ended, made_event, made_frame, made_run, made_status


@pytest.mark.parametrize("message", [made_run(), made_frame(), made_status(), made_event()])
def test_all_of_it_is_json(message: object) -> None:
    body = message.to_dict()  # type: ignore[attr-defined]
    assert json.loads(json.dumps(body, allow_nan=False)) == body


def test_kinds_tell_them_apart() -> None:
    kinds = [message.to_dict()["kind"] for message in (made_run(), made_frame(), made_status(), made_event())]
    assert kinds == ["run", "frame", "status", "event"]


@pytest.mark.parametrize(
    "position", [UNPLACED, Position(1.5), Position(None, (1.0, 2.0, 3.0), 4, 5), Position(0.0, None, None, 1)]
)
def test_a_position_is_read_back(position: Position) -> None:
    assert position_from_dict(position.to_dict()) == position


def test_unknown_is_none_and_not_nought() -> None:
    assert UNPLACED.to_dict() == {"along_mm": None, "xyz_mm": None, "layer": None, "bead": None}
    assert Position(0.00004).to_dict()["along_mm"] == 0.0


def test_an_event_is_read_back() -> None:
    event = ended(made_event(picture="ab" * 32))
    assert event_from_dict(event.to_dict()) == event


@pytest.mark.parametrize(
    ("start", "end", "length"),
    [(40.0, 48.5, 8.5), (48.5, 40.0, 8.5), (None, 40.0, None), (40.0, None, None), (0.0, 0.0, 0.0)],
)
def test_length_is_along_the_seam_or_unknown(start: float | None, end: float | None, length: float | None) -> None:
    event = made_event(start=Position(start), end=Position(end))
    assert event.length_mm == length
    assert event.to_dict()["length_mm"] == length


def test_both_phases_share_the_id_and_differ_in_the_message_id() -> None:
    event = made_event(7)
    assert event.message_id == "r1-7-started"
    assert replace(event, phase=EventPhase.ENDED).message_id == "r1-7-ended"


def test_a_status_carries_all_counters() -> None:
    counters = Counters(received=10, judged=9, dropped=1)
    assert made_status(counters=counters).to_dict()["counters"] == {
        "received": 10, "judged": 9, "dropped": 1, "late": 0, "stale": 0, "unjudged": 0, "reconnects": 0, "unsent": 0,
        "unrecorded": 0,
    }  # fmt: skip


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), -float("inf")])
def test_figure_that_is_none_is_not_known(odd: float) -> None:
    body = Position(odd, (0.0, odd, 1.0)).to_dict()
    assert (body["along_mm"], body["xyz_mm"]) == (None, [0.0, None, 1.0])
