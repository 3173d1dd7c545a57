"""The compare page as an engineer and a reviewer use it: a real station with a challenger in shadow, a real browser."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect
from starlette.testclient import TestClient

from beadwatch.domain.accounts import Role
from beadwatch.domain.labels import TIG
from beadwatch.server.application import create_app
from beadwatch.services.releases import open_shadows
from beadwatch.services.station import Station
from beadwatch.settings import load_settings
from beadwatch.wiring import build_station
from tests.browser.test_phone_accessible import serious
from tests.browser.test_review import REMEMBER
from tests.bundles import colour_of, spotted, write_contrary
from tests.pictures import encoded
from tests.server.feedback_made import Phone, token_for
from tests.stations import HERE, served, with_web_app

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Open = Callable[..., Page]
SWAPPED = [("good weld", "burn through"), ("contamination", "lack of fusion")]
SAME, GRAVE, MILD = "high travel speed", ["burn through", "good weld"], ["lack of fusion", "contamination"]


@pytest.fixture
def station(models_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Station]:
    """Return a station with a challenger in shadow that takes some classes for others."""
    monkeypatch.setenv("BEADWATCH_RELEASES_URL", str(tmp_path / "channel"))
    challenger = write_contrary(tmp_path / "tig-2", TIG, "tig-2", SWAPPED)
    open_shadows(load_settings()).begin(challenger, "tig", "emma", "to see")
    with closing(build_station(load_settings())) as built:
        assert built.shadows is not None
        built.shadows.look()
        yield built


@pytest.fixture
def app(station: Station) -> FastAPI:
    return with_web_app(create_app(station))


def weld(label: str) -> bytes:
    """Draw a picture that the tiny model takes for a class: large enough to look at, one place in full colour."""
    return encoded(np.kron(spotted(colour_of(TIG, label), 2, 3), np.ones((8, 8, 1), dtype=np.uint8)))


@pytest.fixture
def inspected(station: Station, app: FastAPI) -> None:
    """Inspect a weld of each class, let the challenger answer; ada says what two of them show."""
    client, ada = TestClient(app, base_url=HERE), Phone(TestClient(app, base_url=HERE), token_for(station, "ada"))
    for label in (*GRAVE[::-1], *MILD[::-1], SAME):
        files = {"image": (f"{label}.png", weld(label), "image/png")}
        assert client.post("/v1/inspections", data={"task": "tig"}, files=files).status_code == 201
    scores = dict.fromkeys(TIG.label_names, 0.1)
    for number, (label, said) in enumerate([("good weld", "good weld"), ("contamination", "lack of fusion")], 1):
        answer = {"model": "tig", "model_version": "tig-1", "scores": scores, "labels": [label]}
        sent = ada.send(number, weld(label), task="tig", answer=answer, labels=[said], boxes=[])
        assert sent.status_code == 201, sent.text
    assert station.shadows is not None
    station.shadows.look()


@pytest.fixture
def look(browser: Browser, app: FastAPI) -> Iterator[Open]:
    """Return a function that opens the page as whoever has a token; an error in its console fails the test."""
    errors: list[str] = []
    contexts = []
    with served(app) as url:

        def opened(token: str | None, role: str = "engineer", width: int = 1280, **context_options: Any) -> Page:
            context = browser.new_context(
                viewport={"width": width, "height": 900}, service_workers="block", **context_options
            )
            contexts.append(context)
            page = context.new_page()
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
            page.goto(f"{url}/app/#/station")
            page.get_by_role("heading", name="Pair this device").wait_for()
            if token:
                pairing = {"token": token, "device_id": "", "account": "somebody", "role": role, "team": "north"}
                page.evaluate(REMEMBER, pairing)
            page.goto(f"{url}/app/#/compare")
            page.reload()
            return page

        yield opened
        for context in contexts:
            context.close()
    # The tiny model has a constant that its graph does not need, of which the runtime in the browser warns.
    assert not [error for error in errors if "status of 4" not in error and "onnxruntime" not in error], errors


def titles(page: Page) -> list[str]:
    """Return what the pictures became, in their order."""
    names = [piece.get_attribute("aria-label") or "" for piece in page.get_by_role("article").all()]
    return [name.partition(" became ")[0] for name in names]


@pytest.fixture
def emma(station: Station) -> str:
    return token_for(station, "emma", Role.ENGINEER)


@pytest.mark.usefixtures("inspected")
def test_an_engineer_sees_who_was_right_and_lists_one_way(look: Open, emma: str) -> None:
    page = look(emma)
    expect(page.get_by_text("Challenger right in 1 of 2 that people labelled; champion in 1 of 2.")).to_be_visible()
    expect(page.get_by_text("4 of 5 pictures answered otherwise (80 %); 0 failed.")).to_be_visible()
    expect(page.get_by_text("has answered all that came since")).to_be_visible()
    pieces = page.get_by_role("article")
    expect(pieces).to_have_count(4)
    assert titles(page) == [*GRAVE, *MILD]
    good = pieces.nth(1)
    expect(good.locator(".verdict").first).to_have_text("Acceptgood weld")
    expect(good.locator(".verdict").last).to_have_text("Rejectburn through")
    expect(good).to_contain_text("A person says, not reviewed yet: good weld. The champion is right.")
    expect(good.get_by_role("row", name="good weld").get_by_role("cell")).to_have_text(
        [re.compile("✓present100 %"), re.compile("not present0 %"), "✓present"]
    )
    expect(pieces.nth(3)).to_contain_text("The challenger is right.")
    expect(pieces.nth(0)).to_contain_text("Nobody has labelled this picture.")
    pieces.nth(1).scroll_into_view_if_needed()
    assert pieces.nth(1).locator("img").evaluate("picture => picture.decode().then(() => picture.naturalWidth)") > 100
    page.get_by_role("button", name="Accept became reject: 1 picture").click()
    expect(pieces).to_have_count(1)
    expect(page.get_by_role("heading", name="Accept became reject")).to_be_visible()
    page.get_by_role("button", name="Show all").click()
    expect(pieces).to_have_count(4)


@pytest.mark.usefixtures("inspected")
def test_keys_go_from_picture_to_picture(look: Open, emma: str) -> None:
    page = look(emma)
    pieces = page.get_by_role("article")
    expect(pieces).to_have_count(4)
    page.keyboard.press("j")
    expect(pieces.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(pieces.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(pieces.nth(0)).to_be_focused()


@pytest.mark.usefixtures("inspected")
def test_a_reviewer_sees_what_the_team_labelled_and_another_team_nothing(station: Station, look: Open) -> None:
    page = look(token_for(station, "rosa", Role.REVIEWER), "reviewer")
    expect(page.get_by_role("article")).to_have_count(2)
    assert titles(page) == ["good weld", "contamination"]
    other = look(token_for(station, "sam", Role.REVIEWER, "south"), "reviewer")
    expect(other.get_by_role("heading", name="Nothing to compare yet")).to_be_visible()


@pytest.fixture
def judged(inspected: None, station: Station, app: FastAPI) -> None:
    """Send a weld that a phone judged and the station never inspected; let the challenger answer."""
    bob, scores = Phone(TestClient(app, base_url=HERE), token_for(station, "bob")), dict.fromkeys(TIG.label_names, 0.1)
    answer = {"model": "tig", "model_version": "tig-1", "scores": scores, "labels": ["good weld"]}
    picture = weld("good weld") + b"by a phone"
    assert bob.send(9, picture, task="tig", answer=answer, labels=["burn through"], boxes=[]).status_code == 201
    assert station.shadows is not None
    station.shadows.look()


@pytest.mark.usefixtures("judged")
def test_a_picture_that_a_phone_judged_stands_among_the_others(look: Open, emma: str) -> None:
    page = look(emma)
    expect(
        page.get_by_text("5 of 6 pictures answered otherwise (83 %); 0 failed. 1 picture judged on phones")
    ).to_be_visible()
    expect(page.get_by_text("Challenger right in 2 of 3 that people labelled; champion in 1 of 3.")).to_be_visible()
    piece = page.get_by_role("article", name="judged on a phone")
    expect(page.get_by_role("article")).to_have_count(5)
    assert titles(page) == ["good weld", *GRAVE, *MILD]
    expect(piece).to_contain_text("Champion tig-1, on a phone")
    expect(piece).to_contain_text("no verdict was sent")
    expect(piece).to_contain_text("A person says, not reviewed yet: burn through. The challenger is right.")
    piece.scroll_into_view_if_needed()
    expect(piece.locator("img")).to_be_visible()
    expect(piece.locator("figcaption")).to_have_text("Dashed: where the challenger sees burn through.")
    assert piece.locator("img").evaluate("picture => picture.decode().then(() => picture.naturalWidth)") > 100
    assert serious(page) == []


def test_an_empty_page_says_what_to_do(station: Station, look: Open, emma: str) -> None:
    page = look(emma)
    expect(page.get_by_role("heading", name="Nothing to compare yet")).to_be_visible()
    expect(page.get_by_text("beadwatch models shadow NAME --by WHO")).to_be_visible()
    inspector = look(token_for(station, "ada"), "inspector")
    expect(inspector.get_by_role("alert")).to_contain_text("This page is for reviewers and engineers")
    expect(look(None).get_by_role("link", name="Pair this device")).to_be_visible()


@pytest.mark.usefixtures("judged")
@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (412, "dark"), (1280, "light")])
def test_it_fits_phone_and_desk_in_light_and_dark(
    look: Open, emma: str, tmp_path: Path, width: int, scheme: str
) -> None:
    page = look(emma, width=width, color_scheme=scheme)
    expect(page.get_by_role("article")).to_have_count(5)
    piece = page.get_by_role("article", name="judged on a phone")
    piece.scroll_into_view_if_needed()  # only then it is fetched
    expect(piece.locator("img")).to_be_visible()
    wide = """() => [...document.querySelectorAll('main *')].filter(part => !part.matches('.unseen')).filter(part => {
        const panel = part.parentElement.closest('.panel') ?? document.querySelector('main');
        const room = panel.getBoundingClientRect().right - parseFloat(getComputedStyle(panel).paddingRight);
        return part.getBoundingClientRect().left + part.scrollWidth > room + 1;
    }).map(part => part.outerHTML.slice(0, 80))"""
    assert page.evaluate(wide) == []
    assert serious(page) == []
    for button in page.locator("main a.button, main button").all():
        size = button.bounding_box()
        assert size is not None
        assert min(size["width"], size["height"]) >= 48
    page.set_viewport_size({"width": width, "height": 2400})
    page.screenshot(path=tmp_path / f"compare-{width}-{scheme}.png")
