"""Sheets hold every picture, where it belongs, with its text."""

import io

import numpy as np
import pytest
from PIL import Image

from beadwatch.imaging.contact_sheet import Cell, Section, contact_sheet


def one_colour(red: int, height: int = 40, width: int = 60) -> Cell:
    return Cell(np.full((height, width, 3), (red, 0, 0), dtype=np.uint8), f"red {red}")


def test_every_picture_is_where_it_belongs() -> None:
    sections = [
        Section("first", [one_colour(50), one_colour(100), one_colour(150)]),
        Section("next", [one_colour(200)]),
    ]
    sheet = np.asarray(Image.open(io.BytesIO(contact_sheet(sections, cell_px=60, columns=2))))
    where = {red: np.argwhere((sheet == (red, 0, 0)).all(axis=2)) for red in (50, 100, 150, 200)}
    assert all(len(spots) == 60 * 40 for spots in where.values())
    top_left = {red: spots.min(axis=0) for red, spots in where.items()}
    assert top_left[50][0] == top_left[100][0] < top_left[150][0] < top_left[200][0]
    assert top_left[50][1] == top_left[150][1] == top_left[200][1] < top_left[100][1]


@pytest.mark.parametrize(("height", "width"), [(1, 500), (500, 1), (7, 7)])
def test_odd_shapes_fit(height: int, width: int) -> None:
    assert contact_sheet([Section("odd", [one_colour(9, height, width)])], cell_px=50)


def test_a_long_caption_is_cut_within_its_cell() -> None:
    cell = Cell(np.full((10, 10, 3), 255, dtype=np.uint8), "a very long name of a picture" * 5)
    sheet = np.asarray(Image.open(io.BytesIO(contact_sheet([Section("", [cell])], cell_px=60, columns=2))))
    assert (sheet[:, 72:] == 255).all()
