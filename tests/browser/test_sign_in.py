"""A station that asks for a token, as people meet it: they sign in on its page, or pair the phone app, and it works."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, Playwright, expect

from beadwatch.domain.accounts import Role
from beadwatch.domain.labels import SURFACE
from beadwatch.line.sinks.station import StationSink
from beadwatch.storage.account_store import AccountStore
from tests.browser.phone import KillablePhone, StationProcess, camera_file, needs_web_app
from tests.browser.test_phone_accessible import serious
from tests.bundles import colour_of, write_models
from tests.line.made import made_frame, made_run, made_status
from tests.pictures import pool

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_web_app]
CRACK = colour_of(SURFACE, "crack")


@pytest.fixture
def station(tmp_path: Path) -> Iterator[StationProcess]:
    """Return a running station with tiny models that asks for a token."""
    write_models(tmp_path / "models")
    made = StationProcess(tmp_path, tmp_path / "models", BEADWATCH_ACCESS="token")
    made.start()
    yield made
    made.kill()


@pytest.fixture
def phone(tmp_path: Path, playwright: Playwright) -> Iterator[KillablePhone]:
    made = KillablePhone(playwright, tmp_path, camera_file(tmp_path / "camera.mjpeg", [CRACK]))
    yield made
    made.close()
    assert made.errors == []


def code_for(station: StationProcess, name: str) -> str:
    with closing(AccountStore(station.database())) as accounts:
        accounts.add(name, Role.INSPECTOR, "north")
        return accounts.make_code(name)[0]


def token_for(station: StationProcess, name: str) -> str:
    with closing(AccountStore(station.database())) as accounts:
        accounts.add(name, Role.INSPECTOR, "north")
        return accounts.pair(accounts.make_code(name)[0], "line 1")[0]


def sign_in(page: Page, code: str) -> None:
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Sign in").click()


def test_signing_in_shows_all_that_the_pages_show(
    phone: KillablePhone, station: StationProcess, tmp_path: Path
) -> None:
    picture = tmp_path / "crack.png"
    Image.fromarray(np.full((48, 64, 3), CRACK, dtype=np.uint8)).save(picture)
    page = phone.open(f"{station.url}/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.locator("#file")).to_have_count(0)
    assert serious(page) == []
    sign_in(page, "ABCD-2345")
    expect(page.get_by_role("alert")).to_contain_text("wrong, used or too old")
    sign_in(page, code_for(station, "ada"))
    expect(page.get_by_role("button", name="Sign out ada")).to_be_visible()
    page.check("input[value=surface]")
    page.set_input_files("#file", picture)
    expect(page.locator("#verdict strong")).to_have_text("reject")
    expect(page.locator("#list img")).to_have_js_property("naturalWidth", 64)

    sink = StationSink(station.url, token=token_for(station, "line"))
    sink.open(made_run())
    sink.offer_picture(1, pool())
    sink.send(made_frame(1))
    sink.send(made_status())
    page.get_by_role("link", name="Live line").click()
    expect(page.locator("#word")).not_to_have_text("unknown")
    expect(page.locator("#picture")).to_have_js_property("naturalWidth", 640)
    sink.close()

    page.get_by_role("button", name="Sign out ada").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_phone_gets_its_model_once_it_is_paired(phone: KillablePhone, station: StationProcess) -> None:
    page = phone.open(f"{station.url}/app/#/station")
    expect(page.get_by_text("no model yet")).to_be_visible()
    page.goto(f"{station.url}/app/#pair={code_for(station, 'ada')}")
    page.get_by_role("button", name="Pair", exact=True).click()
    expect(page.get_by_text("This device belongs to ada")).to_be_visible()
    page.get_by_role("link", name="Inspect").click()
    expect(page.locator(".overlay .verdict")).to_contain_text("Rejectcrack")
