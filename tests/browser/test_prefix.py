"""The station below a path, behind a proxy that takes it off, in a real browser: pages, phone app, documentation."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, Playwright, expect

from beadwatch.domain.labels import SURFACE
from beadwatch.line.sinks.station import StationSink
from tests.browser.phone import KillablePhone, StationProcess, camera_file, needs_web_app
from tests.bundles import colour_of, write_models
from tests.line.made import made_frame, made_run, made_status
from tests.pictures import pool
from tests.proxies import proxied

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_web_app]
CRACK = colour_of(SURFACE, "crack")


@pytest.fixture
def station(tmp_path: Path) -> Iterator[StationProcess]:
    """Return a running station with tiny models that lies below a path."""
    write_models(tmp_path / "models")
    made = StationProcess(tmp_path, tmp_path / "models", BEADWATCH_ROOT_PATH="/weld")
    made.start()
    yield made
    made.kill()


@pytest.fixture
def shown(station: StationProcess) -> Iterator[str]:
    """Return where the proxy shows the station."""
    with proxied(station.url, "/weld") as url:
        yield url


@pytest.fixture
def page(tmp_path: Path, playwright: Playwright) -> Iterator[Page]:
    """Return a page; a request that fails, or an error on it, fails the test."""
    phone = KillablePhone(playwright, tmp_path, camera_file(tmp_path / "camera.mjpeg", [CRACK]))
    page = phone.open("about:blank")
    failed: list[str] = []
    page.context.on("response", lambda got: failed.append(f"{got.status} {got.url}") if got.status >= 400 else None)
    yield page
    phone.close()
    assert (phone.errors, failed) == ([], [])


def test_inspecting_watching_and_reading_work_below_a_path(page: Page, shown: str, tmp_path: Path) -> None:
    picture = tmp_path / "crack.png"
    Image.fromarray(np.full((48, 64, 3), CRACK, dtype=np.uint8)).save(picture)
    page.goto(f"{shown}/")
    page.check("input[value=surface]")
    page.set_input_files("#file", picture)
    expect(page.locator("#verdict strong")).to_have_text("reject")
    thumbnail = page.locator("#list img")
    expect(thumbnail).to_have_js_property("complete", True)
    assert thumbnail.evaluate("image => image.naturalWidth") > 0

    sink = StationSink(shown)
    sink.open(made_run())
    sink.offer_picture(1, pool())
    sink.send(made_frame(1))
    sink.send(made_status())
    page.get_by_role("link", name="Live line").click()
    expect(page.locator("#word")).not_to_have_text("unknown")
    sink.close()

    page.goto(f"{shown}/docs")
    expect(page.locator(".opblock-summary-path").first).to_contain_text("/v1/")


def test_phone_app_is_paired_installed_and_works_offline_below_a_path(
    page: Page, shown: str, station: StationProcess
) -> None:
    page.goto(station.pairing_link("ada").replace(station.url, shown))
    page.get_by_role("button", name="Pair", exact=True).click()
    expect(page.get_by_text("This device belongs to ada")).to_be_visible()
    page.get_by_role("link", name="Inspect").click()
    expect(page.locator(".overlay .verdict")).to_contain_text("Rejectcrack")
    worker = "navigator.serviceWorker.ready.then(each => [each.scope, each.active.scriptURL])"
    assert page.evaluate(worker) == [f"{shown}/app/", f"{shown}/app/sw.js"]
    station.kill()
    page.context.set_offline(True)
    page.reload()
    expect(page.locator(".overlay .verdict")).to_contain_text("Rejectcrack")
