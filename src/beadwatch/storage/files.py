"""Whole files by their path: in a folder, or through fsspec in `s3://` and `gs://` buckets.

A file is there whole or not at all, and whatever a storage library raises becomes a `StoreError` that says what to do.
Where a bucket is and who we are, the storage libraries read from their own variables (docs/datasets.md).
Knows bytes and names. Does not know what is in them.
"""

import contextlib
import logging
import os
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from beadwatch.domain.errors import StoreError
from beadwatch.storage.private import create_private, make_private_folder

_BUCKETS = frozenset({"s3", "s3a", "gs", "gcs"})  # a put is atomic there, and folders do not exist
_FOREIGN = {  # what they raise beside OSError and ValueError
    "botocore.exceptions": ("BotoCoreError", "ClientError"),
    "gcsfs.retry": ("HttpError",),
    "google.auth.exceptions": ("GoogleAuthError",),
    "aiohttp": ("ClientError",),
}
_NO_CREDENTIALS = ("NoCredentialsError", "PartialCredentialsError", "DefaultCredentialsError", "HttpError")


class Files(Protocol):
    """The files of one place, by their path from there. Safe to call from several threads.

    Every method raises `StoreError` where the place cannot be reached, read or written.
    """

    root: str

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a file; None where there is none."""
        ...

    def write(self, path: str, data: bytes) -> None:
        """Write a file, or replace it, in one step: whoever reads sees all of it or what was there before."""
        ...

    def create(self, path: str, data: bytes) -> bool:
        """Write a file in one step unless there is one; say whether this call did. Of several at once, one does.

        That holds in folders and buckets. Elsewhere somebody may come between the look and the write.
        """
        ...

    def exists(self, path: str) -> bool:
        """Say whether there is such a file."""
        ...

    def names(self, folder: str) -> list[str]:
        """Return the names of the files in a folder, sorted; none where there is no folder."""
        ...

    def remove(self, path: str) -> None:
        """Remove a file, if there is one."""
        ...


def open_files(url: str, *, private: bool = False) -> Files:
    """Open a folder or fsspec URL; it is made when the first file is written, but a bucket never is.

    What is written to a `private` folder is for our own user alone (see `private`).

    Raises:
        StoreError: the URL is of no file system that is installed.
    """
    import fsspec  # here: who asks what stands in a folder of his own needs nothing of it
    from fsspec.implementations.local import LocalFileSystem

    protocol, mark, rest = url.partition("://") if "://" in url else ("file", "", "")
    protocol = protocol.lower()
    url = f"{protocol}://{rest}" if mark else url
    in_bucket = protocol in _BUCKETS
    try:
        # Another process may write there too, so that a listing must never be an old one.
        file_system, root = fsspec.core.url_to_fs(url, use_listings_cache=False)
    except ImportError as error:
        remedy = "pip install 'beadwatch[cloud]'" if in_bucket else str(error)
        raise StoreError(f"{protocol}://... needs a library that is not installed: {remedy}") from error
    except _failures() as error:
        raise StoreError(f"{protocol}://...: {error}") from error
    return _Folder(root, private) if isinstance(file_system, LocalFileSystem) else _Remote(file_system, root, in_bucket)


class _Folder:
    """Files in a folder: written aside and renamed. Not through fsspec, which takes three times as long."""

    def __init__(self, root: str, private: bool) -> None:
        self.root, self._private = root, private

    def read(self, path: str) -> bytes | None:
        with self._translated("cannot read", path), contextlib.suppress(FileNotFoundError):
            return Path(self.root, path).read_bytes()
        return None

    def write(self, path: str, data: bytes) -> None:
        place = f"{self.root}/{path}"
        aside = f"{place}.{uuid.uuid4().hex}.part"
        with self._translated("cannot write", path):
            try:
                _write_new(aside, data, self._private)
                os.replace(aside, place)  # noqa: PTH105  # pathlib takes longer than the call itself
            except OSError:
                with contextlib.suppress(OSError):
                    Path(aside).unlink()
                raise

    def create(self, path: str, data: bytes) -> bool:
        place = f"{self.root}/{path}"
        aside = f"{place}.{uuid.uuid4().hex}.part"
        with self._translated("cannot write", path):
            try:
                _write_new(aside, data, self._private)
                os.link(aside, place)  # unlike a rename it never replaces
            except FileExistsError:
                return False
            finally:
                with contextlib.suppress(OSError):
                    Path(aside).unlink()
        return True

    def exists(self, path: str) -> bool:
        with self._translated("cannot read", path):
            return os.path.exists(f"{self.root}/{path}")  # noqa: PTH110  # as above

    def names(self, folder: str) -> list[str]:
        with self._translated("cannot list", folder), contextlib.suppress(FileNotFoundError):
            return sorted(os.listdir(f"{self.root}/{folder}"))  # noqa: PTH208  # as above
        return []

    def remove(self, path: str) -> None:
        with self._translated("cannot remove", path):
            Path(self.root, path).unlink(missing_ok=True)

    @contextlib.contextmanager
    def _translated(self, what: str, path: str) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as error:
            raise StoreError(f"{what} {path} in {self.root}: {error}") from error


def _write_new(place: str, data: bytes, private: bool) -> None:
    opener = _create_private if private else None
    try:
        file = open(place, "xb", opener=opener)  # noqa: SIM115  # closed below
    except FileNotFoundError:
        folder = Path(place).parent
        make_private_folder(folder) if private else folder.mkdir(parents=True, exist_ok=True)
        file = open(place, "xb", opener=opener)  # noqa: SIM115
    with file:
        file.write(data)


def _create_private(place: str, _flags: int) -> int:
    return create_private(Path(place))


class _Remote:
    """Files of an fsspec file system: in buckets by one put, elsewhere written aside and moved."""

    def __init__(self, file_system: Any, root: str, in_bucket: bool) -> None:
        self._fs, self.root, self._in_bucket = file_system, root, in_bucket
        if in_bucket:
            logging.getLogger("gcsfs").addHandler(logging.NullHandler())  # else its tracebacks go to the terminal

    def read(self, path: str) -> bytes | None:
        with self._translated("cannot read", path), contextlib.suppress(FileNotFoundError):
            data: bytes = self._fs.cat_file(f"{self.root}/{path}")
            return data
        return None

    def write(self, path: str, data: bytes) -> None:
        place = f"{self.root}/{path}"
        with self._translated("cannot write", path):
            if self._in_bucket:
                self._fs.pipe_file(place, data)
                return
            aside = f"{place}.{uuid.uuid4().hex}.part"
            self._fs.makedirs(self._fs._parent(place), exist_ok=True)
            try:
                self._fs.pipe_file(aside, data)
                self._fs.mv(aside, place)
            except OSError:
                with contextlib.suppress(OSError):
                    self._fs.rm(aside)
                raise

    def create(self, path: str, data: bytes) -> bool:
        if self.exists(path):
            return False
        if not self._in_bucket:
            self.write(path, data)
            return True
        with self._translated("cannot write", path):
            try:
                self._fs.pipe_file(f"{self.root}/{path}", data, mode="create")
            except _failures():  # each library says in its own way that somebody was faster
                if self.exists(path):
                    return False
                raise
        return True

    def exists(self, path: str) -> bool:
        with self._translated("cannot read", path):
            return bool(self._fs.exists(f"{self.root}/{path}"))

    def names(self, folder: str) -> list[str]:
        with self._translated("cannot list", folder), contextlib.suppress(FileNotFoundError):
            paths = self._fs.ls(f"{self.root}/{folder}", detail=False)
            return sorted(str(path).rstrip("/").rsplit("/", 1)[-1] for path in paths)
        return []

    def remove(self, path: str) -> None:
        with self._translated("cannot remove", path), contextlib.suppress(FileNotFoundError):
            self._fs.rm(f"{self.root}/{path}")

    @contextlib.contextmanager
    def _translated(self, what: str, path: str) -> Iterator[None]:
        try:
            yield
        except _failures() as error:
            why = self._remedy(error) if self._in_bucket else str(error)
            raise StoreError(f"{what} {path} in {self.root}: {why}") from error

    def _remedy(self, error: Exception) -> str:
        bucket = self.root.partition("/")[0]
        if isinstance(error, FileNotFoundError):
            return f"there is no bucket {bucket!r}; make it first"
        if type(error).__name__ in _NO_CREDENTIALS and getattr(error, "code", 401) == 401:
            return (
                f"no credentials for {bucket!r} ({error}): set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
                "GOOGLE_APPLICATION_CREDENTIALS for gs://"
            )
        if isinstance(error, PermissionError) or "Forbidden" in str(error):
            return f"the credentials do not allow it: {error}"
        return str(error)


def _failures() -> tuple[type[Exception], ...]:
    """Return what the file systems in use raise; a library that was never imported can have raised nothing."""
    foreign = [
        getattr(sys.modules[module], name)
        for module, names in _FOREIGN.items()
        if module in sys.modules
        for name in names
    ]
    return (OSError, ValueError, *foreign)
