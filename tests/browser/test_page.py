"""The station's page as a person uses it: choose a picture, read the verdict, find it again."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from tests.real import backgrounds, needs_real_welds, surface_photos, tig_frames

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def choose(page: Page, picture: Path, task: str) -> None:
    page.check(f"input[value={task}]")
    page.set_input_files("#file", picture)


@pytest.fixture
def drawing(tmp_path: Path) -> Path:
    path = tmp_path / "drawing.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (240, 320, 3), dtype=np.uint8)).save(path)
    return path


def test_noise_is_not_accepted_and_the_page_says_why(page: Page, drawing: Path) -> None:
    choose(page, drawing, "surface")
    expect(page.locator("#verdict strong")).to_have_text("review")
    expect(page.locator("#why li").first).not_to_be_empty()
    expect(page.locator("#scores dt")).to_have_count(7)
    assert page.locator("#picture").get_attribute("src")


def test_an_inspection_is_kept_and_can_be_opened_again(page: Page, drawing: Path) -> None:
    expect(page.locator("#empty")).to_be_visible()
    choose(page, drawing, "tig")
    expect(page.locator("#list li")).to_have_count(1)
    page.reload()
    expect(page.locator("#list li")).to_have_count(1)
    expect(page.locator("#result")).to_be_hidden()
    page.click("#list button")
    expect(page.locator("#verdict strong")).to_be_visible()
    expect(page.locator("#provenance")).to_contain_text("drawing.png")
    assert page.is_checked("input[value=tig]"), "the task chosen last is remembered"


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("empty.png", b"", "empty"),
        ("letter.txt", b"Dear inspector", "no PNG, JPEG"),
        ("cut.png", b"\x89PNG\r\n\x1a\n\0\0", "damaged"),
    ],
)
def test_a_bad_file_gets_its_reason(page: Page, tmp_path: Path, name: str, data: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(data)
    choose(page, tmp_path / name, "tig")
    expect(page.locator("#problem-text")).to_contain_text(says)
    expect(page.locator("#result")).to_be_hidden()
    expect(page.locator("#empty")).to_be_visible()


def test_a_busy_station_is_asked_again(page: Page, drawing: Path) -> None:
    tries: list[str] = []

    def answer(route: Route) -> None:
        tries.append(route.request.method)
        if tries.count("POST") > 1 or route.request.method != "POST":
            route.continue_()
        else:
            error = {"type": "RequestError", "message": "too many"}
            route.fulfill(status=429, headers={"Retry-After": "1"}, json={"error": error})

    page.route("**/v1/inspections", answer)
    choose(page, drawing, "tig")
    expect(page.locator("#verdict")).to_contain_text("Trying again")
    expect(page.locator("#verdict strong")).not_to_be_empty()
    expect(page.locator("#problem")).to_be_hidden()
    assert tries.count("POST") == 2


def test_the_verdict_is_never_colour_alone_and_can_be_read_out(page: Page, drawing: Path) -> None:
    choose(page, drawing, "tig")
    verdict = page.locator("#verdict")
    expect(verdict.locator("strong")).not_to_be_empty()
    expect(verdict).to_have_attribute("role", "status")
    assert verdict.locator("svg use").get_attribute("href") == f"#{verdict.get_attribute('data-verdict')}"
    size = page.locator("label.button").first.bounding_box()
    assert size is not None
    assert size["height"] >= 48


def test_nothing_overflows_a_phone(page: Page, drawing: Path) -> None:
    choose(page, drawing.rename(drawing.with_name("frame" + "0123456789" * 8 + ".png")), "tig")
    expect(page.locator("#verdict strong")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_documentation_needs_no_network(page: Page, station: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{station}/docs")
    expect(page.locator(".opblock-summary-path").first).to_contain_text("/v1/")
    assert all(url.startswith((station, "data:")) for url in asked), asked


@needs_real_welds
@pytest.mark.parametrize(
    ("task", "pictures", "verdicts"),
    [
        ("tig", tig_frames, {"accept", "review", "reject"}),
        ("surface", surface_photos, {"accept", "review", "reject"}),
        ("surface", backgrounds, {"review"}),
    ],
    ids=["frame", "photo", "no weld"],
)
def test_a_real_picture(page: Page, task: str, pictures: object, verdicts: set[str]) -> None:
    assert callable(pictures)
    choose(page, pictures()[3], task)
    expect(page.locator("#verdict strong")).to_be_visible()
    assert page.locator("#verdict").get_attribute("data-verdict") in verdicts
