"""The room on disks: of folders that are there or yet to be made, and none where nothing is local."""

from pathlib import Path

import pytest

from beadwatch.domain.errors import StoreError
from beadwatch.storage.disk_space import DiskSpace, local_folders

MORE_THAN_ANY_DISK_MB = 10**12


def test_enough_room_passes(tmp_path: Path) -> None:
    DiskSpace([tmp_path, tmp_path / "not" / "yet"], 0).check()


def test_too_little_room_is_told_with_the_place(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=str(tmp_path)):
        DiskSpace([tmp_path / "not" / "yet"], MORE_THAN_ANY_DISK_MB).check()


def test_nothing_local_needs_no_room() -> None:
    DiskSpace([], MORE_THAN_ANY_DISK_MB).check()


@pytest.mark.parametrize(
    ("database", "files", "folders"),
    [
        ("sqlite:////a/b/c.db", "/x/blobs", ["/x/blobs", "/a/b"]),
        ("sqlite:////a/b/c.db", "file:///x/blobs", ["/x/blobs", "/a/b"]),
        ("sqlite:////a/b/c.db", "s3://bucket/blobs", ["/a/b"]),
        ("postgresql+psycopg://host/name", "/x/blobs", ["/x/blobs"]),
        ("postgresql+psycopg://host/name", "gs://bucket", []),
        ("sqlite://", "memory://x", []),
    ],
)
def test_folders_are_the_local_ones(database: str, files: str, folders: list[str]) -> None:
    assert local_folders(database, files) == [Path(folder) for folder in folders]
