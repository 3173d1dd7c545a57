"""The cells of the strip chart: few, and no finding lost in them."""

import pytest

from beadwatch.domain.line import LineState
from beadwatch.domain.position import UNPLACED
from beadwatch.server.live.messages import FrameIn
from beadwatch.server.live.strip import CELL_S, WINDOW_S, Strip
from tests.line.made import STARTED_AT, made_frame, scores_of


def read(number: int, state: LineState = LineState.GOOD, **changes: object) -> FrameIn:
    return FrameIn.model_validate(made_frame(number, state, **changes).to_dict())


def test_frames_of_a_tenth_of_a_second_share_a_cell() -> None:
    strip = Strip()
    for number in range(25):
        strip.add(read(number), 1)
    cells = strip.since(0)
    assert len(cells) <= 1 / CELL_S
    assert (cells[0]["number"], cells[0]["from_mm"], cells[0]["to_mm"]) == (0, 0.0, pytest.approx(0.24))
    assert cells[1]["number"] == 3


@pytest.mark.parametrize(
    ("states", "shown"),
    [
        ((LineState.GOOD, LineState.DEFECT), "defect"),
        ((LineState.DEFECT, LineState.GOOD), "defect"),
        ((LineState.UNKNOWN, LineState.REVIEW), "unknown"),
        ((LineState.REVIEW, LineState.GOOD), "review"),
        ((LineState.GOOD, LineState.IDLE), "good"),
    ],
)
def test_a_cell_has_the_worst_state(states: tuple[LineState, LineState], shown: str) -> None:
    strip = Strip()
    for number, state in enumerate(states):
        strip.add(read(number, state), 1)
    assert [cell["state"] for cell in strip.since(0)] == [shown]


def test_a_cell_has_the_highest_score_of_each_class_and_the_fault() -> None:
    strip = Strip()
    strip.add(read(0, LineState.UNKNOWN, scores=(), fault="too dark"), 1)
    strip.add(read(1, scores=scores_of("burn through", 0.9)), 1)
    strip.add(read(2, scores=scores_of("good weld", 0.8)), 1)
    (cell,) = strip.since(0)
    assert cell["scores"] == [0.8, 0.9, 0.04, 0.04, 0.04, 0.04]
    assert cell["fault"] == "too dark"


def test_a_cell_is_placed_by_the_frames_that_are() -> None:
    strip = Strip()
    strip.add(read(0, position=UNPLACED), 1)
    strip.add(read(1), 1)
    strip.add(read(5, position=UNPLACED), 1)
    assert [(cell["from_mm"], cell["to_mm"]) for cell in strip.since(0)] == [(0.12, 0.12), (None, None)]


def test_a_minute_is_kept() -> None:
    strip = Strip()
    for number in range(0, int(200 / 0.04), 2):
        strip.add(read(number), 1)
    cells = strip.since(0)
    assert cells[-1]["at"] - cells[0]["at"] <= WINDOW_S
    assert 300 < len(cells) <= WINDOW_S / CELL_S


@pytest.mark.parametrize("step_s", [0.0, -3600.0, 1e-9], ids=["stands still", "goes back", "crawls"])
def test_a_broken_clock_does_not_fill_memory(step_s: float) -> None:
    strip = Strip()
    for number in range(3000):
        strip.add(read(number, captured_at=STARTED_AT + step_s * number), 1)
    assert 1 <= len(strip.since(0)) <= WINDOW_S / CELL_S


def test_only_what_changed_since_a_revision() -> None:
    strip = Strip()
    for number in range(10):
        strip.add(read(number), number + 1)
    assert [cell["number"] for cell in strip.since(7)] == [6, 9]
    assert strip.since(10) == []
