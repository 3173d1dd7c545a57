"""What the station keeps is for its own user alone, whatever the umask, unless a group shares it on purpose."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from beadwatch.storage.blobs import BlobStore
from beadwatch.storage.database import open_database
from beadwatch.storage.inspection_store import InspectionStore
from beadwatch.storage.private import is_open_to_others, make_private_folder, tighten
from tests.storage.test_inspection_store import made


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def fill(folder: Path) -> None:
    """Write to a database and a store of pictures in a folder, and leave them open while their modes are looked at."""
    BlobStore(str(folder / "blobs")).put(b"a picture")
    engine = open_database(f"sqlite:///{folder / 'beadwatch.db'}")
    InspectionStore(engine).append(made())
    found = {path.name: mode(path) for path in folder.glob("beadwatch.db*")}
    assert set(found) == {"beadwatch.db", "beadwatch.db-wal", "beadwatch.db-shm"}
    assert len(set(found.values())) == 1
    engine.dispose()


def modes(folder: Path) -> tuple[set[int], set[int]]:
    """Return the modes of all folders, and of all files."""
    paths = [folder, *folder.rglob("*")]
    return {mode(each) for each in paths if each.is_dir()}, {mode(each) for each in paths if each.is_file()}


@pytest.mark.parametrize("mask", [0o000, 0o002, 0o022, 0o077])
def test_new_folders_and_files_are_private_whatever_the_umask(tmp_path: Path, mask: int) -> None:
    with umask(mask):
        fill(tmp_path / "made" / "data")
    assert mode(tmp_path / "made") == 0o700
    assert modes(tmp_path / "made" / "data") == ({0o700}, {0o600})


@pytest.mark.parametrize("shared", [0o770, 0o2770, 0o2775])
@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_folder_that_a_group_shares_on_purpose_stays_shared_by_it(tmp_path: Path, shared: int, mask: int) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    folder.chmod(shared)
    with umask(mask):
        fill(folder)
    assert mode(folder) == shared
    folders, files = modes(folder / "blobs")
    assert {each & 0o777 for each in folders} == {0o770}
    assert files == {0o660}
    assert {mode(path) for path in folder.glob("beadwatch.db*")} == {0o660}


@pytest.mark.parametrize("there", [0o755, 0o775, 0o777, 0o1777])
def test_folder_that_is_there_keeps_its_mode_and_what_is_made_in_it_is_private(tmp_path: Path, there: int) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    folder.chmod(there)
    with umask(0):
        fill(folder)
    assert mode(folder) == there
    assert is_open_to_others(folder)
    assert modes(folder / "blobs") == ({0o700}, {0o600})
    assert {mode(path) for path in folder.glob("beadwatch.db*")} == {0o600}


def test_database_of_before_is_tightened_with_its_other_files(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    engine = open_database(url)
    InspectionStore(engine).append(made())
    for path in tmp_path.glob("a.db*"):
        path.chmod(0o644)
    open_database(url).dispose()
    assert {mode(path) for path in tmp_path.glob("a.db*")} == {0o600}
    engine.dispose()


@pytest.mark.parametrize(("there", "is_open"), [(0o700, False), (0o770, False), (0o750, True), (0o755, True)])
def test_folder_that_others_may_look_into_is_told(tmp_path: Path, there: int, is_open: bool) -> None:
    folder = tmp_path / "data"
    assert not is_open_to_others(folder)
    folder.mkdir()
    folder.chmod(there)
    assert is_open_to_others(folder) == is_open


def test_missing_things_are_nothing_to_tighten(tmp_path: Path) -> None:
    tighten(tmp_path / "none")
    make_private_folder(tmp_path)
    assert not (tmp_path / "none").exists()
