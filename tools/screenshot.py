"""Takes docs/station.png: the station's page after it inspected a drawn frame, in headless Chromium.

The picture is drawn by bench/pictures.py, since no picture of a data set may stand in the docs.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

from pictures import camera_frame

TARGET = Path(__file__).resolve().parents[1] / "docs" / "station.png"
ADDRESS = "http://127.0.0.1:8791"


def wait_until_ready() -> None:
    for _ in range(150):
        try:
            with urllib.request.urlopen(f"{ADDRESS}/readyz", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    sys.exit("the station did not get ready")


def take(picture: Path) -> None:
    with sync_playwright() as playwright:
        chromium = os.environ.get("BEADWATCH_CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1100, "height": 900})
        page.goto(ADDRESS)
        page.check("input[value=tig]")
        page.set_input_files("#file", picture)
        page.wait_for_selector("#verdict strong")
        page.wait_for_timeout(500)
        page.screenshot(path=TARGET, full_page=True)
        browser.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"BEADWATCH_DATA_DIR": folder}
        command = [str(Path(sys.executable).with_name("beadwatch")), "serve", "--port", ADDRESS.rsplit(":", 1)[1]]
        with subprocess.Popen(command, env=environment) as station:
            try:
                wait_until_ready()
                take(camera_frame(Path(folder, "drawn frame.png")))
            finally:
                station.terminate()
    print(f"{TARGET.name}: look at it before you commit it")


if __name__ == "__main__":
    main()
