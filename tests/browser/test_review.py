"""The review page as a reviewer uses it: one key each, a real station, a real database, a real browser."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Locator, Page, Route, expect
from starlette.testclient import TestClient

from beadwatch.domain.accounts import Role
from beadwatch.server.application import create_app
from beadwatch.services.station import Station
from beadwatch.settings import load_settings
from beadwatch.wiring import build_station
from tests.pictures import encoded, noise
from tests.server.feedback_made import Phone, token_for
from tests.stations import HERE, served, with_web_app

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Open = Callable[..., Page]
SCRIPT = "<img src=x onerror=\"document.title='taken over'\"><script>document.title='taken over'</script>"
REMEMBER = """pairing => new Promise((done, failed) => {
    const opening = indexedDB.open("beadwatch", 1);
    opening.onerror = () => failed(opening.error);
    opening.onsuccess = () => {
        const writing = opening.result.transaction("settings", "readwrite");
        writing.objectStore("settings").put(pairing, "pairing");
        writing.oncomplete = () => { opening.result.close(); done(); };
    };
})"""


def refused(status: int, message: str, **headers: str) -> Callable[[Route], None]:
    """Return what answers in the station's place."""
    body = {"error": {"type": "RequestError", "message": message}}
    return lambda route: route.fulfill(status=status, json=body, headers=headers)


FAILURES: list[tuple[Callable[[Route], None], str]] = [
    (lambda route: route.abort(), "The station does not answer."),
    (refused(403, "you may not review your own feedback"), "You may not review your own feedback."),
    (refused(429, "too many requests: wait a little", **{"Retry-After": "7"}), "Try again in 7 s."),
]


@pytest.fixture
def station() -> Iterator[Station]:
    """Return a station without models: reviewing needs none."""
    with closing(build_station(load_settings())) as built:
        yield built


@pytest.fixture
def app(station: Station) -> FastAPI:
    return with_web_app(create_app(station))


@pytest.fixture
def ada(station: Station, app: FastAPI) -> Phone:
    """Return the phone of an inspector."""
    return Phone(TestClient(app, base_url=HERE), token_for(station, "ada"))


@pytest.fixture
def rosa(station: Station) -> str:
    """Return the token of a reviewer of the same team."""
    return token_for(station, "rosa", Role.REVIEWER)


@pytest.fixture
def look(browser: Browser, app: FastAPI) -> Iterator[Open]:
    """Return a function that opens the review page as whoever has a token; an error in its console fails the test."""
    errors: list[str] = []
    contexts = []
    with served(app) as url:

        def opened(token: str | None, name: str = "rosa", width: int = 1280, height: int = 800) -> Page:
            context = browser.new_context(viewport={"width": width, "height": height}, service_workers="block")
            contexts.append(context)
            page = context.new_page()
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
            page.goto(f"{url}/app/#/station")
            page.get_by_role("heading", name="Pair this device").wait_for()
            if token:
                pairing = {"token": token, "device_id": "", "account": name, "role": "reviewer", "team": "north"}
                page.evaluate(REMEMBER, pairing)
            page.goto(f"{url}/app/#/review")
            page.reload()
            return page

        yield opened
        for context in contexts:
            context.close()
    # The station has no models, which the app asks for; what the tests break on purpose says so too.
    assert not [error for error in errors if not re.search(r"status of [45]|ERR_(FAILED|CONNECTION)", error)], errors


def send(phone: Phone, number: int, **changes: Any) -> None:
    picture = encoded(noise(640, 480, number))
    assert phone.send(number, picture, **{"note": f"note {number}"} | changes).status_code == 201


def agreeing(**changes: Any) -> dict[str, Any]:
    return {"labels": ["porosity"], "boxes": []} | changes


def verdicts(station: Station, *numbers: int) -> list[str | None]:
    """Return the newest verdicts as the database has them."""
    reviews = [station.feedback.reviews("north", f"{number:032x}") for number in numbers]
    return [newest[0]["verdict"] if newest else None for newest in reviews]


