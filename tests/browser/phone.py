"""A phone for the tests: a real browser with a profile of its own and a camera that plays drawn pictures.

And a station as a process, at a port that stays the same when it is killed and started again.
"""

import io
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as PillowImage
from playwright.sync_api import BrowserContext, Page, Playwright
from playwright.sync_api import Error as PlaywrightError
from sqlalchemy import Engine

from beadwatch.apps.server.web_app import WEB_APP
from beadwatch.domain.accounts import Role
from beadwatch.store.account_store import AccountStore
from beadwatch.store.blobs import BlobStore
from beadwatch.store.database import open_database
from beadwatch.store.feedback_store import FeedbackFilter, FeedbackStore
from tests.pictures import Colour
from tests.waiting import free_port, until

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]  # fmt: skip
SIZE = (640, 480)
WAIT_MS = 60_000
PHONE, DESK = {"width": 412, "height": 915}, {"width": 1280, "height": 800}
needs_web_app = pytest.mark.skipif(
    not (WEB_APP / "index.html").is_file(), reason="the phone app is not built: `make web` builds it"
)
EVERYTHING = """store => new Promise((done, failed) => {
    const opening = indexedDB.open("beadwatch");
    opening.onerror = () => failed(opening.error);
    opening.onsuccess = () => {
        const all = opening.result.transaction(store).objectStore(store).getAll();
        all.onsuccess = () => { opening.result.close(); done(all.result); };
    };
})"""


def chromium() -> str:
    """Return where the browser is; skip without one."""
    found = os.environ.get("BEADWATCH_CHROMIUM") or shutil.which("chromium")
    if found is None:
        pytest.skip("no chromium on this machine; CONTRIBUTING.md says how to get it")
    return found


def camera_file(path: Path, colours: Sequence[Colour], each: int = 15) -> Path:
    """Write what the camera plays, over and over: some frames of each colour."""
    frames = []
    for colour in colours:
        buffer = io.BytesIO()
        PillowImage.new("RGB", SIZE, colour).save(buffer, "JPEG", quality=95, subsampling=0)
        frames += [buffer.getvalue()] * each
    path.write_bytes(b"".join(frames))
    return path


class StationProcess:
    """`beadwatch serve` at one port, with one data folder, as often as it is started."""

    def __init__(self, folder: Path, models: Path, **environment: str) -> None:
        """Prepare it; `environment` are more settings."""
        self.port, self.data, self.models = free_port(), folder / "station", models
        self._log, self._environment = folder / "station.log", environment
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://localhost:{self.port}"

    @property
    def pid(self) -> int:
        """The number of the running process."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it is ready."""
        environment = os.environ | {"BEADWATCH_MODELS_DIR": str(self.models), "BEADWATCH_DATA_DIR": str(self.data)}
        command = [sys.executable, "-c", "from beadwatch.apps.cli import main; main()", "serve", "--port"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, str(self.port)], env=environment | self._environment, stdout=log, stderr=log
            )
        until(self._answers, 60)

    def kill(self) -> None:
        """End it at once, wherever it is."""
        if self._process:
            self._process.kill()
            self._process.wait(30)

    def pairing_link(self, name: str, role: Role = Role.INSPECTOR, team: str = "north") -> str:
        """Make an account with a pairing code; return the link of its QR code."""
        with closing(AccountStore(self.database())) as accounts:
            accounts.add(name, role, team)
            return f"{self.url}/app/#pair={accounts.make_code(name)[0]}"

    def feedback(self, team: str = "north") -> list[dict[str, Any]]:
        """Return what the station has stored for a team, the newest first."""
        database = self.database()
        found = FeedbackStore(database, BlobStore(str(self.data / "blobs"))).find(FeedbackFilter(team, limit=200))
        database.dispose()
        return [stored.body for stored in found]

    def database(self) -> Engine:
        """Open its database."""
        return open_database(f"sqlite:///{self.data / 'beadwatch.db'}")

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._log.read_text()
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5):
                return True
        except (urllib.error.URLError, ConnectionError):
            return False


class Phone:
    """A browser with a profile that outlives it, as a phone's does."""

    def __init__(
        self, playwright: Playwright, folder: Path, camera: Path, viewport: dict[str, int] | None = None
    ) -> None:
        """Prepare it; nothing runs yet."""
        self._playwright, self._profile, self._camera = playwright, folder / "phone", camera
        self._viewport: Any = viewport or PHONE
        self._context: BrowserContext | None = None
        self.errors: list[str] = []

    def open(self, url: str) -> Page:
        """Open the browser, or a page in it, at an address."""
        if self._context is None:
            self._context = self._playwright.chromium.launch_persistent_context(
                self._profile, executable_path=chromium(), permissions=["camera"], viewport=self._viewport,
                args=[*FLAGS, f"--use-file-for-fake-video-capture={self._camera}"], accept_downloads=True,
            )  # fmt: skip
            self._context.set_default_timeout(WAIT_MS)
        page = self._context.pages[0] if self._context.pages else self._context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(url)
        return page

    def kill(self) -> None:
        """End all processes of the browser at once, as a phone does that runs out of battery."""
        mine = str(self._profile).encode()
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if mine in (entry / "cmdline").read_bytes():
                    os.kill(int(entry.name), signal.SIGKILL)
            except (OSError, ProcessLookupError):
                continue
        if self._context:
            # Playwright learns of it a moment later; what it then says about a closed browser is what we asked for.
            with suppress(PlaywrightError):
                self._context.close()
        self._context = None
        (self._profile / "SingletonLock").unlink(missing_ok=True)

    def close(self) -> None:
        """Close the browser."""
        if self._context:
            self._context.close()
        self._context = None


def kept(page: Page, store: str) -> list[dict[str, Any]]:
    """Return what the phone has in a store of its database."""
    found: list[dict[str, Any]] = page.evaluate(EVERYTHING, store)
    return found


def waits_until(page: Page, store: str, count: int, **fields: object) -> None:
    """Wait until so many entries of a store have these fields."""
    page_until(page, lambda: sum(fields.items() <= each.items() for each in kept(page, store)) == count)


def page_until(page: Page, condition: Callable[[], object], timeout_s: float = WAIT_MS / 1000) -> None:
    """Wait until a function returns something true, while the page and its routes go on."""
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline_s, page.locator("main").inner_text()
        page.wait_for_timeout(100)
