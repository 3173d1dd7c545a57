"""The phone app in a real browser with a camera: inspect, correct, work offline, lose nothing."""

import os
import resource
import signal
from collections.abc import Iterator
from contextlib import closing, suppress
from hashlib import sha256
from pathlib import Path

import pytest
from PIL import Image as PillowImage
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, Route, expect

from beadwatch.domain.labels import SURFACE
from beadwatch.storage.account_store import AccountStore
from tests.browser.phone import (
    KillablePhone,
    LocalStation,
    Phone,
    StationAtPort,
    StationProcess,
    kept,
    needs_web_app,
    page_until,
    waits_until,
)
from tests.bundles import colour_of

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_web_app]

CRACK, SPATTERS = colour_of(SURFACE, "crack"), colour_of(SURFACE, "spatters")


# Not the button: it goes away when the phone's own next try comes first.
NETWORK_IS_BACK = "() => dispatchEvent(new Event('online'))"
# Chromium counts small writes late: the browser's own answer to a full disk, at the write that is too much.
NO_ROOM_FOR_PICTURES = """() => {
    const add = IDBObjectStore.prototype.add;
    IDBObjectStore.prototype.add = function (...given) {
        if (this.name !== "pictures") return add.apply(this, given);
        this.transaction.abort();
        throw new DOMException("no room", "QuotaExceededError");
    };
}"""


@pytest.fixture
def station(tmp_path: Path, models_dir: Path) -> Iterator[LocalStation]:
    """Return a running station with tiny models, for which a class is a colour."""
    made = LocalStation(tmp_path, models_dir)
    made.start()
    yield made
    made.kill()


@pytest.fixture
def process(tmp_path: Path, models_dir: Path) -> Iterator[StationProcess]:
    """Return such a station as a process of its own."""
    made = StationProcess(tmp_path, models_dir)
    made.start()
    yield made
    made.kill()


def paired(phone: Phone, station: StationAtPort) -> Page:
    """Open the link of a QR code, press Pair, and go to the camera."""
    page = phone.open(station.pairing_link("ada"))
    page.get_by_role("button", name="Pair", exact=True).click()
    expect(page.get_by_text("This device belongs to ada")).to_be_visible()
    page.get_by_role("link", name="Inspect").click()
    return page


def shoot(page: Page) -> None:
    """Take a picture, and wait for its page."""
    page.get_by_role("button", name="Take a picture").click()
    expect(page.get_by_role("group", name="What is there?")).to_be_visible()


def test_live_picture_shows_verdict_scores_and_rate(phone: Phone, station: LocalStation) -> None:
    page = phone.open(f"{station.url}/app/")
    expect(page.locator(".overlay .verdict")).to_contain_text("Rejectcrack")
    expect(page.locator(".overlay .score").first).to_contain_text("crack")
    expect(page.locator(".rate")).to_contain_text("frames/s")


def test_marking_from_another_score_changes_what_is_shown_and_is_remembered(
    phone: Phone, station: LocalStation
) -> None:
    page = phone.open(f"{station.url}/app/")
    expect(page.locator(".overlay .score.present")).to_have_count(1)
    page.get_by_text("From: model").click()
    page.get_by_label("Mark classes from").fill("5")
    expect(page.get_by_text("From 5 %")).to_be_visible()
    page.reload()
    expect(page.get_by_text("From 5 %")).to_be_visible()


