"""The model on the phone: fetched beside the old one, checked, changed over in one step, and back."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from beadwatch.domain.labels import SURFACE
from beadwatch.storage.withdrawal_store import WithdrawalStore
from tests.browser.phone import (
    KillablePhone,
    LocalStation,
    Phone,
    kept,
    needs_web_app,
    page_until,
)
from tests.bundles import colour_of, write_bundle

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_web_app]

CRACK = colour_of(SURFACE, "crack")
OLD, NEW, NEWEST = "surface-1", "surface-2", "surface-3"
FOUND = ".overlay .verdict"


@pytest.fixture
def station(tmp_path: Path) -> Iterator[LocalStation]:
    write_bundle(tmp_path / "old" / "surface", SURFACE, version=OLD)
    write_bundle(tmp_path / "new" / "surface", SURFACE, version=NEW)
    write_bundle(tmp_path / "newest" / "surface", SURFACE, version=NEWEST)
    made = LocalStation(tmp_path, tmp_path / "old", guest_feedback=True)
    made.start()
    yield made
    made.kill()


def offer(station: LocalStation, folder: str) -> None:
    """Let the station come back with other models."""
    station.kill()
    station.models = station.models.with_name(folder)
    station.start()


def installed(page: Page) -> str:
    """Return the version that the phone would start with."""
    (models,) = kept(page, "models")
    return str(models["active"]["version"])


def look_for_newer(page: Page) -> None:
    page.get_by_role("link", name="Station").click()
    page.get_by_role("button", name="Look for a newer one").click()


def altered(change: str) -> Any:
    """Return what a route does to a file that is fetched."""

    def handle(route: Route) -> None:
        answer = route.fetch()
        if change == "graph":
            body = bytearray(answer.body())
            body[len(body) // 2] ^= 1
            route.fulfill(response=answer, body=bytes(body))
        elif change == "cut":
            route.fulfill(response=answer, body=answer.body()[:-10])
        else:
            manifest = json.loads(answer.body())
            manifest["golden"]["scores"] = [0.5 for _ in manifest["golden"]["scores"]]
            route.fulfill(response=answer, json=manifest)

    return handle


def test_newer_model_is_taken_while_the_camera_runs(phone: Phone, station: LocalStation) -> None:
    page = phone.open(f"{station.url}/app/")
    expect(page.locator(FOUND)).to_contain_text("crack")
    offer(station, "new")
    page.evaluate("dispatchEvent(new Event('online'))")
    page_until(page, lambda: installed(page) == NEW)
    expect(page.locator(FOUND)).to_contain_text("crack")
    page.get_by_role("button", name="Take a picture").click()
    page.get_by_role("button", name="Confirm and send").click()
    page_until(page, lambda: len(station.feedback("guest")) == 1)
    (stored,) = station.feedback("guest")
    assert stored["answer"]["model_version"] == NEW


def test_going_back_holds_until_a_person_looks_for_newer_ones(phone: Phone, station: LocalStation) -> None:
    page = phone.open(f"{station.url}/app/")
    expect(page.locator(FOUND)).to_be_visible()
    offer(station, "new")
    look_for_newer(page)
    page.get_by_role("button", name=f"Go back to {OLD}").click()
    page_until(page, lambda: installed(page) == OLD)
    page.reload()
    expect(page.get_by_role("button", name=f"Go back to {NEW}")).to_be_visible()
    page.evaluate("dispatchEvent(new Event('online'))")
    page.wait_for_timeout(500)
    assert installed(page) == OLD
    offer(station, "newest")
    page.evaluate("dispatchEvent(new Event('online'))")
    page.wait_for_timeout(2000)
    assert installed(page) == OLD
    page.get_by_role("button", name="Look for a newer one").click()
    page_until(page, lambda: installed(page) == NEWEST)


@pytest.mark.parametrize(
    ("change", "path", "words"),
    [
        ("graph", "**/v1/bundles/surface/*/model.onnx", "arrived damaged"),
        ("cut", "**/v1/bundles/surface/*/model.onnx", "broke off"),
        ("golden", "**/v1/bundles/surface", "does not compute what the model promises"),
    ],
)
def test_what_fails_its_checks_is_never_installed(
    phone: Phone, station: LocalStation, change: str, path: str, words: str
) -> None:
    page = phone.open(f"{station.url}/app/")
    expect(page.locator(FOUND)).to_be_visible()
    offer(station, "new")
    page.route(path, altered(change))
    look_for_newer(page)
    expect(page.get_by_role("alert")).to_contain_text(words)
    expect(page.get_by_role("alert")).to_contain_text(f"Version {OLD} stays in use")
    assert installed(page) == OLD
    page.get_by_role("link", name="Inspect").click()
    expect(page.locator(FOUND)).to_contain_text("crack")
    page.unroute(path)
    look_for_newer(page)
    page_until(page, lambda: installed(page) == NEW)


def test_browser_killed_in_mid_download_starts_with_the_old_model(
    killable: KillablePhone, station: LocalStation
) -> None:
    page = killable.open(f"{station.url}/app/")
    expect(page.locator(FOUND)).to_be_visible()
    offer(station, "new")
    page.route("**/v1/bundles/surface/*/golden.png", lambda _: None)  # it never comes
    look_for_newer(page)
    expect(page.get_by_text("Fetching the model")).to_be_visible()
    killable.kill()
    station.kill()
    page = killable.open(f"{station.url}/app/")
    expect(page.locator(FOUND)).to_contain_text("crack")
    assert installed(page) == OLD


def test_withdrawn_model_says_so_and_decides_nothing(phone: Phone, station: LocalStation) -> None:
    page = phone.open(f"{station.url}/app/")
    expect(page.locator(FOUND)).to_contain_text("Reject")
    with closing(WithdrawalStore(station.database())) as withdrawals:
        withdrawals.withdraw("surface", OLD, "misses small cracks")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.get_by_text("This model was withdrawn.")).to_be_visible()
    expect(page.locator(FOUND)).to_contain_text("Review")
    page.reload()
    expect(page.get_by_text("misses small cracks")).to_be_visible()
    page.get_by_role("button", name="Take a picture").click()
    expect(page.get_by_text("the station has withdrawn this model")).to_be_visible()


def test_first_start_without_a_station_says_what_to_do(phone: Phone, station: LocalStation) -> None:
    page = phone.open(f"{station.url}/app/")
    expect(page.locator(FOUND)).to_be_visible()
    page.evaluate("indexedDB.deleteDatabase('beadwatch')")
    page.wait_for_function("() => navigator.serviceWorker.ready")
    station.kill()
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("This device has no model yet")
