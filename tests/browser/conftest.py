"""A real station on a free loopback port, with the models that ship, a real browser, and a phone that sees a crack."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from beadwatch.domain.labels import SURFACE
from tests.browser.phone import KillablePhone, LocalStation, Phone, browser_with_camera, camera_file, chromium
from tests.bundles import colour_of
from tests.real import MODELS

CRACK = colour_of(SURFACE, "crack")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Start Playwright for one file: as long as it runs, no other test of the process can have an event loop."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    opened = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
    yield opened
    opened.close()


@pytest.fixture
def models() -> Path:
    """Return the folder of models that the station serves."""
    return MODELS


@pytest.fixture
def station(tmp_path: Path, models: Path) -> Iterator[str]:
    """Start a station in a thread and return its address."""
    made = LocalStation(tmp_path, models)
    made.start()
    yield made.url
    made.kill()


@pytest.fixture
def page(browser: Browser, station: str) -> Iterator[Page]:
    """Open the station's page on a phone's screen; any error in its console fails the test. Nothing moves by itself."""
    opened = browser.new_page(viewport={"width": 412, "height": 915}, reduced_motion="reduce")
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    opened.goto(station)
    opened.wait_for_selector("input[name=task]")
    yield opened
    opened.close()
    unexpected = [error for error in errors if "status of 4" not in error]
    assert not unexpected, unexpected


@pytest.fixture(scope="module")
def chromium_with_camera(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Open a browser whose camera looks at a crack."""
    camera = camera_file(tmp_path_factory.mktemp("camera") / "camera.mjpeg", [CRACK])
    with browser_with_camera(playwright, camera) as opened:
        yield opened


@pytest.fixture
def phone(chromium_with_camera: Browser) -> Iterator[Phone]:
    """Return a phone whose camera looks at a crack."""
    made = Phone(chromium_with_camera)
    yield made
    made.close()
    assert made.errors == []


@pytest.fixture
def killable(tmp_path: Path, playwright: Playwright) -> Iterator[KillablePhone]:
    """Return such a phone with a browser of its own."""
    made = KillablePhone(playwright, tmp_path, camera_file(tmp_path / "camera.mjpeg", [CRACK]))
    yield made
    made.close()
    assert made.errors == []