def test_two_taps_correct_an_answer_and_the_station_has_all_of_it(phone: Phone, station: LocalStation) -> None:
    page = paired(phone, station)
    shoot(page)
    expect(page.get_by_role("checkbox", name="crack")).to_be_checked()
    expect(page.get_by_text("ISO 6520-1 100")).to_be_visible()
    page.get_by_role("checkbox", name="porosity").check()
    page.get_by_role("button", name="Mark where").first.click()
    stage = page.get_by_alt_text("the weld").bounding_box()
    assert stage is not None
    page.mouse.move(stage["x"] + 0.25 * stage["width"], stage["y"] + 0.25 * stage["height"])
    page.mouse.down()
    page.mouse.move(stage["x"] + 0.75 * stage["width"], stage["y"] + 0.5 * stage["height"], steps=4)
    page.mouse.up()
    page.get_by_label("Seam").fill("S-7")
    page.get_by_label("Note").fill("pores <b>beside</b> the crack")
    page.get_by_role("button", name="Correct and send").click()
    waits_until(page, "captures", 1, state="sent")
    (stored,) = station.feedback()
    assert set(stored["labels"]) == {"crack", "porosity"}
    assert stored["answer"]["labels"] == ["crack"]
    assert stored["answer"]["model_version"] == "surface-1"
    (box,) = stored["boxes"]
    assert box["label"] == "crack"
    assert box["box"] == pytest.approx([0.25, 0.25, 0.75, 0.5], abs=0.02)
    assert (stored["seam_id"], stored["note"]) == ("S-7", "pores <b>beside</b> the crack")
    blob = next((station.data / "blobs").rglob(stored["sha256"]))
    assert sha256(blob.read_bytes()).hexdigest() == stored["sha256"]
    assert kept(page, "pictures") == []


def test_three_captures_offline_survive_the_killed_browser_and_arrive_once(
    killable: KillablePhone, station: LocalStation
) -> None:
    page = paired(killable, station)
    expect(page.locator(".rate")).to_be_visible()
    page.wait_for_function("() => navigator.serviceWorker.controller || navigator.serviceWorker.ready")
    station.kill()
    for _ in range(3):
        shoot(page)
        page.get_by_role("button", name="Confirm and send").click()
        expect(page.locator(".rate")).to_be_visible()
    waits_until(page, "captures", 3, state="queued")
    killable.kill()

    page = killable.open(f"{station.url}/app/")
    expect(page.locator(".rate")).to_be_visible()  # app and model come from the phone alone
    page.get_by_role("link", name="Queue").click()
    expect(page.locator(".captures li")).to_have_count(3)
    expect(page.get_by_role("status")).to_contain_text("The station does not answer. 3 wait here")
    station.start()
    page.evaluate(NETWORK_IS_BACK)
    waits_until(page, "captures", 3, state="sent")
    expect(page.get_by_text("Everything is at the station.")).to_be_visible()
    assert len(station.feedback()) == 3
    assert len({stored["id"] for stored in station.feedback()}) == 3


def test_nothing_is_lost_or_doubled_when_the_station_dies_after_storing(phone: Phone, station: LocalStation) -> None:
    page = paired(phone, station)
    shoot(page)

    def store_and_die(route: Route) -> None:  # the row is written, the answer never arrives
        with suppress(PlaywrightError):  # a try that is under way when the route goes has its answer from the station
            route.fetch()
            route.abort()

    page.route("**/v1/feedback", store_and_die)
    page.get_by_role("button", name="Confirm and send").click()
    page_until(page, lambda: len(station.feedback()) == 1)
    waits_until(page, "captures", 1, state="queued")
    page.unroute("**/v1/feedback")
    page.get_by_role("link", name="Queue").click()
    page.evaluate(NETWORK_IS_BACK)
    waits_until(page, "captures", 1, state="sent")
    assert len(station.feedback()) == 1


def test_full_disk_on_the_station_keeps_the_capture_on_the_phone(phone: Phone, process: StationProcess) -> None:
    page = paired(phone, process)
    shoot(page)
    limits = resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1024, resource.RLIM_INFINITY))
    page.get_by_role("button", name="Confirm and send").click()
    page.get_by_role("link", name="Queue").click()
    expect(page.get_by_role("button", name="Try now")).to_be_visible()
    waits_until(page, "captures", 1, state="queued")
    assert process.feedback() == []
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, limits)
    page.evaluate(NETWORK_IS_BACK)
    waits_until(page, "captures", 1, state="sent")
    assert len(process.feedback()) == 1


def test_unpaired_phone_keeps_everything_and_says_what_to_do(phone: Phone, station: LocalStation) -> None:
    page = phone.open(f"{station.url}/app/")
    shoot(page)
    page.get_by_role("button", name="Confirm and send").click()
    page.get_by_role("link", name="Queue").click()
    expect(page.get_by_role("link", name="Pair this device", exact=True)).to_be_visible()
    page = phone.open(station.pairing_link("ada"))
    page.get_by_role("button", name="Pair", exact=True).click()
    waits_until(page, "captures", 1, state="sent")
    assert len(station.feedback()) == 1