def shown(page: Page, number: int) -> Locator:
    """Wait until a correction is shown with its picture, so that it can be decided."""
    expect(page.get_by_role("article").get_by_text(f"note {number}", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Accept labels")).to_be_enabled()
    return page.get_by_role("article")


def test_three_are_decided_by_keys_disagreements_first(station: Station, ada: Phone, rosa: str, look: Open) -> None:
    send(ada, 1)
    send(ada, 2, **agreeing())
    send(ada, 3, labels=["crack"])
    page = look(rosa)
    piece = shown(page, 3)
    expect(piece.get_by_role("heading", name="Ada added crack and took off porosity")).to_be_visible()
    expect(piece.get_by_role("row", name=re.compile("crack \\+ added"))).to_be_visible()
    expect(piece.locator("svg text")).to_have_text(["crack"])
    page.keyboard.press("n")
    page.keyboard.type("jar? not a crack")
    assert verdicts(station, 1, 2, 3) == [None] * 3, "keys are text while somebody types"
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    shown(page, 1)
    page.keyboard.press("a")
    expect(shown(page, 2).get_by_role("heading", name="Ada agrees with the model: porosity")).to_be_visible()
    page.keyboard.press("Control+a")
    page.keyboard.press("k")
    shown(page, 1)
    page.keyboard.press("ArrowDown")
    shown(page, 2)
    page.keyboard.press("a")
    expect(page.get_by_role("status").filter(has_text="That was the last one")).to_be_visible()
    assert verdicts(station, 1, 2, 3) == ["accepted", "accepted", "rejected"]
    assert station.feedback.reviews("north", f"{3:032x}")[0]["note"] == "jar? not a crack"


def test_who_decided_wrongly_goes_back_and_decides_anew(station: Station, ada: Phone, rosa: str, look: Open) -> None:
    for number in (1, 2):
        send(ada, number)
    page = look(rosa)
    shown(page, 2)
    page.keyboard.press("a")
    shown(page, 1)
    page.get_by_role("button", name="Previous").click()
    before = shown(page, 2).locator(".earlier li")
    expect(before).to_have_count(1)
    expect(before).to_contain_text("Accepted by rosa")
    page.get_by_role("button", name="Reject labels").click()
    shown(page, 1)
    assert verdicts(station, 1, 2) == [None, "rejected"]
    page.keyboard.press("k")
    expect(shown(page, 2).locator(".earlier li")).to_have_count(2)
    page.reload()
    expect(shown(page, 2).locator(".earlier li")).to_have_text(
        [re.compile("^Rejected by rosa"), re.compile("^Accepted")]
    )
    expect(page.locator(".to-review li")).to_have_count(1)


def test_script_in_a_note_stays_text(ada: Phone, rosa: str, look: Open) -> None:
    send(ada, 1, note=SCRIPT, part_id=SCRIPT[:100], seam_id=SCRIPT[:100])
    page = look(rosa)
    expect(page.get_by_role("article").locator("p.note")).to_have_text(SCRIPT)
    expect(page.get_by_role("button", name="Accept labels")).to_be_enabled()
    expect(page.locator("img[src=x]")).to_have_count(0)
    assert page.title() == "Beadwatch"


def test_another_teams_corrections_never_show(station: Station, ada: Phone, look: Open) -> None:
    send(ada, 1)
    page = look(token_for(station, "sam", Role.ADMIN, "south"), "sam")
    expect(page.get_by_text("Everything is reviewed.")).to_be_visible()
    page.evaluate(f"location.hash = '#/review/{1:032x}'")
    page.reload()
    expect(page.get_by_text("Your team has no such feedback.")).to_be_visible()
    expect(page.get_by_text("note 1")).to_have_count(0)
    page.get_by_role("button", name="Filters").click()
    page.get_by_label("Show").select_option("All")
    expect(page.get_by_text("Nothing matches these filters.")).to_be_visible()


def test_inspector_is_told_that_the_page_is_for_reviewers(ada: Phone, look: Open) -> None:
    page = look(ada.token, "ada")
    problem = page.get_by_role("alert")
    expect(problem).to_contain_text("This page is for reviewers")
    expect(problem).to_contain_text("this needs the role reviewer; yours is inspector")


@pytest.mark.parametrize("token", [None, "revoked"])
def test_who_is_not_paired_is_told_so(look: Open, token: str | None) -> None:
    problem = look(token).get_by_role("alert")
    expect(problem).to_contain_text("This device is not paired")
    expect(problem.get_by_role("link", name="Pair this device")).to_have_attribute("href", "#/station")


def test_verdict_that_fails_keeps_the_piece_and_the_note(station: Station, ada: Phone, rosa: str, look: Open) -> None:
    for number in (1, 2):
        send(ada, number)
    page = look(rosa)
    shown(page, 2)
    page.get_by_label("Note to your verdict").fill("seen twice")
    accept = page.get_by_role("button", name="Accept labels")
    for answer, says in FAILURES:
        page.route("**/review", answer)
        accept.click()
        expect(page.get_by_role("alert")).to_contain_text(says)
        shown(page, 2)
        expect(page.get_by_label("Note to your verdict")).to_have_value("seen twice")
        page.unroute("**/review")
    accept.click()
    shown(page, 1)
    expect(page.get_by_role("alert")).to_have_count(0)
    assert verdicts(station, 1, 2) == [None, "accepted"]
    assert station.feedback.reviews("north", f"{2:032x}")[0]["note"] == "seen twice"


def test_nobody_accepts_what_they_cannot_see(station: Station, ada: Phone, rosa: str, look: Open) -> None:
    send(ada, 1)
    page = look(rosa)
    shown(page, 1)
    page.route("**/picture", lambda route: route.abort())
    page.reload()
    expect(page.get_by_text("The picture cannot be shown.")).to_be_visible()
    expect(page.get_by_role("button", name="Accept labels")).to_be_disabled()
    page.keyboard.press("a")
    page.keyboard.press("r")
    expect(page.get_by_text("That was the last one")).to_be_visible()
    assert [each["verdict"] for each in station.feedback.reviews("north", f"{1:032x}")] == ["rejected"]


def test_list_that_arrives_late_leaves_the_next_page_alone(ada: Phone, rosa: str, look: Open) -> None:
    send(ada, 1)
    page = look(rosa)
    shown(page, 1)
    page.get_by_role("button", name="Filters").click()
    held: list[Route] = []
    page.route("**/v1/feedback?*", lambda route: held.append(route))  # noqa: PLW0108 - a method of a list takes no attributes
    page.get_by_label("Disagreements only").check()
    page.evaluate(f"location.hash = '#/capture/{1:032x}'")
    expect(page.get_by_text("It is not on this device.")).to_be_visible()
    with page.expect_response("**/v1/feedback?*") as answered:
        held[0].continue_()
    answered.value.finished()
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.url.endswith(f"#/capture/{1:032x}")


def test_list_is_filtered_and_goes_on(ada: Phone, rosa: str, look: Open) -> None:
    for number in range(1, 33):
        assert ada.send(number, **({} if number % 2 else agreeing())).status_code == 201
    page = look(rosa)
    rows = page.locator(".to-review li")
    expect(rows).to_have_count(30)
    page.get_by_role("button", name="Load more").click()
    expect(rows).to_have_count(32)
    page.get_by_role("button", name="Filters").click()
    page.get_by_label("Disagreements only").check()
    expect(rows).to_have_count(16)
    page.get_by_label("The person saw").select_option("crack")
    expect(rows).to_have_count(16)
    page.get_by_label("Received since").fill("2099-01-01")
    expect(page.get_by_text("Nothing matches these filters.")).to_be_visible()
    page.get_by_role("button", name="Clear the filters").first.click()
    expect(rows).to_have_count(30)


def test_phone_shows_the_list_then_the_piece(station: Station, ada: Phone, rosa: str, look: Open) -> None:
    for number in (1, 2):
        send(ada, number)
    page = look(rosa, width=412, height=915)
    rows = page.locator(".to-review a")
    expect(rows).to_have_count(2)
    expect(page.get_by_role("article")).to_be_hidden()
    rows.first.click()
    shown(page, 2)
    for name in ("Accept labels", "Reject labels", "Previous", "Next"):
        size = page.get_by_role("button", name=name).bounding_box()
        assert size is not None
        assert min(size["width"], size["height"]) >= 48
    for part in ("html", "main", ".answers", ".verdict-bar"):
        fits = "element => element.scrollWidth <= 412 && element.getBoundingClientRect().right <= 412"
        assert page.locator(part).evaluate(fits), f"{part} is wider than the phone"
    page.get_by_role("button", name="Accept labels").click()
    shown(page, 1)
    page.go_back()
    expect(rows.first).to_be_visible()
    expect(page.locator(".done")).to_have_count(1)
    assert verdicts(station, 1, 2) == [None, "accepted"]


def test_question_mark_shows_the_keys(ada: Phone, rosa: str, look: Open) -> None:
    send(ada, 1)
    page = look(rosa)
    shown(page, 1)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("accept the person's labels")
    page.keyboard.press("a")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    shown(page, 1)
    expect(page.locator(".done")).to_have_count(0)
