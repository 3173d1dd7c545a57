"""Whether the disks that a station writes to have room left. Knows folders; does not know what is in them."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import make_url

from beadwatch.domain.errors import StoreError

_MB = 1024 * 1024


class DiskSpace:
    """The room on the disks of some folders, which may be yet to be made."""

    def __init__(self, folders: Iterable[Path], min_free_mb: int) -> None:
        self._folders, self._min_free_mb = tuple(folders), min_free_mb

    def check(self) -> None:
        """Raise `StoreError` where a disk has less room than it should, or cannot be asked."""
        for folder in self._folders:
            there = next(path for path in (folder, *folder.parents) if path.exists())
            try:
                free_mb = shutil.disk_usage(there).free // _MB
            except OSError as error:
                raise StoreError(f"cannot ask for the room on the disk of {there}: {error}") from error
            if free_mb < self._min_free_mb:
                raise StoreError(
                    f"the disk of {there} has {free_mb} MB left, of {self._min_free_mb} that are asked for: make room"
                )


def local_folders(database_url: str, *files_urls: str) -> list[Path]:
    """Return the folders on this machine that a database and files are written to; none for servers and buckets."""
    folders = [Path(url.removeprefix("file://")) for url in files_urls if url.startswith("file://") or "://" not in url]
    database = make_url(database_url)
    if database.get_backend_name() == "sqlite" and database.database not in {None, "", ":memory:"}:
        folders.append(Path(str(database.database)).parent)
    return [folder.absolute() for folder in folders]
