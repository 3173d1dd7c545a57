"""Where to look, from maps whose answer is known; and no place at all where there is none."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from beadwatch.domain.labels import SURFACE, TIG, Disposition, Task
from beadwatch.domain.model_card import Calibration
from beadwatch.domain.prediction import Decision, Prediction
from beadwatch.domain.region import Region
from beadwatch.imaging.heat_map import Floats
from beadwatch.inference.explain import (
    against_the_others,
    explain_map,
    findings,
    merged,
    mirrored,
    peak_of,
    trained_mirrors,
)
from tests.pictures import cornered


def bump(row: float, column: float, rows: int = 6, columns: int = 8, width: float = 1.0) -> Floats:
    """Return a map with one smooth hill at a place in cells, 5 logits high on a plain of 0."""
    y, x = np.mgrid[0:rows, 0:columns]
    hill: Floats = (5 * np.exp(-((y - row) ** 2 + (x - column) ** 2) / (2 * width**2))).astype(np.float32)
    return hill


def region_of(activation: Floats) -> Region:
    region = explain_map("crack", activation).region
    assert region is not None
    return region


@pytest.mark.parametrize(("row", "column"), [(2, 5), (0, 0), (5, 7), (3, 0), (2.3, 4.6), (1.5, 3.5)])
def test_peak_is_where_the_hill_is(row: float, column: float) -> None:
    x, y = peak_of(bump(row, column))
    # A parabola through three cells is not quite a hill: the worst is 0.05 of a cell.
    assert [x * 8 - 0.5, y * 6 - 0.5] == pytest.approx([column, row], abs=0.06)


def test_peak_of_a_single_cell_is_the_middle() -> None:
    assert peak_of(np.zeros((1, 1), np.float32)) == (0.5, 0.5)


def test_box_is_around_the_hill_and_not_the_whole_picture() -> None:
    # Half of a hill's height is 1.18 widths away; the middle of cell 5 of 8 is at 5.5 / 8.
    expected = [(5.5 - 1.18) / 8, (2.5 - 1.18) / 6, (5.5 + 1.18) / 8, (2.5 + 1.18) / 6]
    assert region_of(bump(2, 5)).box == pytest.approx(expected, abs=0.04)


def test_box_leaves_out_a_second_hill_that_is_not_connected() -> None:
    both = bump(1, 1, 8, 8, 0.7) + np.float32(0.9) * bump(6, 6, 8, 8, 0.7)
    assert region_of(both).box == pytest.approx(region_of(bump(1, 1, 8, 8, 0.7)).box, abs=0.02)


def test_box_follows_a_ridge() -> None:
    ridge = np.zeros((6, 6), np.float32)
    ridge[3, 1:5], ridge[3, 2] = 4.0, 4.5
    left, top, right, bottom = region_of(ridge).box
    assert right - left > 0.6
    assert bottom - top < 0.25


@pytest.mark.parametrize(
    "activation",
    [
        np.zeros((6, 6), np.float32),
        np.full((6, 6), 7.0, np.float32),
        np.full((1, 1), 7.0, np.float32),
        bump(2, 2) - 6,
        bump(2, 2) / 100,
    ],
    ids=["nothing", "flat", "one cell", "all against it", "hardly more than the rest"],
)
def test_map_that_points_nowhere_gives_no_box(activation: Floats) -> None:
    explanation = explain_map("crack", activation)
    assert explanation.region is None
    assert explanation.heat.shape == activation.shape
    assert not explanation.heat.any()


def test_heat_is_from_the_typical_cell_to_the_strongest() -> None:
    heat = explain_map("crack", bump(2, 2) - 1).heat
    assert heat.dtype == np.float32
    assert (float(heat.min()), float(heat.max())) == (0.0, 1.0)
    assert heat[2, 2] == 1.0
    assert np.median(heat) == pytest.approx(0.0, abs=1e-3)


@settings(deadline=None, max_examples=60)
@given(arrays(np.float32, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.floats(-30, 30, width=32)))
def test_any_map_gives_a_region_inside_the_picture_or_none(activation: Floats) -> None:
    explanation = explain_map("crack", activation)
    assert 0.0 <= explanation.heat.min() <= explanation.heat.max() <= 1.0
    if region := explanation.region:
        (left, top, right, bottom), (x, y) = region.box, region.peak
        assert left <= x <= right
        assert top <= y <= bottom


def test_what_all_classes_share_is_taken_away() -> None:
    maps = np.stack([bump(1, 1), bump(4, 6)])
    assert np.allclose(against_the_others(maps + bump(2, 3) * 3), against_the_others(maps), atol=1e-5)


ACROSS, DOWN = {"horizontal_flip": True, "vertical_flip": False}, {"horizontal_flip": False, "vertical_flip": True}
BOTH = {"horizontal_flip": True, "vertical_flip": True}


@pytest.mark.parametrize(
    ("training", "mirrors"),
    [
        ({}, ((),)),
        ({"augment": "none"}, ((),)),
        ({"augment": {"horizontal_flip": "yes"}}, ((),)),
        ({"augment": ACROSS}, ((), (1,))),
        ({"augment": DOWN}, ((), (0,))),
        ({"augment": BOTH}, ((), (1,), (0,), (0, 1))),
    ],
    ids=["unknown", "text", "wrong type", "across", "down", "both"],
)
def test_mirror_images_are_those_of_the_training(training: dict[str, Any], mirrors: object) -> None:
    assert trained_mirrors(training) == mirrors


def test_maps_of_mirror_images_are_turned_back() -> None:
    mirrors = ((), (1,), (0,), (0, 1))
    pixels = cornered(16, 12, 4)
    seen = mirrored(pixels, mirrors).astype(np.float32).transpose(0, 3, 1, 2)
    assert np.array_equal(merged(seen, mirrors), pixels.astype(np.float32).transpose(2, 0, 1))


def test_what_is_off_to_one_side_in_every_image_cancels_out() -> None:
    mirrors = ((), (1,))
    seen = np.stack([bump(2, 4)[None], bump(2, 8 - 1 - 3 + 1)[None]])  # a hill at 3, seen one cell too far right
    assert peak_of(merged(seen, mirrors)[0])[0] * 8 - 0.5 == pytest.approx(3.0, abs=0.05)


def decided(task: Task, label: str, labels: tuple[str, ...], distance: float = 0.1) -> tuple[str, ...]:
    prediction = Prediction(task, (0.1,) * len(task.labels), distance)
    calibration = Calibration(1.0, dict.fromkeys(task.label_names, 0.5), 0.8, 0.5)
    return findings(prediction, Decision(Disposition.REVIEW, label, labels, ()), calibration)


@pytest.mark.parametrize(
    ("task", "label", "labels", "expected"),
    [
        (SURFACE, "crack", ("spatters", "crack"), ("spatters", "crack")),
        (SURFACE, "crack", ("good welding", "crack"), ("crack",)),
        (SURFACE, "bad welding", ("bad welding",), ("bad welding",)),
        (SURFACE, "good welding", ("good welding",), ()),
        (SURFACE, "background", ("background",), ()),
        (SURFACE, "crack", (), ()),
        (TIG, "burn through", ("burn through",), ("burn through",)),
        (TIG, "burn through", ("contamination", "burn through"), ("burn through",)),
        (TIG, "burn through", (), ("burn through",)),
        (TIG, "good weld", ("good weld",), ()),
    ],
)
def test_findings_are_explained_and_nothing_else(
    task: Task, label: str, labels: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert decided(task, label, labels) == expected


@pytest.mark.parametrize("distance", [0.6, float("nan")])
def test_picture_unlike_the_known_ones_is_not_explained(distance: float) -> None:
    assert decided(TIG, "burn through", (), distance) == ()
