"""A phone for the tests: a real browser with storage of its own and a camera that plays drawn pictures.

And a station at a port that stays the same when it goes and comes back. Both come in two forms: light ones, in a
browser or process that is there already, and ones that can be killed by a signal.
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
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as PillowImage
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, ViewportSize
from playwright.sync_api import Error as PlaywrightError
from sqlalchemy import Engine

from beadwatch.domain.accounts import Role
from beadwatch.server.application import create_app
from beadwatch.server.web_app import WEB_APP
from beadwatch.settings import Settings
from beadwatch.storage.account_store import AccountStore
from beadwatch.storage.blobs import BlobStore
from beadwatch.storage.database import open_database
from beadwatch.storage.feedback_store import FeedbackFilter, FeedbackStore
from beadwatch.wiring import build_station
from tests.pictures import Colour
from tests.stations import served
from tests.waiting import free_port, until

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]  # fmt: skip
SIZE = (640, 480)
WAIT_MS = 60_000
PHONE: ViewportSize = {"width": 412, "height": 915}
DESK: ViewportSize = {"width": 1280, "height": 800}
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


class StationAtPort:
    """What a station has that is at one port, with one data folder, as often as it is started."""

    def __init__(self, folder: Path, models: Path) -> None:
        """Prepare it; nothing runs yet."""
        self.port, self.data, self.models = free_port(), folder / "station", models

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://localhost:{self.port}"

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


class LocalStation(StationAtPort):
    """A station in a thread of the test's process: it comes and goes at once. `settings` are more of its settings."""

    def __init__(self, folder: Path, models: Path, **settings: Any) -> None:
        """Prepare it; nothing runs yet."""
        super().__init__(folder, models)
        self._settings, self._running = settings, ExitStack()

    def start(self) -> None:
        """Start it."""
        settings = Settings(models_dir=self.models, data_dir=self.data, threads=1, **self._settings)
        station = self._running.enter_context(closing(build_station(settings)))
        self._running.enter_context(served(create_app(station), self.port))

    def kill(self) -> None:
        """Let it be gone."""
        self._running.close()


class StationProcess(StationAtPort):
    """`beadwatch serve` as a process, which can be killed and stopped."""

    def __init__(self, folder: Path, models: Path, **environment: str) -> None:
        """Prepare it; `environment` are more settings."""
        super().__init__(folder, models)
        self._log, self._environment = folder / "station.log", environment
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The number of the running process."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it is ready."""
        environment = os.environ | {"BEADWATCH_MODELS_DIR": str(self.models), "BEADWATCH_DATA_DIR": str(self.data)}
        command = [sys.executable, "-c", "from beadwatch.cli import main; main()", "serve", "--port"]
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

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._log.read_text()
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5):
                return True
        except (urllib.error.URLError, ConnectionError):
            return False


class Phone:
    """A phone in a browser that is there already: storage and permissions of its own, gone when it is closed."""

    def __init__(self, browser: Browser, viewport: ViewportSize = PHONE) -> None:
        """Prepare it; nothing runs yet."""
        self._browser, self._viewport = browser, viewport
        self._context: BrowserContext | None = None
        self.errors: list[str] = []

    def open(self, url: str) -> Page:
        """Open a page at an address: the one that is open already, or the first."""
        if self._context is None:
            self._context = self._begin()
            self._context.set_default_timeout(WAIT_MS)
        page = self._context.pages[0] if self._context.pages else self._context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(url)
        return page

    def close(self) -> None:
        """Close it."""
        if self._context:
            self._context.close()
        self._context = None

    def _begin(self) -> BrowserContext:
        return self._browser.new_context(viewport=self._viewport, permissions=["camera"], accept_downloads=True)


class KillablePhone(Phone):
    """A phone with a browser of its own and a profile that outlives it."""

    def __init__(self, playwright: Playwright, folder: Path, camera: Path) -> None:
        """Prepare it; nothing runs yet."""
        self._playwright, self._profile, self._camera = playwright, folder / "phone", camera
        self._context: BrowserContext | None = None
        self.errors: list[str] = []

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

    def _begin(self) -> BrowserContext:
        return self._playwright.chromium.launch_persistent_context(
            self._profile, executable_path=chromium(), permissions=["camera"], viewport=PHONE,
            args=camera_flags(self._camera), accept_downloads=True,
        )  # fmt: skip


@contextmanager
def browser_with_camera(playwright: Playwright, camera: Path) -> Iterator[Browser]:
    """Open a browser whose camera plays a file of `camera_file`."""
    opened = playwright.chromium.launch(executable_path=chromium(), args=camera_flags(camera))
    try:
        yield opened
    finally:
        opened.close()


def camera_flags(camera: Path) -> list[str]:
    """Return with which flags a browser has that camera."""
    return [*FLAGS, f"--use-file-for-fake-video-capture={camera}"]


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
