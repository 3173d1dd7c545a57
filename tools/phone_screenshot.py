"""Takes docs/phone.png: the phone app looking at a drawn bead, a capture of it, and the part that it belongs to.

The bead is drawn by bench/pictures.py, since no picture of a data set may stand in the docs.
"""

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from tests.browser.phone import KillablePhone, StationProcess  # noqa: E402
from tests.real import MODELS  # noqa: E402

from pictures import weld_bead  # noqa: E402

TARGET = ROOT / "docs" / "phone.png"
GAP_PX = 16


def camera(path: Path) -> Path:
    """Write what the camera plays: the bead passing by."""
    frames = []
    for shift in range(0, 60, 2):
        buffer = io.BytesIO()
        weld_bead(shift=shift).save(buffer, "JPEG", quality=92)
        frames.append(buffer.getvalue())
    path.write_bytes(b"".join(frames))
    return path


def shots(page: Page) -> list[bytes]:
    """Walk through the app and return its pictures."""
    page.get_by_role("button", name="Pair", exact=True).click()
    page.get_by_text("This device belongs").wait_for()
    page.get_by_role("link", name="Part").click()
    page.get_by_label("Drawing or serial number").fill("B-1207/3")
    page.get_by_role("button", name="Begin").click()
    page.get_by_role("link", name="Next weld").click()
    page.locator(".rate").wait_for()
    page.wait_for_timeout(3000)
    taken = [page.screenshot()]
    for _ in range(3):
        page.get_by_role("button", name="Take a picture").click()
        page.get_by_role("button", name="Confirm and send").wait_for()
        page.wait_for_timeout(1500)
        if len(taken) == 1:
            taken.append(page.screenshot())
        page.get_by_role("button", name="Confirm and send").click()
        page.locator(".rate").wait_for()
    page.wait_for_timeout(1500)
    page.get_by_role("link", name="Part", exact=True).click()
    page.wait_for_timeout(500)
    return [*taken, page.screenshot()]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        station = StationProcess(Path(folder), MODELS)
        station.start()
        phone = KillablePhone(playwright, Path(folder), camera(Path(folder, "camera.mjpeg")))
        try:
            taken = shots(phone.open(station.pairing_link("ada")))
        finally:
            phone.close()
            station.kill()
    pictures = [Image.open(io.BytesIO(each)).convert("RGB") for each in taken]
    width = sum(each.width + GAP_PX for each in pictures) - GAP_PX
    sheet = Image.new("RGB", (width, pictures[0].height), "white")
    for at, picture in enumerate(pictures):
        sheet.paste(picture, (at * (picture.width + GAP_PX), 0))
    sheet.save(TARGET, optimize=True)
    print(f"{TARGET.name}: look at it before you commit it")


if __name__ == "__main__":
    main()
