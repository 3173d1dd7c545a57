"""The strip: the worst state and score of a bin win, and what nobody saw is drawn as that."""

import numpy as np
import pytest

from beadwatch.domain.labels import TIG
from beadwatch.domain.line import FrameResult, LineState
from beadwatch.domain.position import Position
from beadwatch.reports.stretches import STATES
from beadwatch.reports.strip import NOTHING, Strip, spread
from tests.reports.made import event_at, frame_at, in_state, report_on


def strip_on(frames: list[FrameResult], ended_s: float, events: tuple[dict[str, object], ...] = ()) -> Strip:
    strip = report_on(frames, events, ended_s=ended_s).strip
    assert strip
    return strip


def test_one_bad_frame_of_an_hour_is_still_there() -> None:
    frames = [frame_at(number) for number in range(36_000)]
    frames[20_000] = frame_at(20_000, state=LineState.DEFECT, scores=(0.1, 0.9, 0.0, 0.0, 0.0, 0.0))
    strip = strip_on(frames, 3600.0)
    assert (strip.unit, len(strip.severity)) == ("mm", 1500)
    worst = np.flatnonzero(strip.severity == STATES.index(LineState.DEFECT))
    assert worst.tolist() == [round(20_000 / 36_000 * 1500 - 0.5)]
    assert strip.scores["burn through"][worst] == pytest.approx([0.9])
    assert strip.scores["good weld"][worst] == pytest.approx([0.1]), "the lowest: it says that there is no finding"
    assert list(strip.scores) == list(TIG.label_names)


def test_a_gap_is_unknown_along_the_seam_too() -> None:
    strip = strip_on([*in_state(range(40), LineState.GOOD), *in_state(range(60, 100), LineState.GOOD)], 10.0)
    unknown = np.flatnonzero(strip.severity == STATES.index(LineState.UNKNOWN)) / len(strip.severity)
    assert (strip.unit, unknown.min(), unknown.max()) == (
        "mm",
        pytest.approx(0.4, abs=0.02),
        pytest.approx(0.6, abs=0.02),
    )
    assert NOTHING not in strip.severity
    assert np.isnan(strip.scores["good weld"][strip.severity == STATES.index(LineState.UNKNOWN)][1:-1]).all()


def test_a_camera_lost_for_good_is_drawn_over_time_or_up_to_where_an_event_says() -> None:
    frames = in_state(range(50), LineState.GOOD)
    strip = strip_on(frames, 10.0)
    assert (strip.unit, strip.high) == ("s", 10.0)
    assert strip.severity[-1] == STATES.index(LineState.UNKNOWN)
    lost = event_at(1, 5.0, 5.0, label="unknown", state=LineState.UNKNOWN)
    strip = strip_on(frames, 10.0, (lost,))
    assert (strip.unit, strip.high) == ("mm", 100.0)
    assert strip.severity[-1] == STATES.index(LineState.UNKNOWN)


def test_a_track_that_jumps_is_no_axis() -> None:
    frames = [frame_at(number, position=Position(along_mm=float(number % 2 * 100))) for number in range(100)]
    assert strip_on(frames, 10.0).unit == "s"


def test_where_the_model_was_not_asked_is_no_score() -> None:
    frames = [
        *in_state(range(50), LineState.IDLE, arc=False, label=None, scores=()),
        *in_state(range(50, 100), LineState.GOOD),
    ]
    scores = strip_on(frames, 10.0).scores["good weld"]
    assert np.isnan(scores[:49]).all()
    assert np.isfinite(scores[51:]).all()


@pytest.mark.parametrize(
    ("begin", "end", "bins"),
    [(0.0, 0.1, [0]), (0.05, 0.35, [0, 1, 2, 3]), (0.35, 0.05, [0, 1, 2, 3]), (1.0, 1.0, [9]), (0.3, 0.3, [3]),
     (-0.5, 2.0, list(range(10)))],
)  # fmt: skip
def test_a_piece_lies_in_every_bin_that_it_touches(begin: float, end: float, bins: list[int]) -> None:
    piece, place = spread(np.array([begin]), np.array([end]), 10)
    assert place.tolist() == bins
    assert piece.tolist() == [0] * len(bins)