def test_revoked_phone_keeps_its_queue(phone: Phone, station: LocalStation) -> None:
    page = paired(phone, station)
    with closing(AccountStore(station.database())) as accounts:
        accounts.revoke_account("ada")
    shoot(page)
    page.get_by_role("button", name="Confirm and send").click()
    page.get_by_role("link", name="Queue").click()
    expect(page.get_by_role("status")).to_contain_text("pair the device again")
    waits_until(page, "captures", 1, state="queued")


def test_several_photos_wait_as_drafts_to_be_confirmed(phone: Phone, station: LocalStation, tmp_path: Path) -> None:
    for name, colour in (("one.png", CRACK), ("two.png", SPATTERS)):
        PillowImage.new("RGB", (64, 48), colour).save(tmp_path / name)
    (tmp_path / "no-picture.jpg").write_text("nothing to see")
    page = paired(phone, station)
    expect(page.locator(".rate")).to_be_visible()
    page.get_by_text("Photos").set_input_files(
        [tmp_path / "one.png", tmp_path / "no-picture.jpg", tmp_path / "two.png"]
    )
    expect(page.get_by_role("alert")).to_contain_text("no-picture.jpg")
    page.get_by_role("link", name="Queue").click()
    page.get_by_role("button", name="Confirm all 2 and send").click()
    waits_until(page, "captures", 2, state="sent")
    assert [stored["labels"] for stored in station.feedback()] == [["spatters"], ["crack"]]


def test_part_counts_its_welds_and_its_report_can_be_saved(phone: Phone, station: LocalStation) -> None:
    page = paired(phone, station)
    page.get_by_role("link", name="Part").click()
    page.get_by_label("Drawing or serial number").fill("P <1>")
    page.get_by_role("button", name="Begin").click()
    page.get_by_role("link", name="Next weld").click()
    for _ in range(2):
        shoot(page)
        page.get_by_role("button", name="Confirm and send").click()
    waits_until(page, "captures", 2, state="sent")
    page.get_by_role("link", name="Part", exact=True).click()
    expect(page.locator(".tally [data-verdict=reject] dd")).to_have_text("2")
    page.get_by_text("Visual-testing report").click()
    page.get_by_label("Manufacturer").fill("Müller & Söhne")
    page.get_by_label("Manufacturer").press("Tab")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as page").click()
    report = Path(saved.value.path()).read_text(encoding="utf-8")
    assert "P &lt;1&gt;" in report
    assert report.count("<img") == 2
    assert "<h2>Imperfections indicated, by ISO 6520-1</h2>" in report
    assert report.count("<td>100 crack</td>") == 5, "model and person of two welds, and the list"
    assert "Müller &amp; Söhne" in report
    assert {stored["part_id"] for stored in station.feedback()} == {"P <1>"}


def test_full_phone_says_so_and_keeps_nothing_half(phone: Phone, station: LocalStation) -> None:
    page = paired(phone, station)
    expect(page.locator(".rate")).to_be_visible()
    page.evaluate(NO_ROOM_FOR_PICTURES)
    page.get_by_role("button", name="Take a picture").click()
    expect(page.get_by_role("alert")).to_contain_text("This device's storage is full")
    assert (kept(page, "captures"), kept(page, "pictures")) == ([], [])
    page.reload()
    shoot(page)


def test_killed_station_in_mid_upload_loses_nothing(phone: Phone, process: StationProcess) -> None:
    page = paired(phone, process)
    shoot(page)
    os.kill(process.pid, signal.SIGSTOP)  # it takes the bytes and says nothing
    page.get_by_role("button", name="Confirm and send").click()
    page.wait_for_timeout(500)
    process.kill()
    waits_until(page, "captures", 1, state="queued")
    process.start()
    page.get_by_role("link", name="Queue").click()
    page.evaluate(NETWORK_IS_BACK)
    waits_until(page, "captures", 1, state="sent")
    assert len(process.feedback()) == 1
