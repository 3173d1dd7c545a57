"""Rates, delays and travel, by the line's own clock."""

from typing import Any

import pytest

from beadwatch.domain.position import UNPLACED, Position
from beadwatch.server.live.messages import FrameIn
from beadwatch.server.live.pace import Pace
from tests.line.made import SPEED_MM_S, made_frame


def pace_of(count: int, **changes: Any) -> Pace:
    pace = Pace()
    for number in range(count):
        pace.add(FrameIn.model_validate(made_frame(number, **changes).to_dict()))
    return pace


def test_nothing_is_known_without_frames() -> None:
    figures = Pace().to_dict()
    assert {name for name, value in figures.items() if value is not None} == {"window_s"}


def test_one_frame_has_a_delay_but_no_rate() -> None:
    figures = pace_of(1).to_dict()
    assert (figures["fps"], figures["speed_mm_s"], figures["delay_p50_ms"]) == (None, None, 12.0)


def test_rate_and_travel() -> None:
    figures = pace_of(100).to_dict()
    assert (figures["fps"], figures["speed_mm_s"]) == (25.0, SPEED_MM_S)
    assert figures["delay_p99_mm"] == pytest.approx(0.012 * SPEED_MM_S, abs=0.005)


def test_delays_are_nearest_rank() -> None:
    pace = Pace()
    for number in range(100):
        pace.add(FrameIn.model_validate(made_frame(number, delay_ms=float(number + 1)).to_dict()))
    figures = pace.to_dict()
    assert (figures["delay_p50_ms"], figures["delay_p99_ms"]) == (50.0, 99.0)


def test_only_the_last_seconds_count() -> None:
    pace = pace_of(100, delay_ms=500.0)
    for number in range(400, 700):
        pace.add(FrameIn.model_validate(made_frame(number).to_dict()))
    assert pace.to_dict()["delay_p99_ms"] == 12.0
    assert pace.frame(50) is None
    assert pace.frame(650) is not None


@pytest.mark.parametrize("position", [UNPLACED, Position(along_mm=None, xyz_mm=(1.0, 2.0, 3.0))])
def test_no_travel_without_a_place_along_the_seam(position: Position) -> None:
    figures = pace_of(100, position=position).to_dict()
    assert (figures["speed_mm_s"], figures["delay_p50_mm"]) == (None, None)


def test_torch_that_stands_does_not_travel() -> None:
    figures = pace_of(100, position=Position(along_mm=7.0)).to_dict()
    assert (figures["speed_mm_s"], figures["delay_p99_mm"]) == (0.0, 0.0)


@pytest.mark.parametrize("later", [5e-324, 1e-300, 1e-9])
def test_frames_of_one_moment_have_no_rate(later: float) -> None:
    pace = Pace()
    for number, monotonic_s in enumerate((0.0, later)):
        pace.add(FrameIn.model_validate(made_frame(number).to_dict() | {"monotonic_s": monotonic_s}))
    assert pace.to_dict()["fps"] is None


def test_fast_camera_has_its_rate() -> None:
    pace = Pace()
    for number in range(100):
        pace.add(FrameIn.model_validate(made_frame(number).to_dict() | {"monotonic_s": number / 1000}))
    assert pace.to_dict()["fps"] == 1000.0
