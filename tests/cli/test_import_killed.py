"""An import that is killed in the middle, by a real SIGKILL: the set is what it was, and a second run completes it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from beadwatch.services.catalog import open_catalog
from beadwatch.settings import load_settings
from tests.cli.conftest import Run
from tests.pictures import encoded, noise
from tests.waiting import until

PICTURES = 300
MAIN = "from beadwatch.cli import main; main()"
pytestmark = pytest.mark.slow


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for number in range(PICTURES):
        path = tmp_path / "photos" / ("crack", "good")[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encoded(noise(160, 160, number), "PNG"))
    return tmp_path / "photos"


def blobs(data: Path) -> int:
    return sum(path.is_file() and not path.name.endswith(".part") for path in (data / "blobs").rglob("*"))


def kill_in_mid_import(folder: Path, name: str) -> None:
    """Start `beadwatch data import` as a process of its own and kill it when the first new pictures are kept."""
    data = Path(os.environ["BEADWATCH_DATA_DIR"])
    before = blobs(data)
    process = subprocess.Popen(
        [sys.executable, "-c", MAIN, "data", "import", str(folder), "--name", name], stderr=subprocess.PIPE
    )

    def some_are_kept() -> bool:
        assert process.poll() is None, process.communicate()[1].decode()
        return blobs(data) >= before + 5

    until(some_are_kept, 120)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert before < blobs(data) < PICTURES, "it was killed in the middle"


def test_a_new_set_is_not_there_and_the_second_run_completes_it(
    beadwatch: Run, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill_in_mid_import(photos, "photos")
    assert open_catalog(load_settings()).names() == []
    assert beadwatch("data", "import", photos, "--name", "photos").code == 0
    completed = open_catalog(load_settings()).snapshot("photos")
    assert blobs(tmp_path / "data") == PICTURES
    monkeypatch.setenv("BEADWATCH_DATA_DIR", str(tmp_path / "uninterrupted"))
    assert beadwatch("data", "import", photos, "--name", "photos").code == 0
    assert open_catalog(load_settings()).snapshot("photos").hash == completed.hash


def test_a_set_that_exists_is_what_it_was(beadwatch: Run, photos: Path, tmp_path: Path) -> None:
    few = tmp_path / "few" / "crack" / "0.png"
    few.parent.mkdir(parents=True)
    few.write_bytes((photos / "crack" / "0.png").read_bytes())
    assert beadwatch("data", "import", tmp_path / "few", "--name", "photos").code == 0
    before = open_catalog(load_settings()).get("photos")
    kill_in_mid_import(photos, "photos")
    assert open_catalog(load_settings()).get("photos") == before
    assert len(open_catalog(load_settings()).snapshot("photos").records) == 1
    assert beadwatch("data", "import", photos, "--name", "photos").code == 0
    assert len(open_catalog(load_settings()).snapshot("photos").records) == PICTURES
