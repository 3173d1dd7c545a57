"""Where to look, on the page: a box over the picture, and a heat map for each finding by touch or keyboard."""

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from beadwatch.domain.labels import SURFACE
from tests.bundles import between, colour_of
from tests.pictures import encoded

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LIE_TOGETHER = """() => {
    const [heat, picture] = ["heat", "picture"].map(id => document.getElementById(id).getBoundingClientRect());
    return ["x", "y", "width", "height"].every(side => heat[side] === picture[side]);
}"""


@pytest.fixture
def models(models_dir: Path) -> Path:
    """Serve tiny models: what they find in a drawing, and where, is known."""
    return models_dir


@pytest.fixture
def inspected(page: Page, tmp_path: Path) -> Page:
    """Inspect a drawing with a crack in its second row on the right, and pores in its last row on the left."""
    both = between(colour_of(SURFACE, "crack"), colour_of(SURFACE, "porosity"))
    pixels = np.full((32, 40, 3), both, dtype=np.uint8)
    pixels[8:16, 24:32], pixels[24:32, 0:8] = colour_of(SURFACE, "crack"), colour_of(SURFACE, "porosity")
    (tmp_path / "drawing.png").write_bytes(encoded(pixels.repeat(10, axis=0).repeat(10, axis=1)))
    page.check("input[value=surface]")
    page.set_input_files("#file", tmp_path / "drawing.png")
    expect(page.locator(".region")).to_have_count(2)
    return page


def place(element: Locator) -> FloatRect:
    found = element.bounding_box()
    assert found is not None
    return found


def box_of(page: Page, label: str) -> Locator:
    return page.locator(f".region[data-label='{label}']")


def test_boxes_lie_over_the_picture_where_the_findings_are(inspected: Page) -> None:
    picture, box = place(inspected.locator("#picture")), place(box_of(inspected, "crack"))
    assert picture["width"] / picture["height"] == pytest.approx(40 / 32, rel=0.01)
    left, right = ((box["x"] + width - picture["x"]) / picture["width"] for width in (0, box["width"]))
    assert left < 0.7 < right, "the middle of the cell in full colour"
    assert right - left < 0.5
    top = (box["y"] - picture["y"]) / picture["height"]
    assert top < 0.375 < top + box["height"] / picture["height"]


def test_places_are_said_in_words_too(inspected: Page) -> None:
    expect(inspected.locator("#where")).to_contain_text("crack (right)")
    expect(inspected.locator("#where")).to_contain_text("porosity (bottom left)")
    expect(box_of(inspected, "crack")).to_have_text("crack")


def test_heat_map_is_shown_and_hidden_by_keyboard(inspected: Page) -> None:
    button = inspected.get_by_role("button", name="Heat map: crack")
    assert place(button)["height"] >= 48
    expect(inspected.locator("#heat")).to_be_hidden()
    button.focus()
    inspected.keyboard.press("Space")
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(inspected.locator("#heat")).to_be_visible()
    expect(inspected.locator("#heat")).to_have_js_property("naturalWidth", 256)
    assert inspected.evaluate(LIE_TOGETHER), "at one moment: the page may still move"
    expect(box_of(inspected, "porosity")).to_be_hidden()
    inspected.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(inspected.locator("#heat")).to_be_hidden()
    expect(box_of(inspected, "porosity")).to_be_visible()


def test_one_heat_map_at_a_time(inspected: Page) -> None:
    crack, pores = (inspected.get_by_role("button", name=f"Heat map: {name}") for name in ("crack", "porosity"))
    crack.click()
    pores.click()
    expect(crack).to_have_attribute("aria-pressed", "false")
    expect(pores).to_have_attribute("aria-pressed", "true")
    assert "label=porosity" in (inspected.locator("#heat").get_attribute("src") or "")


def test_heat_map_that_cannot_be_made_says_why(inspected: Page, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "station" / "beadwatch.db")) as database, database:
        database.execute("delete from inspections")
    inspected.get_by_role("button", name="Heat map: crack").click()
    expect(inspected.locator("#no-heat")).to_contain_text("No heat map: no inspection")
    expect(inspected.locator("#heat")).to_be_hidden()


def test_next_picture_starts_without_them(inspected: Page, tmp_path: Path) -> None:
    inspected.get_by_role("button", name="Heat map: crack").click()
    good = np.full((320, 400, 3), colour_of(SURFACE, "good welding"), dtype=np.uint8)
    (tmp_path / "good.png").write_bytes(encoded(good))
    inspected.set_input_files("#file", tmp_path / "good.png")
    expect(inspected.locator("#verdict strong")).to_have_text("accept")
    for gone in ("#look", "#heat"):
        expect(inspected.locator(gone)).to_be_hidden()
    expect(inspected.locator(".region")).to_have_count(0)
