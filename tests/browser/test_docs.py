"""The documentation works under the policy that it is sent with."""

import pytest
from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize(("path", "there"), [("/docs", "#operations-default-pair_v1_pair_post"), ("/redoc", "h1")])
def test_documentation_is_drawn_without_complaint(browser: Browser, station: str, path: str, there: str) -> None:
    page = browser.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(f"{station}{path}")
    page.wait_for_selector(there)
    page.close()
    # ReDoc would fetch its badge from its maker's site; the policy keeps it from calling there.
    assert [error for error in errors if "cdn.redoc.ly/redoc/logo" not in error] == []
