"""The phone app in headless Chromium: frames a second, time to the first answer, size of the app.

The shipped `surface` model, a camera of 640 x 480 that plays photos of `DATA` (drawn pictures without), a station on
loopback. *Cold* is the first visit, *warm* a new start of the browser with everything on the device and the station
gone. The size is what a browser fetches before it can show a page, gzipped, without ONNX Runtime. Prints; asserts
nothing. Needs `make web`, chromium, and a quiet machine.
"""

import gzip
import io
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import Page, sync_playwright
from rich.console import Console
from rich.table import Table

from beadwatch.server.web_app import WEB_APP

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.browser.phone import SIZE, KillablePhone, StationProcess  # noqa: E402  # the tests have the phone already
from tests.real import MODELS, surface_photos  # noqa: E402

WATCHED_S = float(os.environ.get("SECONDS", "20"))
STARTS = 5
FRAMES = 240
FIRST_ANSWER = """
    new MutationObserver(() => {
        if (!window.firstAnswerMs && document.querySelector(".rate")) window.firstAnswerMs = performance.now();
    }).observe(document, { childList: true, subtree: true });
"""


def camera(path: Path) -> tuple[Path, str]:
    """Write what the camera plays; return the file and what it shows."""
    photos = surface_photos()
    pictures = [Image.open(photo).convert("RGB") for photo in photos[:: max(1, len(photos) // 12)]] or [drawn()]
    frames = []
    for at in range(FRAMES):
        picture = pictures[at * len(pictures) // FRAMES].resize(SIZE)
        # Each frame differs from the one before, as a hand-held camera's do.
        buffer = io.BytesIO()
        picture.transform(SIZE, Image.Transform.AFFINE, (1, 0, at % 7, 0, 1, at % 5)).save(buffer, "JPEG", quality=90)
        frames.append(buffer.getvalue())
    path.write_bytes(b"".join(frames))
    return path, f"{len(pictures)} photos" if photos else "a drawn picture"


def drawn() -> Image.Image:
    picture = Image.effect_noise(SIZE, 60).convert("RGB")
    ImageDraw.Draw(picture).rectangle((0, 200, 640, 280), fill=(120, 110, 100))
    return picture


def rates(page: Page) -> list[float]:
    """Return the frames a second that the page shows, every half second."""
    page.wait_for_timeout(4000)
    seen, until_s = [], time.monotonic() + WATCHED_S
    while time.monotonic() < until_s:
        seen.append(float(page.locator(".rate").inner_text().split()[0]))
        page.wait_for_timeout(500)
    return seen


def first_answer_s(phone: KillablePhone, url: str) -> float:
    """Open the app anew; return when the first frame was answered, from the start of the navigation."""
    page = phone.open("about:blank")
    page.add_init_script(FIRST_ANSWER)
    page.goto(url)
    page.wait_for_function("() => window.firstAnswerMs", timeout=60_000)
    return float(page.evaluate("window.firstAnswerMs")) / 1000


def shell_bytes() -> int:
    """Return the gzipped size of the app without ONNX Runtime."""
    files = [WEB_APP / "index.html", *WEB_APP.glob("assets/*.js"), *WEB_APP.glob("assets/*.css")]
    own = [file for file in files if not file.name.startswith("ort")]
    return sum(len(gzip.compress(file.read_bytes(), 9)) for file in own)


def main() -> None:
    if not (WEB_APP / "index.html").is_file():
        raise SystemExit("the phone app is not built: `make web`")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        shown, what = camera(Path(folder) / "camera.mjpeg")
        phone, station = KillablePhone(playwright, Path(folder), shown), StationProcess(Path(folder), MODELS)
        station.start()
        cold_s = first_answer_s(phone, f"{station.url}/app/")
        page = phone.open(f"{station.url}/app/")
        page.locator(".rate").wait_for()
        seen = rates(page)
        station.kill()
        warm_s = []
        for _ in range(STARTS):
            phone.close()
            warm_s.append(first_answer_s(phone, f"{station.url}/app/"))
        phone.close()
    table = Table("what", "figure", title=f"Phone app, headless Chromium, {os.cpu_count()} cores, camera of {what}")
    table.add_row("classified frames a second, median", f"{statistics.median(seen):.0f}")
    table.add_row("slowest and fastest 2 s", f"{min(seen):.0f} to {max(seen):.0f}")
    table.add_row("first answer, cold", f"{cold_s:.1f} s")
    table.add_row(
        f"first answer, warm, {STARTS} starts", f"{statistics.median(warm_s):.1f} s, at most {max(warm_s):.1f}"
    )
    table.add_row("app without the runtime, gzipped", f"{shell_bytes() / 1000:.0f} kB")
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
