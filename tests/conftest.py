"""What every test gets: folders of its own, so that nothing reads or writes the checkout; and the order of tests."""

import os
from itertools import zip_longest
from pathlib import Path

import pytest

os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy and torch: threads that wait for each other on a busy machine crawl

from tests.bundles import write_models
from tests.clouds import bucket_url, gcs_endpoint, s3_endpoint
from tests.sampling import SEED, WHOLE

__all__ = ["bucket_url", "gcs_endpoint", "models_dir", "own_folders", "s3_endpoint"]


def pytest_report_header() -> str:
    """Say which points of the kill matrices are taken."""
    return "kills: all points" if WHOLE else f"kills: some points, TEST_SEED={SEED}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slow files, of which every other drives a browser: more at once would wait for each other."""
    files = list(dict.fromkeys(item.path for item in items))
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    browser = {item.path for item in items if item.get_closest_marker("browser")}
    pairs = zip_longest((file for file in files if file in slow - browser), (file for file in files if file in browser))
    order = [file for pair in pairs for file in pair if file] + [file for file in files if file not in slow | browser]
    places = {file: place for place, file in enumerate(order)}
    items.sort(key=lambda item: places[item.path])


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the settings and the working folder into the test's temporary folder; tiny models need no more threads."""
    for name in [name for name in os.environ if name.startswith("BEADWATCH_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("BEADWATCH_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("BEADWATCH_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("BEADWATCH_THREADS", "1")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def models_dir(tmp_path: Path) -> Path:
    """Return the models folder of the settings, holding a tiny bundle for each task."""
    write_models(tmp_path / "models")
    return tmp_path / "models"
