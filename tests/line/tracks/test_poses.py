"""Live poses: what is read of a message, and what is known at which moment."""

from typing import Any

import pytest

from beadwatch.domain.position import UNPLACED, Position
from beadwatch.line.tracks.poses import PoseBuffer, parse_pose


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"x_mm": 1, "y_mm": 2.5, "z_mm": -3}, Position(None, (1.0, 2.5, -3.0))),
        ({"x_mm": 1, "y_mm": 2.5, "layer": 4}, Position(layer=4)),
        ({"along_mm": 0, "layer": 2.0, "bead": 7, "wire": "a"}, Position(0.0, None, 2, 7)),
        ({"along_mm": 3, "layer": 0, "bead": None}, Position(3.0)),
    ],
)
def test_pose_of_a_message(values: dict[str, Any], expected: Position) -> None:
    assert parse_pose(values) == expected


@pytest.mark.parametrize(
    "values",
    [
        {}, [], None, 5, {"x_mm": 1}, {"x_mm": "1"}, {"along_mm": True}, {"along_mm": float("nan")},
        {"along_mm": 10**400}, {"along_mm": 1e308}, {"x_mm": 0, "y_mm": -2e9, "z_mm": 0}, {"layer": 2**31},
        {"bead": 1e300},
        {"layer": 1.5}, {"layer": -1}, {"bead": [1]},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_pose(values: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_pose(values)


def at_x(x: float, layer: int = 1) -> Position:
    return Position(None, (x, 0.0, 0.0), layer, 1)


def filled() -> PoseBuffer:
    buffer = PoseBuffer(max_age_s=0.5)
    for moment, pose in [(100.0, at_x(0)), (101.0, at_x(10)), (102.0, at_x(30, layer=2)), (103.0, at_x(34, layer=2))]:
        buffer.add(moment, pose)
    return buffer


@pytest.mark.parametrize(
    ("elapsed_s", "x", "along", "layer"),
    [
        (0.0, 5.0, 0.0, 1),
        (0.5, 10.0, 5.0, 1),
        (1.0, 20.0, 5.0, 1),  # the way to another layer is not welded
        (1.5, 30.0, 5.0, 2),
        (2.0, 32.0, 7.0, 2),
        (2.5, 34.0, 9.0, 2),
        (3.0, 34.0, 9.0, 2),  # the last one is 0.5 s old: fresh enough
    ],
)
def test_pose_between_two_and_path_since_the_start(elapsed_s: float, x: float, along: float, layer: int) -> None:
    buffer = filled()
    buffer.start(100.5)
    position = buffer.at(elapsed_s)
    assert [position.along_mm, position.layer, position.bead] == pytest.approx([along, layer, 1])
    assert position.xyz_mm == pytest.approx((x, 0.0, 0.0))


@pytest.mark.parametrize("elapsed_s", [-0.6, 3.001, 60.0])
def test_nothing_is_known_before_the_first_and_long_after_the_last(elapsed_s: float) -> None:
    buffer = filled()
    buffer.start(100.5)
    assert buffer.at(elapsed_s) == UNPLACED


def test_nothing_is_known_before_the_start_nor_of_an_empty_buffer() -> None:
    assert filled().at(0.0) == UNPLACED
    buffer = PoseBuffer()
    buffer.start(100.0)
    assert buffer.at(0.0) == UNPLACED


def test_path_counts_from_the_first_pose_where_the_run_started_earlier() -> None:
    buffer = PoseBuffer()
    buffer.start(100.0)
    buffer.add(101.0, at_x(50))
    buffer.add(102.0, at_x(58))
    assert buffer.at(2.0).along_mm == 8.0


def test_length_that_the_machine_gives_wins_over_the_path() -> None:
    buffer = PoseBuffer()
    buffer.start(0.0)
    buffer.add(1.0, Position(100.0, (0.0, 0.0, 0.0)))
    buffer.add(2.0, Position(104.0, (9.0, 0.0, 0.0)))
    buffer.add(3.0, Position(None, (10.0, 0.0, 0.0)))
    assert buffer.at(1.5).along_mm == 102.0
    assert buffer.at(2.5).along_mm is None  # given at one end only: neither can be trusted in between


def test_poses_out_of_order_are_left_out_and_old_ones_forgotten() -> None:
    buffer = PoseBuffer()
    buffer.start(0.0)
    for index in range(12_000):
        buffer.add(index / 100, at_x(index))
    buffer.add(5.0, at_x(-1))
    assert buffer.at(119.985).xyz_mm == pytest.approx((11_998.5, 0.0, 0.0))
    assert buffer.at(5.0) == UNPLACED
    assert buffer.at(119.99).along_mm == pytest.approx(11_999)
