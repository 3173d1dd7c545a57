"""The part's map: what is found lies in its layer and at its place, read back from the picture's pixels."""

import io
import math

import numpy as np
import pytest
from PIL import Image

from beadwatch.domain.line import FrameResult, LineState
from beadwatch.domain.position import Position
from beadwatch.reports.part_map import PartMap, View
from tests.reports.made import frame_at, report_on

DEFECT, GOOD, UNKNOWN = (213, 94, 0, 255), (0, 158, 115, 110), (204, 121, 167, 255)
PER_LAYER = 100


def ring(number: int, **changes: object) -> FrameResult:
    """Return a frame of a ring of 20 mm radius: 100 frames a layer, 2 mm high, 10 mm of seam for ten frames."""
    layer, step = divmod(number, PER_LAYER)
    turn = 2 * math.pi * step / PER_LAYER
    place = Position(float(number), (20 * math.cos(turn), 20 * math.sin(turn), 2.0 * layer), layer + 1)
    return frame_at(number, **{"position": place, **changes})


def part_of(frames: list[FrameResult]) -> PartMap:
    part = report_on(frames, ended_s=len(frames) / 10).part
    assert part
    return part


def pixels(view: View) -> "np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]":
    return np.asarray(Image.open(io.BytesIO(view.png)).convert("RGBA"))


def places(view: View, colour: tuple[int, int, int, int]) -> tuple[list[int], list[int]]:
    """Return the rows from below and the columns that have a colour."""
    rows, columns = np.nonzero((pixels(view) == colour).all(axis=2))
    return sorted(set((view.cells[0] - 1 - rows).tolist())), sorted(set(columns.tolist()))


def test_a_finding_lies_in_its_layer_and_at_its_place() -> None:
    frames = [ring(number) for number in range(4 * PER_LAYER)]
    frames[250:260] = [ring(number, state=LineState.DEFECT) for number in range(250, 260)]
    part = part_of(frames)
    unrolled = part.views[0]
    assert (part.layers, unrolled.cells) == (4, (4, 600))
    assert unrolled.across[1:] == pytest.approx((0.0, 100.0), abs=1)
    assert part.layer_start_mm == {1: 0.0, 2: 100.0, 3: 200.0, 4: 300.0}
    rows, columns = places(unrolled, DEFECT)
    assert rows == [2], "the third layer from below"
    assert (columns[0] / 600, columns[-1] / 600) == pytest.approx((0.5, 0.6), abs=0.01)
    assert (pixels(unrolled)[3, 300] == GOOD).all()


def test_a_gap_within_a_layer_is_unknown() -> None:
    frames = [ring(number) for number in range(4 * PER_LAYER) if not 120 <= number < 160]
    rows, columns = places(part_of(frames).views[0], UNKNOWN)
    assert rows == [1]
    assert len(columns) == pytest.approx(240, abs=8)


def test_from_above_and_from_the_side_keep_their_proportions() -> None:
    frames = [ring(number) for number in range(4 * PER_LAYER)]
    frames[325] = ring(325, state=LineState.DEFECT)  # a quarter turn: x 0, y 20, z 6
    above, side = part_of(frames).views[1:]
    assert above.cells[0] == pytest.approx(above.cells[1], abs=1)
    rows, columns = places(above, DEFECT)
    assert (columns[0] + columns[-1]) / 2 == pytest.approx(above.cells[1] / 2, abs=2)
    assert rows[-1] == above.cells[0] - 1
    assert side.up[0] == "z, mm"
    assert places(side, DEFECT)[0][-1] == side.cells[0] - 1
    assert (side.up[2] - side.up[1]) / (side.across[2] - side.across[1]) == pytest.approx(side.cells[0] / side.cells[1])


@pytest.mark.parametrize("layer", [None, 1], ids=["no layers", "one layer"])
def test_a_plain_seam_has_no_map(layer: int | None) -> None:
    frames = [
        frame_at(number, position=Position(float(number), (float(number), 0.0, 0.0), layer)) for number in range(50)
    ]
    assert report_on(frames, ended_s=5.0).part is None


def test_many_layers_and_layers_that_are_missing_fit() -> None:
    frames = [ring(number) for number in range(30)]
    frames += [frame_at(1000 + at, position=Position(1000.0 + at, None, 1000)) for at in range(30)]
    unrolled = part_of(frames).views[0]
    assert unrolled.cells == (400, 600)
    assert unrolled.up[1:] == (1.0, 1000.0)
    rows = np.flatnonzero((pixels(unrolled)[::-1, :, 3] > 0).any(axis=1))
    assert rows.tolist() == [0, 399]
