"""An alert stands on the station's page until somebody has seen it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from beadwatch.domain.alerts import Alert
from beadwatch.storage.alert_store import AlertStore
from beadwatch.storage.database import open_database

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def record(tmp_path: Path, name: str, age: timedelta) -> None:
    store = AlertStore(open_database(f"sqlite:///{tmp_path / 'station' / 'beadwatch.db'}"))
    store.record(
        Alert(name, "drift.detected", "dataset.auc", "porosity: <b>AUC 0.61</b>", {}, datetime.now(UTC) - age), []
    )
    store.close()


def test_an_alert_is_shown_until_it_was_seen(page: Page, tmp_path: Path) -> None:
    expect(page.locator("#empty")).to_be_visible()
    expect(page.locator("#alert")).to_be_hidden()
    record(tmp_path, "a", timedelta(hours=1))
    page.reload()
    expect(page.locator("#alert h2")).to_contain_text("no longer what the model knows")
    expect(page.locator("#alert-why")).to_have_text("porosity: <b>AUC 0.61</b>")
    page.click("#alert-seen")
    expect(page.locator("#alert")).to_be_hidden()
    page.reload()
    expect(page.locator("#empty")).to_be_visible()
    expect(page.locator("#alert")).to_be_hidden()
    record(tmp_path, "b", timedelta(hours=1))
    page.reload()
    expect(page.locator("#alert")).to_be_visible()


def test_an_old_alert_is_not_shown(page: Page, tmp_path: Path) -> None:
    record(tmp_path, "a", timedelta(days=8))
    with page.expect_response("**/v1/alerts*"):
        page.reload()
    expect(page.locator("#empty")).to_be_visible()
    expect(page.locator("#alert")).to_be_hidden()
