"""The phone app for everybody: axe finds nothing serious on any page, light or dark, on a phone or at a desk."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, Playwright, ViewportSize, expect

from beadwatch.domain.labels import SURFACE
from tests.browser.phone import DESK, PHONE, LocalStation, Phone, browser_with_camera, camera_file, needs_web_app
from tests.bundles import colour_of
from tests.real import CHECKOUT

AXE = CHECKOUT / "clients" / "web" / "node_modules" / "axe-core" / "axe.min.js"
pytestmark = [
    pytest.mark.browser, pytest.mark.slow, needs_web_app,
    pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed: `make web` installs it"),
]  # fmt: skip


@pytest.fixture
def station(tmp_path: Path, models_dir: Path) -> Iterator[LocalStation]:
    made = LocalStation(tmp_path, models_dir)
    made.start()
    yield made
    made.kill()


def serious(page: Page) -> list[str]:
    """Return what axe finds, from serious on."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate("async () => (await axe.run()).violations")
    return [
        f"{one['id']}: {one['help']}: {[node['html'][:120] for node in one['nodes']]}"
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]


@pytest.mark.parametrize(("viewport", "scheme"), [(PHONE, "light"), (PHONE, "dark"), (DESK, "light")])
def test_no_serious_finding_on_any_page(
    tmp_path: Path,
    playwright: Playwright,
    station: LocalStation,
    viewport: ViewportSize,
    scheme: Literal["light", "dark"],
) -> None:
    camera = camera_file(tmp_path / "camera.mjpeg", [colour_of(SURFACE, "porosity")])
    with browser_with_camera(playwright, camera) as browser:
        found = walk(Phone(browser, viewport).open(f"{station.url}/app/"), scheme)
    assert {name: problems for name, problems in found.items() if problems} == {}


def walk(page: Page, scheme: Literal["light", "dark"]) -> dict[str, list[str]]:
    """Go from page to page, and return what axe finds on each."""
    page.emulate_media(color_scheme=scheme)
    expect(page.locator(".rate")).to_be_visible()
    found = {"camera": serious(page)}
    page.get_by_text("From: model").click()
    found["sensitivity"] = serious(page)
    page.get_by_role("link", name="Part").click()
    found["begin"] = serious(page)
    page.get_by_label("Drawing or serial number").fill("P 1")
    page.get_by_role("button", name="Begin").click()
    page.get_by_role("link", name="Next weld").click()
    page.get_by_role("button", name="Take a picture").click()
    page.get_by_role("button", name="Mark where").first.click()
    found["capture"] = serious(page)
    page.get_by_role("button", name="Confirm and send").click()
    page.get_by_role("link", name="Part", exact=True).click()
    page.get_by_text("Visual-testing report").click()
    found["part"] = serious(page)
    page.get_by_role("link", name="Queue").click()
    found["queue"] = serious(page)
    page.get_by_role("link", name="Station", exact=True).click()
    expect(page.get_by_text("Runs by")).to_be_visible()
    found["station"] = serious(page)
    return found
