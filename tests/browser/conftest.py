"""A real station on a free loopback port, with the models that ship, and a real browser."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from tests.browser.phone import chromium
from tests.real import MODELS
from tests.waiting import free_port

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
READY_WITHIN_S = 60


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
    """Start `beadwatch serve` as a process of its own and return its address."""
    port, log = free_port(), tmp_path / "station.log"
    environment = os.environ | {"BEADWATCH_MODELS_DIR": str(models), "BEADWATCH_DATA_DIR": str(tmp_path / "station")}
    command = [sys.executable, "-c", "from beadwatch.apps.cli import main; main()", "serve", "--port", str(port)]
    with log.open("w") as output, subprocess.Popen(command, env=environment, stderr=output, stdout=output) as process:
        try:
            wait_until_ready(f"http://127.0.0.1:{port}/readyz", process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def wait_until_ready(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    pytest.fail(f"the station did not get ready:\n{log.read_text()}")


@pytest.fixture
def page(browser: Browser, station: str) -> Iterator[Page]:
    """Open the station's page on a phone's screen; any error in its console fails the test."""
    opened = browser.new_page(viewport={"width": 412, "height": 915})
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    opened.goto(station)
    opened.wait_for_selector("input[name=task]")
    yield opened
    opened.close()
    unexpected = [error for error in errors if "status of 4" not in error]
    assert not unexpected, unexpected
