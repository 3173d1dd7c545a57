"""Feedback of the WeldSpot app: each file is one row, whatever kills a pull, and nothing is lost."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from beadwatch.domain.errors import AccountError, StoreError
from beadwatch.services.feedback_pull import Pull, Pulled
from beadwatch.services.station import Station
from beadwatch.settings import load_settings
from beadwatch.storage.blobs import BlobStore
from beadwatch.storage.feedback_removal import Chosen, FeedbackRemoval
from beadwatch.storage.feedback_store import FeedbackFilter
from beadwatch.storage.files import Files, open_files
from beadwatch.wiring import build_station
from tests.pictures import encoded, noise

FIRST = "1700000000000_0-0.0_0-0.1_1-0.3_0-0.0_0-0.9_1-0.6_0-0.0.jpg"
SECOND = "1700000001000_0-0.0_0-0.0_0-0.0_0-0.0_1-1.0_0-0.0_0-0.0.jpg"
PICTURE = encoded(noise(), "JPEG")
OTHER = encoded(noise(seed=1), "JPEG")


@pytest.fixture
def station() -> Iterator[Station]:
    with closing(build_station(load_settings())) as built:
        yield built


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "bucket"
    folder.mkdir()
    (folder / FIRST).write_bytes(PICTURE)
    (folder / SECOND).write_bytes(OTHER)
    return folder


def pulled(station: Station, folder: Path, remove: bool = False, files: Files | None = None) -> Pulled:
    opened = files or open_files(str(folder))
    pulling = Pull(opened, station.feedback, "weldspot", remove=remove)
    for name in opened.names(""):
        pulling.take(name)
    return pulling.pulled


def rows(station: Station) -> int:
    return len(station.feedback.find(FeedbackFilter("weldspot")))


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_each_file_becomes_a_row_as_its_name_says(station: Station, folder: Path) -> None:
    assert pulled(station, folder) == Pulled(files=2, stored=2)
    newest, oldest = station.feedback.find(FeedbackFilter("weldspot"))
    assert newest.body["labels"] == ["good welding"]
    assert newest.body["disagrees"] is False
    assert oldest.body["labels"] == ["crack", "porosity"]
    assert oldest.body["answer"] == {
        "model": "weldspot",
        "model_version": "unknown",
        "scores": {
            "background": 0.0, "bad welding": 0.1, "crack": 0.3, "excess reinforcement": 0.0, "good welding": 0.9,
            "porosity": 0.6, "spatters": 0.0,
        },
        "labels": ["good welding", "porosity"],
    }  # fmt: skip
    assert oldest.body["captured_at"] == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC).isoformat()
    assert (oldest.body["account_id"], oldest.body["device_id"], oldest.body["team"]) == (None, None, "weldspot")
    assert station.blobs.get(oldest.body["sha256"]) == PICTURE
    assert left(folder) == [FIRST, SECOND]


def test_again_changes_nothing(station: Station, folder: Path) -> None:
    pulled(station, folder)
    assert pulled(station, folder) == Pulled(files=2, known=[FIRST, SECOND])
    assert rows(station) == 2


def test_same_picture_under_another_name_is_another_row_and_said(station: Station, folder: Path) -> None:
    (folder / SECOND).write_bytes(PICTURE)
    assert pulled(station, folder) == Pulled(files=2, stored=2, repeated=[SECOND])


BAD = {
    "notes.txt": "the name is not",
    "photo.jpg": "the name is not",
    FIRST.replace(".jpg", ".png"): "the name is not <milliseconds>",
    "7_0_0_1_0_0_1_0.jpg": "the name is not <milliseconds>",
    FIRST.replace("1700000000000", "monday"): "the name is not <milliseconds>",
    FIRST.replace("1700000000000", "999999999999999"): "the name is not <milliseconds>",
    FIRST.replace("0-0.9", "0-1.9"): "'1.9' is no score",
}


@pytest.mark.parametrize(("name", "says"), BAD.items(), ids=lambda value: value[:20])
def test_bad_name_is_listed_and_the_rest_goes_on(station: Station, folder: Path, name: str, says: str) -> None:
    (folder / name).write_bytes(PICTURE)
    done = pulled(station, folder, remove=True)
    assert (done.files, done.stored, done.removed) == (3, 2, 2)
    assert [failure.startswith(f"{name}: ") and says in failure for failure in done.failed] == [True]
    assert left(folder) == [name]


@pytest.mark.parametrize("data", [b"", b"no picture", PICTURE[:200], encoded(noise(8, 8), "JPEG")])
def test_what_is_no_picture_is_listed_and_the_rest_goes_on(station: Station, folder: Path, data: bytes) -> None:
    (folder / FIRST).write_bytes(data)
    done = pulled(station, folder, remove=True)
    assert (done.stored, len(done.failed), left(folder)) == (1, 1, [FIRST])


def test_folder_in_the_folder_and_file_that_vanishes_are_listed(station: Station, folder: Path) -> None:
    (folder / FIRST.replace("000_", "999_")).mkdir()

    class Vanishing:
        def __init__(self) -> None:
            self._files = open_files(str(folder))
            self.root = self._files.root
            self.write, self.create = self._files.write, self._files.create
            self.exists, self.remove = self._files.exists, self._files.remove

        def names(self, place: str) -> list[str]:
            found = self._files.names(place)
            (folder / FIRST).unlink()
            return found

        def read(self, path: str) -> bytes | None:
            return self._files.read(path)

    done = pulled(station, folder, files=Vanishing())
    assert (done.files, done.stored, len(done.failed)) == (3, 1, 2)
    assert "it is gone" in done.failed[0]


def test_files_are_removed_once_their_rows_are_there(station: Station, folder: Path) -> None:
    pulled(station, folder)
    assert pulled(station, folder, remove=True) == Pulled(files=2, removed=2, known=[FIRST, SECOND])
    assert (left(folder), rows(station)) == ([], 2)


def test_store_that_fails_loses_nothing(station: Station, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> str:
        raise StoreError("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(BlobStore, "put", full)
        with pytest.raises(StoreError, match="No space"):
            pulled(station, folder, remove=True)
    assert (left(folder), rows(station)) == ([FIRST, SECOND], 0)
    assert pulled(station, folder, remove=True).stored == 2


def test_file_that_cannot_be_removed_is_said_and_stored(
    station: Station, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, **_: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        done = pulled(station, folder, remove=True)
    assert (done.stored, done.removed, len(done.failed)) == (2, 0, 2)
    assert "it is stored, and pulling again is harmless" in done.failed[0]


def test_what_was_deleted_for_privacy_does_not_come_back(station: Station, folder: Path) -> None:
    pulled(station, folder)
    ids = tuple(found.body["id"] for found in station.feedback.find(FeedbackFilter("weldspot")))
    FeedbackRemoval(station.accounts._engine, station.blobs).delete(Chosen(ids=ids), datetime.now(UTC))
    assert pulled(station, folder, remove=True) == Pulled(files=2, deleted=[FIRST, SECOND])
    assert (left(folder), rows(station)) == ([FIRST, SECOND], 0)


def test_impossible_team_is_refused(station: Station, folder: Path) -> None:
    with pytest.raises(AccountError, match="is no name of a team"):
        Pull(open_files(str(folder)), station.feedback, "Big Site", remove=False)


KILLED = """
import os, signal, sys
from beadwatch.cli import main
from beadwatch.storage.blobs import BlobStore
from beadwatch.storage.files import _Folder

def killed(*_):
    os.kill(os.getpid(), signal.SIGKILL)

put = BlobStore.put
def killed_after(*given):
    put(*given)
    killed()

if sys.argv[1] == "before the picture":
    BlobStore.put = killed
elif sys.argv[1] == "before the row":
    BlobStore.put = killed_after
else:
    _Folder.remove = killed
sys.argv = ["beadwatch", "feedback", "pull", "bucket", "--delete"]
main()
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("when", "stored"), [("before the picture", 0), ("before the row", 0), ("before the file is removed", 1)]
)
def test_killed_at_any_point_and_pulled_again_everything_is_there_once(
    station: Station, folder: Path, when: str, stored: int
) -> None:
    command = [sys.executable, "-c", KILLED, when]
    assert subprocess.run(command, check=False, timeout=60).returncode == -signal.SIGKILL
    assert (left(folder), rows(station)) == ([FIRST, SECOND], stored)
    done = pulled(station, folder, remove=True)
    assert (done.stored, len(done.known), done.failed) == (2 - stored, stored, [])
    assert (left(folder), rows(station)) == ([], 2)
